import type { Account } from "../accounts/account.ts";
import type { AbortSource, Engine, Session } from "../db/engine.ts";
import type { Guard } from "../db/guard/guard.ts";
import { refuseForbidden } from "../db/guard/policy.ts";
import { createTable, createTableAs, quoteIdent, quoteLiteral, quoteQualified } from "../db/identifier.ts";
import { readRows } from "../formats/rows.ts";
import { HttpError } from "../http/errors.ts";
import { freeTableName, toTableName } from "../imports/names/table-name.ts";
import type { Changes, Dataset, TableFacts } from "./dataset.ts";
import type { Datasets } from "./datasets.ts";
import { countRows } from "./facts.ts";
import { type ColumnFacts, readColumns, readTakenNames } from "./relation.ts";

/** Up to so many rows they are counted, above the planner's estimate is told. */
const COUNTED_ROWS = 1_000_000;
const DEFAULT_NAME = "untitled_table";
const DEFAULT_COLUMNS = "name text, description text";

/** A table to be made: empty, or of a SELECT's rows. */
export interface TableSpec {
  name: string | undefined;
  /** `a text, b int` */
  columns: string | undefined;
  query: string | undefined;
  changes: Changes;
}

/** What is told of a table besides its dataset. */
export interface TableDetails {
  facts: TableFacts;
  columns: ColumnFacts[];
  rows: number;
}

/** The tables behind the datasets: what they are made of, and making them. */
export class Tables {
  readonly #parts: { engine: Engine; guard: Guard; datasets: Datasets };

  constructor(parts: { engine: Engine; guard: Guard; datasets: Datasets }) {
    this.#parts = parts;
  }

  /** Reads a table's columns, and counts its rows unless they are many. */
  async describe(account: Account, dataset: Dataset, signal: AbortSource): Promise<TableDetails> {
    const columns = await this.columns(dataset);
    const facts = await this.#parts.datasets.facts(account, dataset, signal);
    if (dataset.rowCount > COUNTED_ROWS) return { columns, facts, rows: dataset.rowCount };
    const rows = await this.asOwner(account, signal, (session) => countRows(session, account.schema, dataset.name));
    return { columns, facts, rows };
  }

  /** Reads a table's columns, in their order. */
  columns({ relation }: Dataset): Promise<ColumnFacts[]> {
    const { engine } = this.#parts;
    return engine.system((session) => readColumns(session, relation, engine.capabilities.postgisSchema));
  }

  /** Works in the role of an account's master key. */
  async asOwner<T>(account: Account, signal: AbortSource, use: (session: Session) => Promise<T>): Promise<T> {
    await using session = await this.#parts.datasets.asOwner(account, { signal });
    return await use(session);
  }

  /**
   * Makes a table as the master key, and a private dataset of it.
   *
   * @throws {@link HttpError} 400 for columns or a query that are something else; PgError in the database's words.
   */
  async create(account: Account, spec: TableSpec, signal: AbortSource): Promise<Dataset> {
    const { engine } = this.#parts;
    const { schema } = account;
    const taken = await engine.system((session) => readTakenNames(session, schema));
    const name = freeTableName(toTableName(spec.name || DEFAULT_NAME), (candidate) => taken.has(candidate));
    const table = quoteQualified(schema, name);
    const statement = await this.#statement(table, spec);
    const link = `SELECT cartodb.CDB_CartodbfyTable(${quoteLiteral(schema)}, ${quoteLiteral(table)}::pg_catalog.regclass)`;
    // As one text it takes effect as a whole or not at all.
    await this.asOwner(account, signal, async (session) => readRows(await session.run(`${statement};\n${link}`)));
    const { privacy = "private", ...changes } = spec.changes;
    return this.#parts.datasets.register(account, { name, privacy }, changes);
  }

  /** The statement that makes a table, read by the guard: what is given for a list of columns may be anything. */
  async #statement(table: string, spec: TableSpec): Promise<string> {
    if (spec.query !== undefined) {
      const { single, statements } = await this.#parts.guard.inspect(spec.query);
      if (single === undefined || statements[0]?.type !== "Select") {
        throw new HttpError(400, "from_query must be one SELECT");
      }
      return this.#checked(createTableAs(table, single));
    }
    return this.#checked(createTable(table, spec.columns || DEFAULT_COLUMNS));
  }

  async #checked(statement: string): Promise<string> {
    const { guard, engine } = this.#parts;
    const inspection = await guard.inspect(statement);
    if (!inspection.parsed) throw new HttpError(400, inspection.syntaxError ?? "syntax error");
    if (inspection.statements.length !== 1)
      throw new HttpError(400, "schema must be a list of columns with their types");
    refuseForbidden(inspection, { isMaster: true, sharedSession: engine.sharedSession });
    return statement;
  }
}

const NUMBER = "^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$";

/**
 * Makes points of two columns with degrees, numbers or texts with a decimal point or comma; rows whose values are none, or
 * beyond the poles or the date line, get none. Writes.
 */
export async function georeference(
  session: Session,
  table: string,
  { latitude, longitude }: { latitude: string; longitude: string },
): Promise<void> {
  const value = (column: string, limit: number): string => {
    const text = `pg_catalog.replace(pg_catalog.btrim(${quoteIdent(column)}::text), ',', '.')`;
    const number = `CASE WHEN ${text} ~ '${NUMBER}' THEN ${text}::float8 END`;
    return `(SELECT n FROM (SELECT ${number}) AS v (n) WHERE n BETWEEN -${limit} AND ${limit})`;
  };
  const point = `ST_SetSRID(ST_MakePoint(${value(longitude, 180)}, ${value(latitude, 90)}), 4326)`;
  await readRows(await session.runOne(`UPDATE ${table} SET the_geom = ${point}`));
}
