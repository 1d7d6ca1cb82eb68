import type { Session } from "../db/engine.ts";
import type { Guard } from "../db/guard/guard.ts";
import type { Inspection } from "../db/guard/inspect.ts";
import { isHarmless, refuseForbidden, type Sender } from "../db/guard/policy.ts";
import type { SystemTables } from "../db/guard/system-tables.ts";
import { pageOf } from "../db/identifier.ts";
import type { ResultStream } from "../db/result.ts";
import { HttpError } from "../http/errors.ts";
import type { SqlQuery } from "./query.ts";
import { shape } from "./shape.ts";

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

/** Runs a checked statement in the way that its kind and format ask for. `spatialTypes` are those of the engine, by OID. */
export function runQuery(
  session: Session,
  checked: CheckedQuery,
  spatialTypes: ReadonlyMap<number, string>,
): Promise<ResultStream> {
  const { query, inspection } = checked;
  if (query.format.shape !== "any") return runShaped(session, checked, spatialTypes);
  // Text that the parser doesn't know is sent as one prepared statement: PostgreSQL's own words answer it.
  if (!inspection.parsed) return session.runOne(query.q);
  if (inspection.single === undefined) return session.run(query.q);
  const q = paged(inspection.single, query);
  const options = { harmless: isHarmless(inspection) };
  return inspection.statements[0]?.bulk ? session.select(q, options) : session.runOne(q, options);
}

/** Formats of files want the columns in a form of their own, and of a SELECT only. */
async function runShaped(
  session: Session,
  { query, inspection }: CheckedQuery,
  spatialTypes: ReadonlyMap<number, string>,
): Promise<ResultStream> {
  const q = paged(inspection.single ?? query.q, query);
  const columns = await session.describe(columnsOfAll(q));
  return session.select(shape(q, columns, { ...query, spatialTypes }), { harmless: isHarmless(inspection) });
}

/** Only a SELECT can stand in a subquery; PostgreSQL says so in the words that clients know. */
const columnsOfAll = (q: string): string => pageOf(q, {});

function paged(q: string, { paging }: SqlQuery): string {
  return paging && /^\s*(?:select|with)\s/i.test(q) ? pageOf(q, paging) : q;
}
