import type { RejectedRow } from "@carto-ts/protocol";
import { type Carto, type CreateDatasetOptions, ImportError } from "@carto-ts/sdk/node";

/** What became of a file. */
export type Outcome = TableOutcome | FailureOutcome;

/** A file that became a table. */
export interface TableOutcome {
  /** Names with types, in order, without the three columns of every table. */
  columns: string;
  /** The values of each row, as PostgreSQL writes a row: `(1,Vic,)`. */
  rows: string[];
  /** `cartodb_id` of each row, unless they count from 1 on. */
  ids?: number[];
  /** `the_geom` of each row, its first 60 letters if it is long, unless no row has one. */
  geometries?: (string | null)[];
  /** `cartodb_id`s of rows with a geometry that web mercator has no place for, if there are any. */
  unmapped?: number[];
  /** `line: reason` of the rows that were left out, if there are any. */
  rejectedRows?: string[];
  /** `line: text` of what can't be read as a geometry, if there is any. */
  rejectedValues?: string[];
}

/** A file that could not be imported. */
export interface FailureOutcome {
  code: number;
  /** What people are told. */
  says: string;
}

/** Imports a file, and tells what became of it. */
export async function importOutcome(carto: Carto, path: string, options: CreateDatasetOptions = {}): Promise<Outcome> {
  try {
    const { datasets, warnings } = await carto.datasets.createFromFile(path, options);
    const { rejected_rows: rows, rejected_values: values } = warnings;
    return {
      ...(await tableOutcome(carto, datasets[0]?.name ?? "")),
      ...(rows ? { rejectedRows: listed(rows, ({ reason }) => reason) } : {}),
      ...(values ? { rejectedValues: listed(values, ({ text }) => text) } : {}),
    };
  } catch (error) {
    return toFailure(error);
  }
}

/** What became of a file's tables, by their names. */
export type TableOutcomes = Record<string, TableOutcome> | FailureOutcome;

/** Imports a file that may hold several tables. */
export async function importTables(
  carto: Carto,
  path: string,
  options: CreateDatasetOptions = {},
): Promise<TableOutcomes> {
  try {
    const { datasets } = await carto.datasets.createFromFile(path, options);
    const outcomes = await Promise.all(
      datasets.map(async ({ name }) => [name, await tableOutcome(carto, name)] as const),
    );
    return Object.fromEntries(outcomes);
  } catch (error) {
    return toFailure(error);
  }
}

/** How the import of a file fails. @throws Error when it does not */
export async function importFailure(
  carto: Carto,
  file: File,
  options: CreateDatasetOptions = {},
): Promise<FailureOutcome> {
  const made = await carto.datasets.create(file, options).catch(toFailure);
  if ("code" in made) return made;
  throw new Error(`it was imported: ${JSON.stringify(made.datasets)}`);
}

function toFailure(error: unknown): FailureOutcome {
  if (error instanceof ImportError) return { code: error.code, says: error.whatAbout };
  throw error;
}

interface Row {
  id: number;
  row: string;
  at: string | null;
  unmapped: boolean;
}

async function tableOutcome(carto: Carto, name: string): Promise<TableOutcome> {
  const { rows: columns } = await carto.sql.query<{ name: string; type: string }>(
    `SELECT quote_ident(attname) AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = '${name}'::regclass AND attnum > 3 AND NOT attisdropped ORDER BY attnum`,
  );
  const { rows } = await carto.sql.query<Row>(
    `SELECT cartodb_id AS id, ROW(${columns.map((column) => column.name).join(", ")})::text AS row,
       CASE WHEN length(_wkt) > 100 THEN left(_wkt, 60) || '…' ELSE _wkt END AS at,
       the_geom IS NOT NULL AND the_geom_webmercator IS NULL AS unmapped
     FROM (SELECT *, ST_AsText(the_geom, 6) AS _wkt FROM ${name}) t ORDER BY cartodb_id`,
  );
  const unmapped = rows.filter((row) => row.unmapped);
  return {
    columns: columns.map((column) => `${column.name} ${column.type}`).join(", "),
    rows: rows.map(({ row }) => row),
    ...(rows.some(({ id }, i) => id !== i + 1) ? { ids: rows.map(({ id }) => id) } : {}),
    ...(rows.some(({ at }) => at !== null) ? { geometries: rows.map(({ at }) => at) } : {}),
    ...(unmapped.length > 0 ? { unmapped: unmapped.map(({ id }) => id) } : {}),
  };
}

function listed(rejected: { count: number; rows: RejectedRow[] }, what: (row: RejectedRow) => string): string[] {
  if (rejected.count !== rejected.rows.length) throw new Error(`${rejected.count} were rejected, and not all listed`);
  return rejected.rows.map((row) => `${row.row}: ${what(row)}`);
}
