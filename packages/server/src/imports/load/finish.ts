import type { RejectedRow } from "@carto-ts/protocol";
import { quoteIdent, quoteLiteral } from "../../db/identifier.ts";
import { PgError } from "../../db/pg-error.ts";
import { ImportError } from "../error.ts";
import { toColumnNames } from "../names/column-names.ts";
import {
  type Layer,
  type LayerFacts,
  LISTED_ROWS,
  type RejectedRows,
  type StagedAt,
  type StagedColumn,
  type StagedGeometry,
} from "../reader.ts";
import {
  coordinateOf,
  type Strictness,
  sourceGeometryOf,
  textOf,
  toWebmercator,
  toWgs84,
  typedValue,
} from "./columns.ts";
import type { ImportSession } from "./import-session.ts";

/** Columns that every table gets first. */
const OWN_COLUMNS = ["cartodb_id", "the_geom", "the_geom_webmercator"] as const;
/** PostgreSQL's limit. */
const MAX_COLUMNS = 1600;

/** What a table is made of, and how. */
export interface FinishOptions {
  layer: Layer;
  facts: LayerFacts;
  /** Quoted name of the staging table. */
  staging: string;
  /** Quoted name of the table to make. */
  table: string;
}

/**
 * Makes the table of what was staged, in one statement: with its key, both geometries, and every value in its type.
 *
 * Half the time and space of adding them to a table one after the other.
 *
 * @returns values that could not be read as geometries, and are NULL
 * @throws ImportError when the columns can't be a table's
 */
export async function makeTable(session: ImportSession, options: FinishOptions): Promise<RejectedRows> {
  const { layer, facts, table } = options;
  if (facts.columns.length + OWN_COLUMNS.length > MAX_COLUMNS) throw tooManyColumns(facts.columns.length);
  const error = await tryCreate(session, createTable(options, "strict"));
  if (error === undefined) return NOTHING;
  if (!isUnreadable(error) || facts.geometry === undefined) throw toLoadError(error);
  // Some geometry can't be read: once more, one by one, so that all others are.
  await recreate(session, table, createTable(options, "lenient"));
  const unread = await listUnread(session, options);
  if (!unread.all) return unread;
  if (layer.copy.format === "text") throw noGeometry(unread);
  // A column that only looked like one stays as it was, under another name.
  const kept = { ...facts, geometry: undefined, columns: [...facts.columns, asText(facts.geometry)] };
  await recreate(session, table, createTable({ ...options, facts: kept }, "strict"));
  return unread;
}

const NOTHING: RejectedRows = { count: 0, rows: [] };

async function tryCreate(session: ImportSession, sql: string): Promise<unknown> {
  try {
    await session.run(sql);
    return undefined;
  } catch (error) {
    return error;
  }
}

async function recreate(session: ImportSession, table: string, sql: string): Promise<void> {
  await session.run(`DROP TABLE IF EXISTS ${table}`);
  const error = await tryCreate(session, sql);
  if (error !== undefined) throw toLoadError(error);
}

const asText = (geometry: StagedGeometry): StagedColumn => {
  if (geometry.kind === "lonlat") throw new Error("coordinates are always read");
  return { header: "invalid_the_geom", at: geometry.at, type: "text" };
};

const tooManyColumns = (count: number): ImportError =>
  new ImportError(2004, `The file has ${count} columns; a table has room for ${MAX_COLUMNS - OWN_COLUMNS.length}.`);

function createTable({ facts, staging, table }: FinishOptions, strictness: Strictness): string {
  const { geometry } = facts;
  const source = geometry === undefined ? "NULL::geometry" : sourceGeometryOf(geometry, strictness);
  // OFFSET 0 keeps each step from being written into the next, and so from being computed several times.
  const read = `SELECT s.*, ${source} AS _source FROM ${staging} s OFFSET 0`;
  const placed = `SELECT s.*, ${toWgs84("_source", strictness)} AS _geom FROM (${read}) s OFFSET 0`;
  const columns = [
    `${keyOf(facts.columns)} AS cartodb_id`,
    "_geom::geometry(Geometry, 4326) AS the_geom",
    `(${toWebmercator("_geom")})::geometry(Geometry, 3857) AS the_geom_webmercator`,
    ...namedColumns(facts),
  ];
  return `CREATE TABLE ${table} AS SELECT ${columns.join(", ")} FROM (${placed}) s`;
}

/** A file's own `cartodb_id` stays, where it can be one; the index will tell. */
const isKey = ({ header }: StagedColumn): boolean => header.toLowerCase() === "cartodb_id";

function keyOf(columns: readonly StagedColumn[]): string {
  const own = columns.find(isKey);
  if (!own) return "_row";
  if (own.type !== "integer" && own.type !== "bigint") {
    throw new ImportError(2011, "The column cartodb_id must hold whole numbers: rename it, or leave it out.");
  }
  return `${typedValue(own)}::bigint`;
}

function namedColumns({ columns, geometry }: LayerFacts): string[] {
  const others = columns.filter((column) => !isKey(column));
  const names = toColumnNames([...OWN_COLUMNS, ...others.map(({ header }) => header)]).slice(OWN_COLUMNS.length);
  const isCoordinate = (at: StagedAt): boolean =>
    geometry?.kind === "lonlat" && (isSame(at, geometry.longitude) || isSame(at, geometry.latitude));
  return others.map((column, i) => {
    const value = isCoordinate(column.at) ? coordinateOf(column.at) : typedValue(column);
    return `${value} AS ${quoteIdent(names[i] ?? "")}`;
  });
}

const isSame = (a: StagedAt, b: StagedAt): boolean =>
  a.column === b.column && ("key" in a ? a.key : undefined) === ("key" in b ? b.key : undefined);

/** Errors of data, and PostGIS' own, which have no class. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof PgError && (error.code.startsWith("22") || error.code.startsWith("XX"));

function toLoadError(error: unknown): unknown {
  if (!(error instanceof PgError)) return error;
  if (error.code === "54000" || error.code === "54011") {
    return new ImportError(2004, `A row has too many or too large columns for a table: ${error.message}.`);
  }
  if (error.code === "57014") return new ImportError(6667, "The import took longer than it may.");
  if (error.code === "53100") return new ImportError(2001, "The database's disk is full.");
  return new ImportError(2001, `PostgreSQL could not take the data: ${error.message}.`, { cause: error });
}

/** Values that no geometry could be made of; `all` when there are no others. */
interface Unread extends RejectedRows {
  all: boolean;
}

async function listUnread(session: ImportSession, { layer, facts, staging, table }: FinishOptions): Promise<Unread> {
  const { geometry } = facts;
  if (geometry === undefined || geometry.kind === "lonlat") return { ...NOTHING, all: false };
  const text = textOf(geometry.at);
  const from = `FROM ${staging} s WHERE (${text})::text <> ''
    AND ${toWgs84(sourceGeometryOf(geometry, "lenient"), "lenient")} IS NULL`;
  const [counted] = await session.rows(`SELECT count(*), (SELECT count(the_geom) FROM ${table}) ${from}`);
  const rows = await session.rows(
    `SELECT _row, pg_catalog.left((${text})::text, 80) ${from} ORDER BY _row LIMIT ${LISTED_ROWS}`,
  );
  const count = Number(counted?.[0] ?? 0);
  return {
    count,
    rows: rows.map(([staged, value]) => unread(layer.rowOf(Number(staged)), value ?? "")),
    all: count > 0 && counted?.[1] === "0",
  };
}

const unread = (row: number, text: string): RejectedRow => ({ row, reason: "the geometry can't be read", text });

const noGeometry = ({ count, rows }: Unread): ImportError =>
  new ImportError(2014, `None of the file's ${count} geometries can be read; the first is ${rows[0]?.text ?? ""}`);

/** What makes a table fast and complete, once its rows are in it. */
export async function indexTable(session: ImportSession, table: string): Promise<void> {
  try {
    await session.run(`ALTER TABLE ${table} ADD PRIMARY KEY (cartodb_id)`);
  } catch (error) {
    if (error instanceof PgError && error.code.startsWith("23")) {
      throw new ImportError(2011, `The column cartodb_id can't be the key: ${error.detail ?? error.message}`);
    }
    throw toLoadError(error);
  }
  // An identity, as CDB_CartodbfyTable makes it: keys that may insert need no right on a sequence.
  await session.run(`ALTER TABLE ${table} ALTER COLUMN cartodb_id ADD GENERATED BY DEFAULT AS IDENTITY;
    SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(${quoteLiteral(table)}, 'cartodb_id'),
      coalesce(max(cartodb_id), 0) + 1, false) FROM ${table}`);
  const indexes = ["the_geom", "the_geom_webmercator"].map(
    (column) => `CREATE INDEX ON ${table} USING gist (${column})`,
  );
  // Two backends build them in half the time of one; the embedded engine takes them one after the other by itself.
  await Promise.all(indexes.map((index) => session.run(index)));
  await session.run(`ANALYZE ${table}`);
}
