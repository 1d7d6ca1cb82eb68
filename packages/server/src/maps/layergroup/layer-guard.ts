import type { Engine } from "../../db/engine.ts";
import type { Guard } from "../../db/guard/guard.ts";
import type { Inspection } from "../../db/guard/inspect.ts";
import { isHarmless, RefusedStatementError, refuseForbidden } from "../../db/guard/policy.ts";
import { SystemTables } from "../../db/guard/system-tables.ts";
import { quoteIdent, quoteQualified } from "../../db/identifier.ts";
import { PgError } from "../../db/pg-error.ts";

/** SQLSTATE of a text that is none. */
const SYNTAX_ERROR = "42601";

/** What is known of a query that was let through. */
export interface CheckedLayer {
  /** Whether it leaves its connection as it was. */
  harmless: boolean;
  /** Relations that it names, as SQL. */
  named: string[];
  /** Whether only the master key may send it. */
  ownersOnly: boolean;
}

/** Reads what layers query before the database sees it. */
export class LayerGuard {
  readonly #guard: Guard;
  readonly #systemTables: SystemTables;
  readonly #sharedSession: boolean;

  constructor(engine: Engine, guard: Guard) {
    this.#guard = guard;
    this.#systemTables = new SystemTables(engine);
    this.#sharedSession = engine.sharedSession;
  }

  /**
   * Lets one SELECT through that reads alone.
   *
   * @param sql The query, with no tokens in it.
   * @throws {@link PgError} in PostgreSQL's words for a query in brackets, RefusedStatementError for system tables.
   */
  async check(sql: string, { isMaster }: { isMaster: boolean }): Promise<CheckedLayer> {
    const inspection = await this.#guard.inspect(sql);
    if (!isOneSelect(inspection)) throw await this.#refusal(sql, inspection);
    refuseForbidden(inspection, { isMaster, sharedSession: this.#sharedSession });
    const refusal = await this.#refusalToOthers(inspection);
    if (refusal && !isMaster) throw refusal;
    const named = inspection.relations.map(({ schema, name }) =>
      schema === undefined ? quoteIdent(name) : quoteQualified(schema, name),
    );
    return { harmless: isHarmless(inspection), named, ownersOnly: refusal !== undefined };
  }

  /** Why keys other than the master key may not send it; undefined where they may. */
  async #refusalToOthers(inspection: Inspection): Promise<RefusedStatementError | undefined> {
    try {
      refuseForbidden(inspection, { isMaster: false, sharedSession: this.#sharedSession });
      await this.#systemTables.refuse(inspection);
      return undefined;
    } catch (error) {
      if (error instanceof RefusedStatementError) return error;
      throw error;
    }
  }

  async #refusal(sql: string, { syntaxError }: Inspection): Promise<PgError> {
    // Clients know the words for what stands between the brackets of a query around it.
    const around = await this.#guard.inspect(`SELECT * FROM (${sql}\n) AS cdbq`);
    const message = around.syntaxError ?? syntaxError ?? "a layer's sql must be one SELECT that writes nothing";
    return new PgError({ severity: "ERROR", code: SYNTAX_ERROR, message });
  }
}

/** The parser finds a semicolon's end by itself: a text that has one statement in and out of brackets is one. */
const isOneSelect = ({ parsed, single, statements }: Inspection): boolean =>
  parsed &&
  single !== undefined &&
  statements.every(({ type, nested }) => type === "Select" && nested.every((inner) => inner === "Select"));
