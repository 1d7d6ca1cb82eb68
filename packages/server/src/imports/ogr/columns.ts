import type { GdalField, GdalLayer } from "../../gdal/layer-info.ts";
import { geometryRole } from "../geometry-names.ts";
import type { Layer, LayerFacts, StagedColumn, StagedGeometry, ValueType } from "../reader.ts";

/** A column of a layer's rows. */
export interface OgrColumn {
  /** Its name in the staging table. */
  staged: string;
  /** Its name in the file. */
  header: string;
  /** `other`: one more geometry, of which a table has one alone. */
  role: "geometry" | "id" | "field" | "other";
  field: GdalField | undefined;
}

const TYPES: Readonly<Record<string, ValueType>> = {
  Integer: "integer",
  Integer64: "bigint",
  Real: "double precision",
  Date: "date",
  DateTime: "timestamp with time zone",
  Time: "time without time zone",
  Binary: "bytea",
};

const WEBMERCATOR = "the_geom_webmercator";
const KEY = "cartodb_id";

/** Name of the column that has the file's own numbers of features among the rows. */
const OGR_ID = "ogr_feature_id";

/**
 * Options that make a layer's rows what is expected here: geometries of any kind, whatever the layer says of them, and the
 * numbers of features where the file keeps them in a column. Its name is ours, for a field may have the same.
 */
export function rowArgs({ geometryType, fidColumn }: GdalLayer): string[] {
  return [
    ...(geometryType === "None" ? [] : ["-nlt", "GEOMETRY"]),
    ...["-lco", `FID=${OGR_ID}`],
    // What a schema demands, and a file lacks, is no reason to refuse it.
    "-forceNullable",
    ...(fidColumn === undefined ? ["-unsetFid"] : ["-preserve_fid"]),
  ];
}

/** The columns of a layer's rows, in their order. */
export function ogrColumns(rows: readonly { name: string; type: string }[], layer: GdalLayer): OgrColumn[] {
  // Fields come last, in the layer's order; names may be there twice.
  const before = rows.length - layer.fields.length;
  return rows.map(({ name, type }, i) => {
    const staged = `c${i + 1}`;
    if (type === "geometry") {
      const isFirst = rows.findIndex((row) => row.type === type) === i;
      return { staged, header: name, role: isFirst ? "geometry" : "other", field: undefined };
    }
    if (name === OGR_ID) return { staged, header: name, role: "id", field: undefined };
    const field = layer.fields[i - before];
    return { staged, header: field?.name ?? name, role: "field", field };
  });
}

/** Columns of the staging table. */
export const stagingOf = (columns: readonly OgrColumn[]): Layer["staging"] =>
  columns.map(({ staged }) => ({ name: staged, type: "text" }));

/** What is known of a layer whose rows were all read. */
export interface FoundGeometry {
  typeGuessing: boolean;
  /** What the geometry's coordinates are in. */
  srid: number;
  /** A column of texts that hold geometries, where the layer has none of its own. */
  text: { staged: string; kind: "wkt" | "wkb" | "geojson" | "kml" } | undefined;
}

/** The table's columns and geometry. */
export function ogrFacts(
  columns: readonly OgrColumn[],
  { typeGuessing, srid, text }: FoundGeometry,
): Pick<LayerFacts, "columns" | "geometry"> {
  const own = columns.find(({ role }) => role === "geometry");
  const written: StagedGeometry | undefined = text && { kind: text.kind, at: { column: text.staged } };
  const geometry: StagedGeometry | undefined = own
    ? { kind: "wkb", at: { column: own.staged }, srid }
    : (written ?? (typeGuessing ? coordinatesOf(columns) : undefined));
  const taken = geometry?.kind === "lonlat" ? undefined : geometry?.at.column;
  const kept = columns.filter(
    ({ staged, header, role }) =>
      (role === "field" || role === "id") && staged !== taken && header.toLowerCase() !== WEBMERCATOR,
  );
  return { columns: withoutSecondKey(kept).map((column) => toStaged(column, typeGuessing)), geometry };
}

/** The file's own numbers become the table's, unless a field has that name. */
function withoutSecondKey(columns: readonly OgrColumn[]): readonly OgrColumn[] {
  const hasKey = columns.some(({ role, header }) => role === "field" && header.toLowerCase() === KEY);
  return hasKey ? columns.filter(({ role }) => role !== "id") : columns;
}

function toStaged({ staged, header, role, field }: OgrColumn, typeGuessing: boolean): StagedColumn {
  const at = { column: staged };
  if (role === "id") return { header: KEY, at, type: "bigint" };
  return { header, at, type: typeGuessing && field ? typeOf(field) : "text" };
}

function typeOf({ type, subtype }: GdalField): ValueType {
  if (subtype === "Boolean") return type === "Integer" ? "boolean" : "text";
  return TYPES[type] ?? "text";
}

/** Columns that are called after coordinates, as in a CSV. */
function coordinatesOf(columns: readonly OgrColumn[]): StagedGeometry | undefined {
  const [longitude, latitude] = (["longitude", "latitude"] as const).map((role) =>
    columns.find(({ header, field }) => field && geometryRole(header) === role && isNumeric(field)),
  );
  if (!longitude || !latitude) return undefined;
  return { kind: "lonlat", longitude: { column: longitude.staged }, latitude: { column: latitude.staged } };
}

const isNumeric = ({ type }: GdalField): boolean => /^(?:Integer|Integer64|Real|String)$/.test(type);

/** The column of texts that may hold geometries, by its name; undefined where the layer has its own. */
export function geometryCandidate(columns: readonly OgrColumn[]): number | undefined {
  if (columns.some(({ role }) => role === "geometry")) return undefined;
  const at = columns.findIndex(({ header, field }) => field?.type === "String" && geometryRole(header) === "geometry");
  return at < 0 ? undefined : at;
}
