import { quoteIdent } from "../../db/identifier.ts";
import type { NodeRows } from "./analysis-node.ts";
import { findColumn } from "./column-name.ts";
import {
  AGGREGATES,
  type AnalysisKind,
  GEOMETRIES,
  inputOf,
  NODE,
  type NodeParts,
  optional,
  STRING,
  textOf,
  textOrNull,
  valueColumns,
} from "./kind.ts";

const STRINGS = { type: "strings" } as const;

/** Columns as they are after a name of a table, such as `a."x", a."y"`. */
const columnsOf = (table: string, names: readonly string[]): string[] =>
  names.map((name) => `${table}.${quoteIdent(name)}`);

const allOf = ({ columns }: NodeRows): string[] => [...new Set(columns.map(({ name }) => name))];

/** The column of a name within a table. */
const columnOf = (table: string, name: string, { columns }: NodeRows): string =>
  `${table}.${findColumn(name, columns).sql}`;

/** The target's rows that something of the source meets, once for each, with columns of that. */
export const intersection: AnalysisKind = {
  params: { source: NODE, target: NODE, source_columns: optional(STRINGS, []) },
  sql(parts) {
    const source = inputOf(parts, "source");
    const target = inputOf(parts, "target");
    const asked = namesIn(parts, "source_columns") ?? [];
    const names = asked.length > 0 ? asked : valueColumns(source.columns);
    const taken = names.map(
      (name) => `${columnOf("_cdb_source", name, source)} AS ${quoteIdent(`source_${plain(name)}`)}`,
    );
    const columns = [...columnsOf("_cdb_target", allOf(target)), ...taken];
    return `SELECT ${columns.join(", ")} FROM (${source.sql}\n) AS _cdb_source, (${target.sql}\n) AS _cdb_target
WHERE ST_Intersects(_cdb_source.the_geom, _cdb_target.the_geom)`;
  },
};

/** The source's rows that something of the target meets, with an aggregate of that. */
export const aggregateIntersection: AnalysisKind = {
  params: {
    source: NODE,
    target: NODE,
    aggregate_function: { type: "enum", values: AGGREGATES },
    aggregate_column: optional(STRING),
  },
  check: ({ aggregate_function: aggregate, aggregate_column: column }) =>
    aggregate !== "count" && column === null ? 'Missing required param "aggregate_column"' : undefined,
  sql(parts) {
    const source = inputOf(parts, "source");
    const target = inputOf(parts, "target");
    const aggregate = textOf(parts, "aggregate_function");
    const of = textOrNull(parts, "aggregate_column");
    const values = aggregate === "count" || of === null ? COUNTED : [aggregated(aggregate, of, target)];
    const names = columnsOf("_cdb_source", allOf(source)).concat(values.map(({ name }) => quoteIdent(name)));
    const met = `SELECT count(*) AS _cdb_rows, ${values.map(({ sql, name }) => `${sql} AS ${quoteIdent(name)}`).join(", ")}
FROM (${target.sql}\n) AS _cdb_target WHERE ST_Intersects(_cdb_source.the_geom, _cdb_target.the_geom)`;
    return `SELECT ${names.join(", ")} FROM (${source.sql}\n) AS _cdb_source, LATERAL (${met}) AS _cdb_met WHERE _cdb_rows > 0`;
  },
};

/** The density is in rows a square kilometre. */
const COUNTED = [
  { name: "count_vals", sql: "count(*)" },
  {
    name: "count_vals_density",
    sql: "count(*) / nullif(ST_Area(_cdb_source.the_geom::geography) / 1000000, 0)",
  },
];

const aggregated = (aggregate: string, of: string, target: NodeRows): { name: string; sql: string } => ({
  name: `${aggregate}_${plain(of)}`,
  sql: `${aggregate}(${columnOf("_cdb_target", of, target)})`,
});

/** The points that are within an area, once for each of those. */
export const pointInPolygon: AnalysisKind = {
  params: { points_source: NODE, polygons_source: NODE },
  sql(parts) {
    const points = inputOf(parts, "points_source");
    return `SELECT ${columnsOf("_cdb_point", allOf(points)).join(", ")} FROM (${points.sql}\n) AS _cdb_point,
(${inputOf(parts, "polygons_source").sql}\n) AS _cdb_area WHERE ST_Contains(_cdb_area.the_geom, _cdb_point.the_geom)`;
  },
};

/** Rows whose column has a value that a column of other rows has. */
export const filterByNodeColumn: AnalysisKind = {
  params: { source: NODE, column: STRING, filter_source: NODE, filter_column: STRING },
  keepsGeometry: true,
  sql(parts) {
    const source = inputOf(parts, "source");
    const others = inputOf(parts, "filter_source");
    return `SELECT * FROM (${source.sql}\n) AS _cdb_source WHERE ${findColumn(textOf(parts, "column"), source.columns).sql} IN
(SELECT ${columnOf("_cdb_others", textOf(parts, "filter_column"), others)} FROM (${others.sql}\n) AS _cdb_others)`;
  },
};

/** Rows of two analyses side by side where a column of each is the same. */
export const merge: AnalysisKind = {
  params: {
    left_source: NODE,
    right_source: NODE,
    left_source_column: STRING,
    right_source_column: STRING,
    join_operator: optional({ type: "enum", values: ["inner", "left", "right"] }, "inner"),
    source_geometry: optional({ type: "enum", values: ["left_source", "right_source"] }, "left_source"),
    left_source_columns: optional(STRINGS),
    right_source_columns: optional(STRINGS, []),
  },
  sql(parts) {
    const left = inputOf(parts, "left_source");
    const right = inputOf(parts, "right_source");
    const geometry = textOf(parts, "source_geometry") === "left_source" ? "_cdb_left" : "_cdb_right";
    const leftNames = namesIn(parts, "left_source_columns") ?? valueColumns(left.columns);
    const ofLeft = withoutGeometries(leftNames).map((name) => {
      const column = columnOf("_cdb_left", name, left);
      // The rows get ids of their own.
      return plain(name) === "cartodb_id" ? `${column} AS "_cartodb_id"` : column;
    });
    const ofRight = withoutGeometries(namesIn(parts, "right_source_columns") ?? []).map(
      (name) => `${columnOf("_cdb_right", name, right)} AS ${quoteIdent(`right_${plain(name)}`)}`,
    );
    const columns = ["(row_number() OVER ())::int AS cartodb_id", `${geometry}.the_geom`, ...ofLeft, ...ofRight];
    const on = [
      columnOf("_cdb_left", textOf(parts, "left_source_column"), left),
      columnOf("_cdb_right", textOf(parts, "right_source_column"), right),
    ];
    return `SELECT ${columns.join(", ")} FROM (${left.sql}\n) AS _cdb_left
${JOINS[textOf(parts, "join_operator")]} (${right.sql}\n) AS _cdb_right ON ${on.join(" = ")}`;
  },
};

const JOINS: Readonly<Record<string, string>> = { inner: "INNER JOIN", left: "LEFT JOIN", right: "RIGHT JOIN" };

const withoutGeometries = (names: readonly string[]): string[] =>
  names.filter((name) => !GEOMETRIES.includes(plain(name)));

/** A name without the quotes that it may have as SQL. */
const plain = (name: string): string => /^"(.*)"$/s.exec(name)?.[1]?.replaceAll('""', '"') ?? name;

function namesIn({ params }: NodeParts, name: string): readonly string[] | undefined {
  const given = params[name];
  return Array.isArray(given) ? given.map(String) : undefined;
}
