import { quoteIdent, quoteIdents } from "../../db/identifier.ts";
import { findColumn } from "./column-name.ts";
import {
  AGGREGATES,
  type AnalysisKind,
  inputOf,
  NODE,
  type NodeParts,
  NUMBER,
  numberIn,
  optional,
  STRING,
  textOf,
  textOrNull,
  valueColumns,
} from "./kind.ts";

const MOST_ISOLINES = 100;

/** Areas around what is there, of a radius in metres. */
export const buffer: AnalysisKind = {
  params: {
    source: NODE,
    radius: NUMBER,
    isolines: optional(NUMBER),
    dissolved: optional({ type: "boolean" }, false),
  },
  check: ({ isolines }) =>
    Number(isolines ?? 0) > MOST_ISOLINES ? `Param "isolines" may be ${MOST_ISOLINES} at most` : undefined,
  sql(parts) {
    const { sql, columns } = inputOf(parts, "source");
    const radius = `(${numberIn(parts, "radius")})::float8`;
    const rings = Math.trunc(numberIn(parts, "isolines"));
    const dissolved = parts.params["dissolved"] === true;
    const around = (metres: string): string => `ST_Buffer(the_geom::geography, ${metres})::geometry`;
    const rows = `(${sql}\n) AS _cdb_center`;
    const values = quoteIdents(valueColumns(columns).filter((name) => rings <= 1 || !RING_COLUMNS.has(name)));
    if (rings <= 1) {
      return dissolved
        ? `SELECT 1 AS cartodb_id, ST_Union(${around(radius)}) AS the_geom FROM ${rows}`
        : `SELECT ${listed(values)}${around(radius)} AS the_geom FROM ${rows}`;
    }
    const range = `${radius} / ${rings} * _cdb_ring`;
    const from = `${rows}, generate_series(1, ${rings}) AS _cdb_ring`;
    if (dissolved) {
      return `SELECT row_number() OVER (ORDER BY _cdb_ring DESC)::int AS cartodb_id, ${range} AS data_range,
ST_Union(${around(range)}) AS the_geom FROM ${from} GROUP BY _cdb_ring`;
    }
    return `SELECT row_number() OVER (ORDER BY _cdb_ring DESC)::int AS cartodb_id, ${listed(values)}the_geom AS center,
${range} AS data_range, ${around(range)} AS the_geom FROM ${from}`;
  },
};

/** Columns that rings have of their own. */
const RING_COLUMNS = new Set(["cartodb_id", "center", "data_range"]);

const listed = (names: string): string => (names === "" ? "" : `${names}, `);

const GROUPED = {
  source: NODE,
  category_column: optional(STRING),
  aggregation: optional({ type: "enum", values: AGGREGATES }, "count"),
  aggregation_column: optional(STRING),
} as const;

const checkGrouped: NonNullable<AnalysisKind["check"]> = ({ aggregation, aggregation_column: column }) =>
  aggregation !== "count" && column === null
    ? 'Param `aggregation` != "count" requires an existent `aggregation_column` column'
    : undefined;

/** One geometry for all rows, or for each category of them, with a value. */
function grouped(geometry: (parts: NodeParts) => string, value: (parts: NodeParts) => string): AnalysisKind {
  return {
    params: GROUPED,
    check: checkGrouped,
    sql: (parts) => groupedSql(parts, geometry(parts), value(parts)),
  };
}

function groupedSql(parts: NodeParts, geometry: string, name: string): string {
  const { sql, columns } = inputOf(parts, "source");
  const given = textOrNull(parts, "category_column");
  const category = given === null ? undefined : findColumn(given, columns).sql;
  const of = textOrNull(parts, "aggregation_column");
  const value = `${textOf(parts, "aggregation")}(${of === null ? "*" : findColumn(of, columns).sql})`;
  const all = [
    "(row_number() OVER ())::int AS cartodb_id",
    ...(category === undefined ? [] : [`${category} AS category`]),
    `${geometry} AS the_geom`,
    `${value} AS ${quoteIdent(name)}`,
  ];
  const by = category === undefined ? "" : ` GROUP BY ${category}`;
  return `SELECT ${all.join(", ")} FROM (${sql}\n) AS _cdb_grouped${by}`;
}

/** Hulls name their value by what it is. */
const valueName = (parts: NodeParts): string =>
  textOf(parts, "aggregation") === "count"
    ? "count_vals"
    : `${textOf(parts, "aggregation")}_${textOf(parts, "aggregation_column")}`;

const plainValue = (): string => "value";

/** The centre of all rows, or of each category of them. */
export const centroid: AnalysisKind = grouped(() => "ST_Centroid(ST_Collect(the_geom))", plainValue);

/** The smallest area without dents around all rows, or around each category of them. */
export const convexHull: AnalysisKind = grouped(() => "ST_ConvexHull(ST_Collect(the_geom))", valueName);

/** The box around all rows, or around each category of them. */
export const boundingBox: AnalysisKind = grouped(() => "ST_Envelope(ST_Collect(the_geom))", valueName);

/** The smallest circle around all rows, or around each category of them. */
export const boundingCircle: AnalysisKind = grouped(() => "ST_MinimumBoundingCircle(ST_Collect(the_geom))", valueName);

/** An area around all rows, or around each category of them, that may have dents and holes. */
export const concaveHull: AnalysisKind = {
  params: {
    ...GROUPED,
    target_percent: optional(NUMBER, 0.7),
    allow_holes: optional({ type: "boolean" }, false),
  },
  check: (params) => {
    const part = Number(params["target_percent"]);
    return part >= 0 && part <= 1 ? checkGrouped(params) : 'Param "target_percent" must be from 0 to 1';
  },
  sql: (parts) =>
    groupedSql(
      parts,
      `ST_ConcaveHull(ST_Collect(the_geom), (${numberIn(parts, "target_percent")})::float8, ${parts.params["allow_holes"] === true})`,
      valueName(parts),
    ),
};

/** The mean of all centroids, each of which counts as much as its row's weight. */
export const weightedCentroid: AnalysisKind = {
  params: { ...GROUPED, weight_column: STRING },
  check: checkGrouped,
  sql(parts) {
    const weight = `${findColumn(textOf(parts, "weight_column"), inputOf(parts, "source").columns).sql}::float8`;
    const mean = (axis: string): string =>
      `sum(ST_${axis}(ST_Centroid(the_geom)) * ${weight}) / nullif(sum(${weight}) FILTER (WHERE the_geom IS NOT NULL), 0)`;
    return groupedSql(parts, `ST_SetSRID(ST_MakePoint(${mean("X")}, ${mean("Y")}), 4326)`, "value");
  },
};

/** Points of two columns with degrees. */
export const georeferenceLongLat: AnalysisKind = {
  params: { source: NODE, longitude: STRING, latitude: STRING },
  sql(parts) {
    const { sql, columns } = inputOf(parts, "source");
    const degrees = (name: string): string => `${findColumn(textOf(parts, name), columns).sql}::float8`;
    return `SELECT ${listed(quoteIdents(valueColumns(columns)))}ST_SetSRID(ST_MakePoint(${degrees("longitude")}, ${degrees("latitude")}), 4326) AS the_geom FROM (${sql}\n) AS _cdb_located`;
  },
};
