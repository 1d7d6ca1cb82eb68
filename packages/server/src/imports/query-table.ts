import type { Guard } from "../db/guard/guard.ts";
import { RefusedStatementError, refuseForbidden } from "../db/guard/policy.ts";
import { quoteQualified } from "../db/identifier.ts";
import { PgError } from "../db/pg-error.ts";
import { ImportError } from "./error.ts";
import type { ImportSession } from "./load/import-session.ts";
import { IMPORTER_SCHEMA } from "./load/staging.ts";

const QUERY_FAILED = 8003;

/** Makes tables of what a query returns. */
export class QueryTable {
  readonly #guard: Guard;

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  /**
   * Makes `from`, in the importer's schema, of a SELECT's rows.
   *
   * @returns the number of rows
   * @throws ImportError 8003 when it is no SELECT, or PostgreSQL refuses it
   */
  async make(session: ImportSession, { q, from }: { q: string; from: string }): Promise<number> {
    const select = await this.#parse(q, session.shared);
    const table = quoteQualified(IMPORTER_SCHEMA, from);
    try {
      await session.run(`CREATE TABLE ${table} AS ${select}\n`);
      await session.rows(`SELECT cartodb.CDB_CartodbfyTable('${IMPORTER_SCHEMA}', '${table}'::regclass)`);
      await session.run(`ANALYZE ${table}`);
    } catch (error) {
      if (!(error instanceof PgError)) throw error;
      throw new ImportError(QUERY_FAILED, `The query can't become a table: ${error.message}.`);
    }
    const [row] = await session.rows(`SELECT count(*) FROM ${table}`);
    return Number(row?.[0] ?? 0);
  }

  /** One SELECT, parsed alone: so it can't end the statement that is written around it. */
  async #parse(q: string, sharedSession: boolean): Promise<string> {
    const inspection = await this.#guard.inspect(q);
    if (inspection.single === undefined || inspection.statements[0]?.type !== "Select") {
      throw new ImportError(QUERY_FAILED, `The query must be one SELECT${because(inspection.syntaxError)}.`);
    }
    try {
      refuseForbidden(inspection, { isMaster: true, sharedSession });
    } catch (error) {
      if (!(error instanceof RefusedStatementError)) throw error;
      throw new ImportError(QUERY_FAILED, `The query can't be run: ${error.message}.`);
    }
    return inspection.single;
  }
}

const because = (syntaxError: string | undefined): string => (syntaxError === undefined ? "" : `: ${syntaxError}`);
