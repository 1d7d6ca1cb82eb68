import { quoteIdent } from "../../db/identifier.ts";
import { type AnalysisNode, type NodeColumn, type NodeRows, nodesIn, sourceQuery } from "../analyses/analysis-node.ts";
import { GEOMETRIES } from "../analyses/kind.ts";
import { ANALYSIS_KINDS } from "../analyses/kinds.ts";
import { filterRows } from "../analyses/row-filter.ts";
import { mapError } from "../map-error.ts";
import type { Analyses } from "./analyses.ts";
import type { NodeFilters } from "./filters.ts";

/** Columns of the rows of analyses, by the analyses' hashes. */
export type NodeColumns = Readonly<Record<string, readonly NodeColumn[]>>;

/** Which of a map's filters a query is narrowed by: all, none, or all but a dataview's own. */
export type Applied = "all" | "none" | { butOf: string };

/** Characters of an analysis' query at most. */
const MAX_SQL = 2 * 1024 ** 2;

/**
 * The queries of a map's analyses, narrowed by its filters. What an analysis is built upon is narrowed before it is used.
 *
 * Tokens of queries are still in them.
 */
export class SourceQueries {
  readonly #analyses: Analyses;
  readonly #filters: NodeFilters;
  readonly #columns: NodeColumns;

  /** @param columns Of all analyses that others are built upon, and of those that are asked for. */
  constructor(analyses: Analyses, filters: NodeFilters, columns: NodeColumns) {
    this.#analyses = analyses;
    this.#filters = filters;
    this.#columns = columns;
  }

  /**
   * What layers and dataviews show of an analysis, with a geometry in EPSG:3857; a `source`'s rows are as they are.
   *
   * @throws MapError for one that is too long.
   */
  shown(id: string, applied: Applied): NodeRows {
    const node = this.#analyses.byId.get(id);
    if (!node) throw new Error(`there is no analysis ${id}`);
    const { sql, columns } = this.#filtered(node, applied);
    if (node.type === "source") return { sql, columns };
    return inMercator({ sql, columns }, ANALYSIS_KINDS.get(node.type)?.keepsGeometry === true);
  }

  /** The query of an analysis alone, without any filter. */
  plain(node: AnalysisNode): string {
    return this.#rows(node, "none").sql;
  }

  #filtered(node: AnalysisNode, applied: Applied): NodeRows {
    const filters = applied === "none" || node.id === undefined ? [] : (this.#filters.get(node.id) ?? []);
    let rows = this.#rows(node, applied);
    for (const { filter, dataview } of filters) {
      if (typeof applied === "object" && applied.butOf === dataview) continue;
      rows = { ...rows, sql: checked(filterRows(filter, rows)) };
    }
    return rows;
  }

  #rows(node: AnalysisNode, applied: Applied): NodeRows {
    const columns = this.#columns[node.hash] ?? [];
    const query = sourceQuery(node);
    if (query !== undefined) return { sql: query, columns };
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([name, input]) => [name, this.#filtered(input, applied)]),
    );
    const sql = ANALYSIS_KINDS.get(node.type)?.sql({ params: node.params, inputs }) ?? "";
    return { sql: checked(sql), columns };
  }
}

/** Queries stand within queries, some of them twice: a short MapConfig can make long SQL. */
function checked(sql: string): string {
  if (sql.length <= MAX_SQL) return sql;
  throw mapError(`An analysis' query has ${sql.length} characters, and may have ${MAX_SQL}`, {
    type: "analysis",
    status: 400,
  });
}

/** The same rows with both geometries. One that is there already is kept, for it may have an index. */
function inMercator({ sql, columns }: NodeRows, keepsGeometry: boolean): NodeRows {
  const names = [...new Set(columns.map(({ name }) => name))];
  const [degrees = "", mercator = ""] = GEOMETRIES;
  if (names.includes(mercator) && (keepsGeometry || !names.includes(degrees))) return { sql, columns };
  if (!names.includes(degrees)) return { sql, columns };
  const others = names.filter((name) => name !== mercator).map(quoteIdent);
  const oid = columns.find(({ name }) => name === degrees)?.oid ?? 0;
  return {
    sql: `SELECT ${others.join(", ")}, ST_Transform(the_geom, 3857) AS the_geom_webmercator FROM (${sql}\n) AS _cdb_shown`,
    columns: [...columns.filter(({ name }) => name !== mercator), { name: mercator, oid }],
  };
}

/** The queries that a map's analyses begin with, as they were given. */
export const givenQueries = ({ roots }: Analyses): string[] =>
  nodesIn(roots).flatMap((node) => sourceQuery(node) ?? []);
