import type { Kept } from "../../mvt/layer-note.ts";
import { cellsAtMost, hasDimensions, resolutionOf } from "../aggregation/aggregate-sql.ts";
import { attributeBytes, pointsIn } from "./feature-bytes.ts";
import type { TileLayer } from "./tile.ts";

/** Bytes that a vector tile may have, before it is compressed. */
export const TILE_BYTES = 1_500_000;
/** In which parts of a tile's bytes a layer's are counted, so that not every tile has a statement of its own. */
const STEPS = 64;
/** How much more than what is expected of it a layer may have where there are larger ones. */
const LEEWAY = 1.5;

/** Sides of cells, in pixels, that points are merged by. */
const RESOLUTIONS = [1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64, 128, 256];

/** What holds a layer to its part of a tile. */
export interface Reduction {
  /** Bytes that its features may have, as they are taken for when they are read; the smallest go first. */
  bytes: number;
  /** Bytes that each feature is taken for without its vertices. */
  featureBytes: number;
  /** Side in pixels of the cells that points are merged by, if they are not to be as they are. */
  resolution?: number;
}

/** Whether a layer's points may be merged by cells though it does not say so. */
export const canBeMerged = ({ facts, aggregated }: TileLayer): boolean =>
  facts.geometryType === "ST_Point" && (aggregated || facts.allColumns.includes("cartodb_id"));

/** Features of a layer that a tile has at most, whichever tile it is, if the layer has so many rows. */
export const featuresAtMost = (tile: TileLayer, rows: number, buffer: number): number =>
  tile.aggregated && !hasDimensions(tile) ? Math.min(rows, cellsAtMost(resolutionOf(tile), buffer)) : rows;

/** Bytes of `room` for each of the layers that need so many. Small layers leave theirs to large ones. */
export function shareOut(needs: readonly number[], room: number = TILE_BYTES): number[] {
  const step = room / STEPS;
  const wanted = needs.map((bytes) => Math.min(room, bytes * LEEWAY));
  const order = wanted.map((_, at) => at).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const shares = wanted.map(() => 0);
  let left = room;
  order.forEach((at, passed) => {
    const share = Math.min(wanted[at] ?? 0, left / (order.length - passed));
    shares[at] = share;
    left -= share;
  });
  return shares.map((share) => Math.max(1, Math.floor((share + left / order.length) / step)) * step);
}

/** Holds a layer to so many bytes. @param resolution Side of the cells that its points are merged by. */
export function reductionTo(bytes: number, tile: TileLayer, resolution: number | undefined): Reduction {
  const featureBytes = Math.ceil(attributeBytes(tile, pointsIn(tile, bytes)));
  return { bytes, featureBytes, ...(resolution === undefined ? {} : { resolution }) };
}

/**
 * Side in pixels of the cells by which a layer's points fit in so many bytes; undefined for the layer's own.
 *
 * @param parts Points in parts of the tile that are alike in size, within each of which they are taken to be all over it.
 */
export function resolutionFor(
  tile: TileLayer,
  { bytes, parts, buffer }: { bytes: number; parts: readonly number[]; buffer: number },
): number | undefined {
  const own = tile.aggregated ? resolutionOf(tile) : 0;
  const room = pointsIn(tile, bytes);
  const fits = (resolution: number): boolean => occupied(cellsAtMost(resolution, buffer), parts) <= room;
  if (own > 0 && fits(own)) return undefined;
  const coarser = RESOLUTIONS.filter((resolution) => resolution > own);
  return coarser.find(fits) ?? (own < 256 ? 256 : undefined);
}

/** Cells of which points are expected in. */
export function occupied(cells: number, parts: readonly number[]): number {
  const each = cells / parts.length;
  return parts.reduce((sum, points) => sum + each * (1 - Math.exp(-points / each)), 0);
}

/** Of what is told, for headers have bounds. */
const MOST_CHARACTERS = 2_000;

/** What the layers of a tile gave up, in words that a header can have; undefined for nothing. @param kept By their index. */
export function tellReductions(
  layers: readonly TileLayer[],
  given: readonly (Reduction | undefined)[],
  kept: ReadonlyMap<number, Kept>,
): string | undefined {
  const told = layers.flatMap(({ layer }, at) => {
    const resolution = given[at]?.resolution;
    const dropped = kept.get(layer.index);
    const parts = [
      ...(resolution === undefined ? [] : [`merged, resolution=${resolution}`]),
      ...(dropped === undefined ? [] : [`dropped, kept=${dropped.features} of=${dropped.of}`]),
    ];
    return parts.length > 0 ? [`${layer.id.replace(/[^\x20-\x7e]/g, "?")}: ${parts.join(", ")}`] : [];
  });
  return told.length > 0 ? told.join("; ").slice(0, MOST_CHARACTERS) : undefined;
}
