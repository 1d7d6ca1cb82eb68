import { mapError } from "../map-error.ts";
import { type Fields, integerOf, isNothing, shown } from "./fields.ts";

const DEFAULT_EXTENT = 4096;
const DEFAULT_SIMPLIFY_EXTENT = 256;
const MAX_EXTENT = 2 ** 31 - 1;

/**
 * Reads the grids of vector tiles, which are the same in all layers that say anything of them.
 *
 * @param layers Options of the layers that are queries.
 * @throws MapError 400 on grids that differ, or are none
 */
export function readExtents(layers: readonly Fields[]): { vectorExtent: number; vectorSimplifyExtent: number } {
  const extents = distinct(layers, "vector_extent");
  if (extents.length > 1) throw mapError(`Multiple extent values in mapConfig (${extents.map(shown).join(",")})`);
  const [given] = extents;
  const extent = given === undefined ? DEFAULT_EXTENT : integerOf(given, 1, MAX_EXTENT);
  if (extent === undefined) throw mapError(`Invalid vector_extent. Must be between 1 and ${MAX_EXTENT}`);
  const simplifyExtents = distinct(layers, "vector_simplify_extent");
  if (simplifyExtents.length > 1) {
    throw mapError(`Multiple simplify extent values in mapConfig (${simplifyExtents.map(shown).join(",")})`);
  }
  const [simplify = given === undefined ? DEFAULT_SIMPLIFY_EXTENT : extent] = simplifyExtents;
  const simplifyExtent = integerOf(simplify, 1, extent);
  if (simplifyExtent === undefined) {
    const message = `Invalid vector_simplify_extent (${shown(simplify)}). Must be between 1 and vector_extent [${extent}]`;
    throw mapError(message);
  }
  return { vectorExtent: extent, vectorSimplifyExtent: simplifyExtent };
}

const distinct = (layers: readonly Fields[], name: string): unknown[] => [
  ...new Set(layers.map((options) => options[name]).filter((value) => !isNothing(value))),
];
