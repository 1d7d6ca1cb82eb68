import { noSuchPath } from "../http/maps.ts";
import type { Route } from "../http/route.ts";
import { searchDataview, showAnalysis, showCatalog, showDataview } from "./dataview-routes.ts";
import { showAttributes, showCluster } from "./feature-routes.ts";
import { mapError } from "./map-error.ts";
import { mapSegments, parseMapPath } from "./map-path.ts";
import type { MapServices } from "./routes.ts";
import { showStatic } from "./static-routes.ts";
import { showNamedTile, showTile } from "./tile-routes.ts";

/** Everything below an instantiated map, and tiles of named ones: what it is, the path's segments say together. */
export function showOfMap(services: MapServices): Route {
  return (c) => {
    const segments = mapSegments(c.req.url);
    const path = segments && parseMapPath(segments);
    switch (path?.kind) {
      case "tile":
        return showTile(c, services, path);
      case "named-tile":
        return showNamedTile(c, services, path);
      case "attributes":
        return showAttributes(c, services, path);
      case "cluster":
        return showCluster(c, services, path);
      case "dataview":
        return showDataview(c, services, path);
      case "dataview-search":
        return searchDataview(c, services, path);
      case "analysis":
        return showAnalysis(c, services, path);
      case "analyses-catalog":
        return showCatalog(c);
      case "static":
        return showStatic(c, services, path);
      case "missing":
        throw mapError(`${path.what} are not offered by this server yet`, { status: 400 });
      case undefined:
        return noSuchPath(c);
    }
  };
}
