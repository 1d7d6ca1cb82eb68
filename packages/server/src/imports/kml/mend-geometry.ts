import type { F } from "@tmcw/togeojson";

type Geometry = NonNullable<F["geometry"]>;

/**
 * A geometry on two axes, those of one kind as one of several: KML has only collections. One that has words among its
 * coordinates is null.
 *
 * @param isMulti Whether it was a collection, should it have one part alone.
 */
export function mendGeometry(geometry: Geometry | null, isMulti: boolean): unknown {
  if (geometry === null) return null;
  const parts = geometry.type === "GeometryCollection" ? geometry.geometries : [geometry];
  const type = parts[0]?.type;
  const isOneKind = type !== undefined && type in MULTI && parts.every((part) => part.type === type);
  if (geometry.type === "GeometryCollection" && !isOneKind)
    return { type: geometry.type, geometries: parts.map((part) => mendGeometry(part, false)) };
  if (geometry.type !== "GeometryCollection" && !(isMulti && isOneKind)) return onTwoAxes(geometry);
  const coordinates = parts.map((part) => ("coordinates" in part ? part.coordinates : []));
  return onTwoAxes({ type: MULTI[type as keyof typeof MULTI], coordinates } as PlainGeometry);
}

type PlainGeometry = Exclude<Geometry, { type: "GeometryCollection" }>;

const MULTI = { Point: "MultiPoint", LineString: "MultiLineString", Polygon: "MultiPolygon" } as const;

function onTwoAxes({ type, coordinates }: PlainGeometry): unknown {
  const plain = cut(coordinates);
  return plain.flat(Number.POSITIVE_INFINITY).some(Number.isNaN) ? null : { type, coordinates: plain };
}

/** Drops heights, which a ring may have and another lack. */
const cut = (coordinates: readonly unknown[]): unknown[] =>
  Array.isArray(coordinates[0]) ? coordinates.map((part) => cut(part as unknown[])) : coordinates.slice(0, 2);
