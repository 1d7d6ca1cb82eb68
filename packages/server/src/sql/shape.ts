import type { Column } from "../db/result.ts";
import { columnsOf, drawingOf, type GeometryText, type PickedColumn, topologyOf } from "../db/shaped-sql.ts";
import { CANVAS } from "../formats/svg.ts";
import { HttpError } from "../http/errors.ts";
import type { SqlQuery } from "./query.ts";

/** What decides a statement's shape besides its columns. */
export interface ShapeOptions extends Pick<SqlQuery, "format" | "skipfields" | "digits"> {
  /** Names of the spatial types by OID. */
  spatialTypes: ReadonlyMap<number, string>;
}

const GEOMETRY = "the_geom";
const WEBMERCATOR = "the_geom_webmercator";

/**
 * Wraps a SELECT of these columns so that it gives what the format writes. Columns that are skipped are not computed.
 *
 * @throws {@link HttpError} 400 where the format needs a geometry and there is none, or can't have one.
 */
export function shape(q: string, columns: readonly Column[], options: ShapeOptions): string {
  const { format, digits } = options;
  const kept = keptColumns(columns, options.skipfields);
  const pick = (picked: readonly PickedColumn[]): string => columnsOf(q, columns.length, picked);
  switch (format.shape) {
    case "features":
    case "wgs84-features": {
      // Where it is skipped, features have the geometry null.
      const geometry = geometryOf(keptColumns(columns, new Set()));
      const text = format.shape === "features" ? "geojson" : "geojson-wgs84";
      return pick([{ ...geometry, as: { text, digits } }, ...propertiesOf(kept)]);
    }
    case "placemarks":
      return pick(geometryAs("kml-wgs84", kept, options));
    case "wkb":
      return pick(geometryAs("wkb-wgs84", kept, options));
    case "table":
      return pick(table(kept, options));
    case "drawing":
      return drawingOf(pick([geometryOf(kept)]), digits, CANVAS);
    case "topology": {
      const picked = [geometryOf(kept), ...propertiesOf(kept)];
      return renamed(topologyOf(pick(picked), picked.length, digits), picked);
    }
    case "columns":
      if (kept.some(({ name }) => name === GEOMETRY)) throw new HttpError(400, "geometry types are not supported");
      return pick(kept);
    default:
      return pick([...kept.filter(({ name }) => name === GEOMETRY), ...kept.filter(({ name }) => name !== GEOMETRY)]);
  }
}

type KeptColumn = PickedColumn & { oid: number };

/** Columns that are not skipped; of several of one name the last one counts. */
function keptColumns(columns: readonly Column[], skipfields: ReadonlySet<string>): readonly KeptColumn[] {
  const last = new Map(columns.map(({ name }, at) => [name, at]));
  return columns
    .map(({ name, oid }, at) => ({ at, name, oid }))
    .filter(({ at, name }) => last.get(name) === at && !skipfields.has(name));
}

function geometryOf(columns: readonly KeptColumn[]): KeptColumn {
  const geometry = columns.find(({ name }) => name === GEOMETRY);
  if (!geometry) throw new HttpError(400, `column "${GEOMETRY}" does not exist`);
  return geometry;
}

const propertiesOf = (kept: readonly KeptColumn[]): KeptColumn[] =>
  kept.filter(({ name }) => name !== GEOMETRY && name !== WEBMERCATOR);

/** `the_geom`, or else the first geometry, and what is no geometry. */
function geometryAs(
  text: GeometryText,
  kept: readonly KeptColumn[],
  { digits, spatialTypes }: ShapeOptions,
): PickedColumn[] {
  const spatial = kept.filter(({ oid }) => spatialTypes.has(oid));
  const geometry = spatial.find(({ name }) => name === GEOMETRY) ?? spatial[0] ?? geometryOf(kept);
  const others = kept.filter((column) => column !== geometry && !spatial.includes(column));
  return [{ ...geometry, as: { text, digits } }, ...others];
}

/** The same, where there may be none. Columns keep their type modifiers, but for a geography's. */
function table(kept: readonly KeptColumn[], { spatialTypes }: ShapeOptions): PickedColumn[] {
  const vectors = kept.filter(({ oid }) => ["geometry", "geography"].includes(spatialTypes.get(oid) ?? ""));
  const geometry = vectors.find(({ name }) => name === GEOMETRY) ?? vectors[0];
  const others = kept.filter(({ oid }) => !spatialTypes.has(oid));
  if (!geometry) return others;
  return [{ ...geometry, asGeometry: spatialTypes.get(geometry.oid) === "geography" }, ...others];
}

function renamed(q: string, columns: readonly PickedColumn[]): string {
  return columnsOf(
    q,
    columns.length,
    columns.map(({ name }, at) => ({ at, name })),
  );
}
