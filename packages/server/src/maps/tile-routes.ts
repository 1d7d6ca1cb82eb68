import { headerOf } from "../http/client.ts";
import { replyMapText } from "../http/maps.ts";
import { headersOf, JSON_TYPE, type ResponseHeaders, reply } from "../http/reply.ts";
import type { Route } from "../http/route.ts";
import { ownersReader } from "./access.ts";
import { dataHeaders } from "./cache-headers.ts";
import { type OpenMap, openMap } from "./feature-routes.ts";
import { isOfQuery } from "./layergroup/query-error.ts";
import { vectorBuffer } from "./map-config/buffer.ts";
import { selectLayers } from "./map-config/layer-filter.ts";
import { parseTileAddress } from "./map-config/tile-address.ts";
import { tileFormat } from "./map-config/tile-format.ts";
import { mapError } from "./map-error.ts";
import type { MapPath } from "./map-path.ts";
import { latePicture } from "./raster/blank.ts";
import { cacheFacts, callerOf, type MapServices, namedMapOf } from "./routes.ts";
import { prefixError, tellMapError } from "./tell-map-error.ts";
import { errorTile } from "./tiles/error-tile.ts";
import type { TileAddress } from "./tiles/tile.ts";
import type { ReadyTile } from "./tiles/tile-cache.ts";
import type { ServedTile, TilePicture } from "./tiles/tile-server.ts";

type Context = Parameters<Route>[0];
type PathOf<Kind extends MapPath["kind"]> = Extract<MapPath, { kind: Kind }>;

const MVT_TYPE: Readonly<ResponseHeaders> = { "Content-Type": "application/x-protobuf" };
const PNG_TYPE: Readonly<ResponseHeaders> = { "Content-Type": "image/png" };

const scaleOf = ({ path }: TileAsked): number => (path.scale === "2" ? 2 : 1);

/** How a tile is sent. */
function typeOf(picture: TilePicture): Readonly<ResponseHeaders> {
  if (picture.kind === "vector") return MVT_TYPE;
  return picture.format === "grid.json" ? JSON_TYPE : PNG_TYPE;
}

/** `GET /api/v1/map/:token/:z/:x/:y.mvt`, and of some layers `/api/v1/map/:token/:layers/:z/:x/:y.mvt` */
export async function showTile(c: Context, services: MapServices, path: PathOf<"tile">): Promise<Response> {
  const address = readAddress(c, path);
  const map = await openMap(c, services, path.token);
  return sendTile(c, services, { map, path, address, emptyStatus: 204 });
}

/** `GET /api/v1/map/named/:name/:layers/:z/:x/:y.mvt`: a tile of the template as it is now. */
export async function showNamedTile(c: Context, services: MapServices, path: PathOf<"named-tile">): Promise<Response> {
  const address = readAddress(c, path);
  const { layergroup } = await namedMapOf(c, services, path.name);
  const reader = ownersReader(callerOf(c), services.limits);
  const map = { layergroup, reader, cacheBuster: undefined };
  return sendTile(c, services, { map, path, address, emptyStatus: 200 });
}

/** What is wrong in a path is so for everybody. */
function readAddress(c: Context, { z, x, y, scale }: PathOf<"tile" | "named-tile">): TileAddress {
  if (scale !== undefined && scale !== "1" && scale !== "2") {
    throw mapError("Tile with specified resolution not found", { status: 404 });
  }
  try {
    return parseTileAddress(z, x, y);
  } catch (error) {
    delete headersOf(c)["vary"];
    throw error;
  }
}

interface TileAsked {
  map: OpenMap;
  path: PathOf<"tile" | "named-tile">;
  address: TileAddress;
  /** Status of a tile that nothing is in. */
  emptyStatus: number;
}

async function sendTile(c: Context, services: MapServices, asked: TileAsked): Promise<Response> {
  const { layergroup, reader, cacheBuster } = asked.map;
  const { config } = layergroup;
  refuseOutside(asked);
  const found = tileFormat(config, selectLayers(config, asked.path.layers), asked.path.format);
  const picture: TilePicture =
    found.format === "mvt"
      ? { kind: "vector", buffer: vectorBuffer(config) }
      : { kind: "raster", format: found.format, scale: found.format === "grid.json" ? 1 : scaleOf(asked) };
  const order = { map: layergroup, layers: found.layers, address: asked.address, picture, reader };
  let served: ServedTile;
  try {
    served = await services.tiles.serve(order);
  } catch (error) {
    if (picture.kind === "raster") return sendPictureLimit(c, error, picture);
    return sendLimit(c, prefixError(error, "PgMvtRenderer"));
  }
  const { tile, state, ageMs } = served;
  const { changedAt, allTell } = state;
  const headers = dataHeaders(cacheFacts(c, services, { layergroup, changedAt, allTell }), cacheBuster);
  headers["x-tilelive-contains-data"] = String(tile.bytes.length > 0);
  headers["ETag"] = tile.etag;
  if (ageMs !== undefined) headers["X-Windshaft-Cache"] = String(ageMs);
  if (tile.dropped !== undefined) headers["Carto-Tile-Dropped"] = tile.dropped;
  if (isKnown(c, tile)) return reply(c, null, { status: 304, headers });
  if (tile.bytes.length === 0) {
    const type = asked.emptyStatus === 204 ? {} : MVT_TYPE;
    return reply(c, null, { status: asked.emptyStatus, headers: { ...headers, ...type } });
  }
  // A page may call it as a script.
  if (typeOf(picture) === JSON_TYPE && c.req.query("callback")) {
    return replyMapText(c, tile.bytes.toString(), { headers });
  }
  return sendBytes(c, tile, { ...headers, ...typeOf(picture) });
}

/** Vector tiles beyond the world's edges are empty, images of them are not there. */
function refuseOutside({ address: { z, x, y }, path: { format } }: TileAsked): void {
  if (format.startsWith("png") && y >= 2 ** z) throw mapError(`Coordinates out of range: ${z}/${x}/${y}`);
}

async function sendBytes(c: Context, tile: ReadyTile, headers: ResponseHeaders): Promise<Response> {
  if (!tile.compresses || headers["Content-Type"] === PNG_TYPE["Content-Type"])
    return reply(c, tile.bytes as Buffer<ArrayBuffer>, { headers });
  headersOf(c)["vary"] = "Authorization, Accept-Encoding";
  if (!/\bgzip\b/.test(headerOf(c, "accept-encoding") ?? "")) {
    return reply(c, tile.bytes as Buffer<ArrayBuffer>, { headers });
  }
  headers["Content-Encoding"] = "gzip";
  return reply(c, (await tile.gzipped()) as Buffer<ArrayBuffer>, { headers });
}

/** Whether the client says that it has the tile already. */
function isKnown(c: Context, { etag }: ReadyTile): boolean {
  const known = headerOf(c, "if-none-match");
  if (known === undefined) return false;
  return known.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^(?!W\/)/, "W/") === etag);
}

/** Subtypes of limits whose tiles show that they are missing. */
const SHOWN_LIMITS = new Set(["render", "datasource", "rate-limit"]);

/** A query's error in the words that pictures have for it. */
export const ofPicture = (error: unknown): unknown =>
  isOfQuery(error) ? mapError(`Postgis Plugin: ERROR:  ${error.message}`) : error;

/** Answers a limit by a picture that says so; a grid has nothing to show it by. @throws every other error */
function sendPictureLimit(c: Context, error: unknown, { format, scale }: { format: string; scale: number }): Response {
  const told = ofPicture(error);
  const { status, body } = tellMapError(told);
  const [first] = body.errors_with_context;
  if (format === "grid.json" || status !== 429 || !SHOWN_LIMITS.has(first?.subtype ?? "")) throw told;
  const headers = { ...PNG_TYPE, "Cache-Control": "no-store" };
  return reply(c, latePicture(scale) as Buffer<ArrayBuffer>, { headers });
}

/** Answers a limit by a tile that says so on the map. @throws every other error */
function sendLimit(c: Context, error: unknown): Response {
  const { status, body, headers = {} } = tellMapError(error);
  const [first] = body.errors_with_context;
  if (status !== 429 || !SHOWN_LIMITS.has(first?.subtype ?? "")) throw error;
  return reply(c, errorTile() as Buffer<ArrayBuffer>, { status, headers: { ...headers, ...MVT_TYPE } });
}
