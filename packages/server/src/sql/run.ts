import type { Session } from "../db/engine.ts";
import type { Guard } from "../db/guard/guard.ts";
import type { Inspection } from "../db/guard/inspect.ts";
import { isHarmless, refuseForbidden, type Sender } from "../db/guard/policy.ts";
import type { SystemTables } from "../db/guard/system-tables.ts";
import { columnsOf, pageOf } from "../db/identifier.ts";
import type { ResultStream } from "../db/result.ts";
import { HttpError } from "../http/errors.ts";
import type { SqlQuery } from "./query.ts";

/** What checks a statement before a session runs it. */
export interface Checks {
  guard: Guard;
  systemTables: SystemTables;
  sender: Sender;
}

/** A statement that was found fit to run. */
export interface CheckedQuery {
  query: SqlQuery;
  inspection: Inspection;
}

const EMPTY_RESULT: ResultStream = {
  columns: [],
  chunks: (async function* () {})(),
  summary: () => ({ columns: [], rowCount: 0, notices: [], droppedNotices: 0 }),
};

/**
 * Reads a statement and refuses what its sender may not send.
 *
 * @throws {@link HttpError} 403 for system tables, 400 for a COPY and for text that nothing here can read.
 */
export async function checkQuery(query: SqlQuery, { guard, systemTables, sender }: Checks): Promise<CheckedQuery> {
  const inspected = guard.inspect(query.q);
  const inspection = inspected instanceof Promise ? await inspected : inspected;
  refuseForbidden(inspection, sender);
  if (!inspection.parsed && sender.sharedSession) throw new HttpError(400, inspection.syntaxError ?? "syntax error");
  refuseCopy(inspection);
  if (!sender.isMaster) await systemTables.refuse(inspection);
  return { query, inspection };
}

/** COPY has routes of its own; here it could only hang or fail. */
function refuseCopy(inspection: Inspection): void {
  const copy = inspection.statements.find((statement) => statement.copy?.throughConnection)?.copy;
  if (!copy) return;
  throw new HttpError(
    400,
    copy.from
      ? "COPY from stdin failed: No source stream defined"
      : "COPY to stdout is not answered here: use /api/v2/sql/copyto",
  );
}

/** Whether there is nothing to run. */
export const isEmpty = ({ inspection }: CheckedQuery): boolean =>
  inspection.parsed && inspection.statements.length === 0;

/** The result of a text without a statement. */
export const emptyResult = (): ResultStream => ({ ...EMPTY_RESULT, chunks: (async function* () {})() });

/** Runs a checked statement in the way that its kind and format ask for. */
export function runQuery(session: Session, checked: CheckedQuery): Promise<ResultStream> {
  const { query, inspection } = checked;
  if (query.format.id !== "json") return runShaped(session, checked);
  // Text that the parser doesn't know is sent as one prepared statement: PostgreSQL's own words answer it.
  if (!inspection.parsed) return session.runOne(query.q);
  if (inspection.single === undefined) return session.run(query.q);
  const q = paged(inspection.single, query);
  const options = { harmless: isHarmless(inspection) };
  return inspection.statements[0]?.bulk ? session.select(q, options) : session.runOne(q, options);
}

/** Formats of files want the columns in an order of their own, and of a SELECT only. */
async function runShaped(session: Session, { query, inspection }: CheckedQuery): Promise<ResultStream> {
  const q = paged(inspection.single ?? query.q, query);
  const options = { harmless: isHarmless(inspection) };
  const all = (await session.describe(columnsOfAll(q))).map(({ name }, at) => ({ at, name }));
  // Of several columns of one name the last one counts.
  const columns = all.filter(({ at, name }) => all.findLastIndex((other) => other.name === name) === at);
  const kept = columns.filter(({ name }) => !query.skipfields.has(name));
  const geometry = columns.find(({ name }) => name === "the_geom");
  if (query.format.id === "geojson") {
    if (!geometry) throw new HttpError(400, 'column "the_geom" does not exist');
    const properties = kept.filter(({ name }) => name !== "the_geom" && name !== "the_geom_webmercator");
    return session.select(columnsOf(q, all.length, properties, { ...geometry, digits: query.digits }), options);
  }
  const first = kept.filter((column) => column === geometry);
  return session.select(columnsOf(q, all.length, [...first, ...kept.filter((column) => column !== geometry)]), options);
}

/** Only a SELECT can stand in a subquery; PostgreSQL says so in the words that clients know. */
const columnsOfAll = (q: string): string => pageOf(q, {});

function paged(q: string, { paging }: SqlQuery): string {
  return paging && /^\s*(?:select|with)\s/i.test(q) ? pageOf(q, paging) : q;
}
