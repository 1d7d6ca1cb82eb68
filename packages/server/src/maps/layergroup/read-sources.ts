import type { Engine, Session, StatementOptions } from "../../db/engine.ts";
import { StatementTimeoutError } from "../../db/pg-error.ts";
import { type AnalysisNode, nodesIn, sourceQuery } from "../analyses/analysis-node.ts";
import type { MapConfig } from "../map-config/map-config.ts";
import { type NodeColumns, SourceQueries } from "../map-config/source-queries.ts";
import { mapError } from "../map-error.ts";
import { plannedTables } from "./affected-tables.ts";
import type { LayerGuard } from "./layer-guard.ts";
import type { AffectedTable } from "./layergroup.ts";
import { isOfQuery } from "./query-error.ts";
import type { Reader } from "./read-map.ts";
import { worldSql } from "./world-query.ts";

/** What the database says of a map's analyses. */
export interface ReadSources {
  columns: NodeColumns;
  /** Tables that the planner reads for them. */
  tables: readonly AffectedTable[];
  /** Whether one of them reads what only the master key may. */
  ownersOnly: boolean;
}

/**
 * Looks at the queries that analyses begin with, and asks the database which columns all of them have.
 *
 * @throws MapError of the type `analysis`, with the database's own words
 */
export async function readSources(
  { analyses }: MapConfig,
  { engine, guard, reader }: { engine: Engine; guard: LayerGuard; reader: Reader },
): Promise<ReadSources> {
  const nodes = nodesIn(analyses.roots);
  const read = { columns: {} as Record<string, NodeColumns[string]>, tables: [] as AffectedTable[], ownersOnly: false };
  if (nodes.length === 0) return read;
  const options = { harmless: true };
  for (const node of nodes) {
    const query = sourceQuery(node);
    if (query === undefined) continue;
    const checked = await of(node, guard.check(worldSql(query), reader));
    options.harmless &&= checked.harmless;
    read.ownersOnly ||= checked.ownersOnly;
  }
  const { role, signal, timeoutMs } = reader;
  await using session = await engine.session(role, { signal, timeoutMs, readOnly: true });
  const sources = new SourceQueries(analyses, new Map(), read.columns);
  const deadline = Date.now() + timeoutMs;
  for (const node of nodes) {
    if (Date.now() > deadline) throw new StatementTimeoutError("canceling statement due to statement timeout");
    const sql = worldSql(sources.plain(node));
    const described = await of(node, session.describe(`SELECT * FROM (${sql}\n) AS _cdb_node`));
    read.columns[node.hash] = described.map(({ name, oid }) => ({ name, oid }));
  }
  for (const root of analyses.roots) read.tables.push(...(await readTables(root, sources, { session, options })));
  return read;
}

/** Planning is also what tells that a table may not be read. */
const readTables = (
  root: AnalysisNode,
  sources: SourceQueries,
  { session, options }: { session: Session; options: StatementOptions },
): Promise<readonly AffectedTable[]> => of(root, plannedTables(session, worldSql(sources.plain(root)), options));

/** What is asked about an analysis, or why it can't be told, as an error of that analysis. */
async function of<T>({ id, type, hash }: AnalysisNode, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!isOfQuery(error)) throw error;
    throw mapError(error.message, { type: "analysis", analysis: { id, node_id: hash, type } });
  }
}
