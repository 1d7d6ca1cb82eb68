import { parseStaticPath, type StaticPath } from "./raster/static/static-path.ts";
import { parseTileFile, type TilePath } from "./tiles/tile-path.ts";

/** What a path below an instantiated map asks for. */
export type MapPath =
  | ({ kind: "tile"; token: string; layers: string | undefined } & TilePath)
  | ({ kind: "named-tile"; name: string; layers: string } & TilePath)
  | { kind: "attributes"; token: string; layer: string; id: string }
  | { kind: "cluster"; token: string; layer: string; zoom: string; id: string }
  | { kind: "dataview"; token: string; name: string }
  | { kind: "dataview-search"; token: string; name: string }
  | { kind: "analysis"; token: string; id: string }
  | { kind: "analyses-catalog" }
  | StaticPath
  /** Something that clients of the original know and that isn't here, in words. */
  | { kind: "missing"; what: string };

/** Segments of a path behind the API's own, decoded; undefined where they can't be. */
export function mapSegments(url: string): string[] | undefined {
  const path = /\/api\/[^/?]+\/map\/([^?]*)/.exec(url)?.[1] ?? "";
  const segments = path.replace(/\/$/, "").split("/");
  try {
    return path.includes("%") ? segments.map(decodeURIComponent) : segments;
  } catch {
    return undefined;
  }
}

/** Reads such a path; undefined for one that nothing is at. */
export function parseMapPath(segments: readonly string[]): MapPath | undefined {
  const [token = "", second = "", third = "", fourth = "", fifth] = segments;
  if (token === "static") return parseStaticPath(segments);
  if (token === "named" && segments.length === 6) return namedTile(segments);
  if (token === "analyses" || second === "analysis") return analysis(segments);
  if (second === "dataview") return dataview(token, segments.slice(2));
  if (third === "widget") return dataview(token, segments.slice(3));
  if (segments.length === 4 && third === "attributes") return { kind: "attributes", token, layer: second, id: fourth };
  if (segments.length === 5 && fourth === "cluster" && fifth !== undefined) {
    return { kind: "cluster", token, layer: second, zoom: third, id: fifth };
  }
  return tile(segments);
}

function analysis([token = "", second, third = "", fourth, ...more]: readonly string[]): MapPath | undefined {
  if (token === "analyses") return second === "catalog" && third === "" ? { kind: "analyses-catalog" } : undefined;
  if (third !== "node" || fourth === undefined || more.length > 0) return undefined;
  return { kind: "analysis", token, id: fourth };
}

function dataview(token: string, [name = "", search, ...more]: readonly string[]): MapPath | undefined {
  if (name === "" || more.length > 0 || (search !== undefined && search !== "search")) return undefined;
  return search === undefined ? { kind: "dataview", token, name } : { kind: "dataview-search", token, name };
}

function tile(segments: readonly string[]): MapPath | undefined {
  if (segments.length !== 4 && segments.length !== 5) return undefined;
  const [file = "", x = "", z = "", layersOrToken = "", tokenBefore] = [...segments].reverse();
  const filtered = tokenBefore !== undefined;
  const found = parseTileFile(file, filtered);
  if (!found) return undefined;
  const [token, layers] = filtered ? [tokenBefore, layersOrToken] : [layersOrToken, undefined];
  return { kind: "tile", token, layers, z, x, ...found };
}

function namedTile([, name = "", layers = "", z = "", x = "", file = "", ...more]: readonly string[]):
  | MapPath
  | undefined {
  const found = more.length === 0 ? parseTileFile(file, true) : undefined;
  return found && { kind: "named-tile", name, layers, z, x, ...found };
}
