import { aggregatedColumns, cellsAtMost, resolutionOf } from "../aggregation/aggregate-sql.ts";
import type { TileLayer, TileRequest } from "./tile.ts";
import { tileColumns } from "./tile-sql.ts";

/** Bytes that a vector tile may have, before it is compressed. */
const TILE_BYTES = 1_500_000;

/** Bytes of a feature besides its values: its frame, its type, the commands of a point. */
const FEATURE_BYTES = 14;
/** Bytes of a value besides itself: its frame, and the numbers of its key and of itself among the feature's tags. */
const VALUE_BYTES = 7;
/** Bytes of a vertex in the database, and of one in a tile, where it mostly lies near the one before. */
const STORED_VERTEX_BYTES = 16;
const VERTEX_BYTES = 2.5;

/** Sides of cells, in pixels, that points are merged by. */
const RESOLUTIONS = [1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256];
/** How many more features than there is room for may be left to the condition on their size alone. */
const SMALL_FEATURES = 4;

/** What a layer gives up so that its tile is not too large. */
export type Reduction =
  /** One point a cell of so many pixels. */
  | { kind: "merged"; resolution: number }
  /** No features smaller than so many pixels, and of the others this share, from 0 to 1. */
  | { kind: "dropped"; below: number; share: number };

/** A layer with what is expected of it in one tile. */
export interface Expected {
  tile: TileLayer;
  /** Features, an upper bound or an estimate. */
  features: number;
}

/** Features of a layer that a tile has at most, whichever tile it is. */
export function featuresAtMost(tile: TileLayer, { buffer }: TileRequest): number {
  const rows = tile.facts.estimatedRows < 0 ? Number.POSITIVE_INFINITY : tile.facts.estimatedRows;
  return tile.aggregated ? Math.min(rows, cellsAtMost(resolutionOf(tile), buffer)) : rows;
}

/** Whether the layers fit in a tile as they are. */
export function fits(layers: readonly Expected[], request: TileRequest): boolean {
  return layers.reduce((sum, expected) => sum + bytesOf(expected, request), 0) <= TILE_BYTES;
}

/** Features of a layer that fit in its share of a tile of so many layers. */
export const featuresThatFit = (tile: TileLayer, layers: number, request: TileRequest): number =>
  roomFor(tile, TILE_BYTES / layers, request);

/** What each layer has to give up, in their order; undefined for nothing. Small layers leave their room to large ones. */
export function reductions(layers: readonly Expected[], request: TileRequest): (Reduction | undefined)[] {
  const bytes = layers.map((expected) => bytesOf(expected, request));
  const order = layers.map((_, at) => at).sort((a, b) => (bytes[a] ?? 0) - (bytes[b] ?? 0));
  const found: (Reduction | undefined)[] = layers.map(() => undefined);
  let left = TILE_BYTES;
  order.forEach((at, passed) => {
    const share = left / (layers.length - passed);
    const needed = bytes[at] ?? 0;
    const expected = layers[at];
    if (expected && needed > share) found[at] = reductionOf(expected, share, request);
    left -= Math.min(needed, share);
  });
  return found;
}

function reductionOf({ tile, features }: Expected, bytes: number, request: TileRequest): Reduction {
  const room = Math.max(1, roomFor(tile, bytes, request));
  if (tile.facts.geometryType === "ST_Point") {
    if (tile.aggregated || tile.facts.allColumns.includes("cartodb_id")) return mergeInto(room, tile, request);
    return { kind: "dropped", below: 0, share: share(room / features) };
  }
  // Features of this size that don't overlap are no more than there is room for.
  const below = Math.ceil((256 + 2 * request.buffer) / Math.sqrt(room));
  return { kind: "dropped", below, share: share((SMALL_FEATURES * room) / features) };
}

function mergeInto(room: number, tile: TileLayer, { buffer }: TileRequest): Reduction {
  const own = tile.aggregated ? resolutionOf(tile) : 0;
  const enough = RESOLUTIONS.find((resolution) => resolution >= own && cellsAtMost(resolution, buffer) <= room);
  return { kind: "merged", resolution: enough ?? Math.max(own, 256) };
}

/** In 1,024ths, by which features are told apart. */
const share = (of: number): number => Math.min(1, Math.max(1, Math.round(of * 1024)) / 1024);

/** Features that so many bytes have room for. The fewer they are, the larger each of them may be. */
function roomFor(tile: TileLayer, bytes: number, request: TileRequest): number {
  let room = bytes / featureBytes(tile, Number.POSITIVE_INFINITY, request);
  for (let tries = 0; tries < 4; tries++) room = bytes / featureBytes(tile, room, request);
  return Math.floor(room);
}

const bytesOf = ({ tile, features }: Expected, request: TileRequest): number =>
  features === 0 ? 0 : features * featureBytes(tile, features, request);

/** Bytes of one of so many features. */
function featureBytes(tile: TileLayer, features: number, request: TileRequest): number {
  const columns = tile.aggregated ? aggregatedColumns(tile) : tileColumns(tile);
  return FEATURE_BYTES + columns.length * VALUE_BYTES + tile.facts.rowBytes + shapeBytes(tile, features, request);
}

/** Lines and polygons that share a tile have, each, no more vertices than its part of the tile has room for. */
function shapeBytes({ facts }: TileLayer, features: number, request: TileRequest): number {
  if (facts.geometryType === undefined || facts.geometryType === "ST_Point") return 0;
  const stored = (facts.geometryBytes ?? 0) / STORED_VERTEX_BYTES;
  const side = request.simplifyExtent * (1 + (2 * request.buffer) / 256);
  return VERTEX_BYTES * Math.min(stored, (4 * side) / Math.sqrt(features));
}

/** What was given up, in words that a header can have. */
export function tellReduction({ layer }: TileLayer, reduction: Reduction): string {
  const id = layer.id.replace(/[^\x20-\x7e]/g, "?");
  if (reduction.kind === "merged") return `${id}: merged, resolution=${reduction.resolution}`;
  const { below, share: kept } = reduction;
  const parts = [...(below > 0 ? [`below=${below}px`] : []), ...(kept < 1 ? [`share=${kept.toFixed(3)}`] : [])];
  return `${id}: dropped, ${parts.join(" ")}`;
}
