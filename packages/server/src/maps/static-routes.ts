import { reply } from "../http/reply.ts";
import type { Route } from "../http/route.ts";
import { ownersReader } from "./access.ts";
import { dataHeaders } from "./cache-headers.ts";
import { type OpenMap, openMap } from "./feature-routes.ts";
import { selectLayers } from "./map-config/layer-filter.ts";
import type { Layer, MapConfig } from "./map-config/map-config.ts";
import { tileFormat } from "./map-config/tile-format.ts";
import { blankPicture } from "./raster/blank.ts";
import { drawStatic } from "./raster/static/static-image.ts";
import { namedView, parseBox, parseCenter, parseShape, type StaticShape } from "./raster/static/static-params.ts";
import type { StaticPath } from "./raster/static/static-path.ts";
import { type StaticView, viewOfBox } from "./raster/static/static-view.ts";
import { readExtent } from "./raster/static/store.ts";
import { TileFetchError } from "./raster/tile-fetcher.ts";
import { cacheFacts, callerOf, type MapServices, namedMapOf } from "./routes.ts";
import { ofPicture } from "./tile-routes.ts";
import type { TileAddress } from "./tiles/tile.ts";

type Context = Parameters<Route>[0];

/** A picture that is asked for. */
interface StaticOrder {
  map: OpenMap;
  layers: readonly Layer[];
  view: StaticView;
  shape: StaticShape;
}

/** `GET /api/v1/map/static/(center|bbox|named)/…`: a picture of any size of a map's tiles. */
export async function showStatic(c: Context, services: MapServices, path: StaticPath): Promise<Response> {
  const shape = parseShape(path);
  const { of } = path;
  if (of.by === "name") return sendStatic(c, services, await orderNamed(c, services, { name: of.name, shape }));
  const view = of.by === "center" ? parseCenter(of) : viewOfBox(parseBox(of.bbox), shape);
  const map = await openMap(c, services, of.token);
  const layers = selectLayers(map.layergroup.config, c.get("params").text("layer") ?? "all");
  return sendStatic(c, services, { map, layers, view, shape });
}

async function orderNamed(
  c: Context,
  services: MapServices,
  { name, shape }: { name: string; shape: StaticShape },
): Promise<StaticOrder> {
  const { layergroup, view: ofTemplate } = await namedMapOf(c, services, name);
  const params = c.get("params");
  const query = {
    zoom: params.text("zoom"),
    lon: params.text("lon"),
    lat: params.text("lat"),
    bbox: params.text("bbox"),
  };
  const extent = (): ReturnType<typeof readExtent> =>
    services.engine.system((session) => readExtent(session, layergroup.tables));
  const view = await namedView(query, { view: ofTemplate, size: shape, extent });
  const reader = ownersReader(callerOf(c), services.limits);
  const shown = previewed(layergroup.config, ofTemplate?.preview_layers);
  const layers = shown ?? selectLayers(layergroup.config, params.text("layer") ?? "all");
  return { map: { layergroup, reader, cacheBuster: undefined }, layers, view, shape };
}

/** The layers that a template doesn't hide in previews; undefined where it says nothing of them. */
function previewed({ layers }: MapConfig, shown: Readonly<Record<string, boolean>> | undefined): Layer[] | undefined {
  if (shown === undefined || shown === null || Object.keys(shown).length === 0) return undefined;
  return layers.filter(({ index, id }) => shown[String(index)] !== false && shown[id] !== false);
}

async function sendStatic(c: Context, services: MapServices, order: StaticOrder): Promise<Response> {
  const { map, view, shape } = order;
  const { layergroup, reader, cacheBuster } = map;
  const layers = order.layers.length === 0 ? [] : tileFormat(layergroup.config, order.layers, "png").layers;
  const picture = { kind: "raster", format: "png", scale: 1 } as const;
  // Read before the data is: what is changed meanwhile makes the address an outdated one.
  const changes = await services.layergroups.changes(layergroup);
  const { signal } = reader;
  const tile = async (address: TileAddress): Promise<Uint8Array> => {
    const served = await services.tiles.serve({ map: layergroup, layers, address, picture, reader });
    return served.tile.bytes;
  };
  const tileOrNone = (address: TileAddress): Promise<Uint8Array> =>
    tile(address).catch((error: unknown) => {
      if (error instanceof TileFetchError) return blankPicture(picture);
      throw error;
    });
  const { pictures } = services;
  const drawing = drawStatic({ view, shape, signal }, { pictures, tile: tileOrNone });
  const bytes = await drawing.catch((error: unknown) => {
    throw ofPicture(error);
  });
  const headers = dataHeaders(cacheFacts(c, services, { layergroup, ...changes }), cacheBuster);
  headers["Content-Type"] = shape.contentType;
  return reply(c, bytes as Buffer<ArrayBuffer>, { headers });
}
