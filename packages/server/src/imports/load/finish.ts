import { quoteIdent, quoteLiteral } from "../../db/identifier.ts";
import { PgError } from "../../db/pg-error.ts";
import { ImportError } from "../error.ts";
import { toColumnNames } from "../names/column-names.ts";
import type { Layer, LayerFacts, RejectedRows, StagedAt, StagedColumn, StagedGeometry } from "../reader.ts";
import { keyValue, numberOf, type Strictness, sourceGeometryOf, toWgs84, typedValue } from "./columns.ts";
import type { ImportSession } from "./import-session.ts";
import { toKeyError, toLoadError } from "./load-error.ts";
import { spreadKeys } from "./spread-keys.ts";
import { listUnread, noGeometry } from "./unread.ts";

const KEY = "cartodb_id";
/** Columns that every table gets first. */
const OWN_COLUMNS = [KEY, "the_geom", "the_geom_webmercator"] as const;
/** PostgreSQL's limit. */
const MAX_COLUMNS = 1600;

/** What a table is made of, and how. */
export interface FinishOptions {
  layer: Layer;
  facts: LayerFacts;
  /** What to select the staged rows from: a table's quoted name, or a SELECT in parentheses. */
  staged: string;
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
  const { geometry } = facts;
  if (facts.columns.length + OWN_COLUMNS.length > MAX_COLUMNS) throw tooManyColumns(facts.columns.length);
  const error = await tryCreate(session, createTable(options, "strict"));
  if (error === undefined && !mayHoldWords(facts)) return NOTHING;
  if (error !== undefined) {
    if (!isUnreadable(error) || geometry === undefined) throw toLoadError(error);
    // Some geometry can't be read: once more, one by one, so that all others are.
    await recreate(session, table, createTable(options, "lenient"));
  }
  const unread = await listUnread(session, options);
  if (!unread.all || geometry === undefined) return unread;
  if (geometry.kind !== "lonlat" && layer.copy.format === "text") throw noGeometry(unread);
  // Columns that only looked like a geometry stay as they were, one of texts under another name.
  const kept = { ...facts, geometry: undefined, columns: [...facts.columns, ...asTexts(geometry)] };
  await recreate(session, table, createTable({ ...options, facts: kept }, "strict"));
  return geometry.kind === "lonlat" ? NOTHING : unread;
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

const asTexts = (geometry: StagedGeometry): StagedColumn[] =>
  geometry.kind === "lonlat" ? [] : [{ header: "invalid_the_geom", at: geometry.at, type: "text" }];

/** Whether coordinates are in columns that hold others than numbers. */
const mayHoldWords = ({ columns, geometry }: LayerFacts): boolean =>
  geometry?.kind === "lonlat" && columns.some(({ at, type }) => type === "text" && isCoordinate(at, geometry));

const tooManyColumns = (count: number): ImportError =>
  new ImportError(
    2004,
    `The file has ${count} columns, but a table can have ${MAX_COLUMNS - OWN_COLUMNS.length}. Leave some out, or split the file.`,
  );

/** A staged table with its geometry beside: what to select from, and the values of coordinates where it has them. */
interface Placed {
  from: string;
  /** Names of the two columns that are in {@link from} as numbers already. */
  coordinates: readonly { at: StagedAt; as: string }[];
}

function createTable({ facts: found, staged, table }: FinishOptions, strictness: Strictness): string {
  const { facts, from } = spreadKeys({ facts: found, from: staged });
  const placed = place(facts, from, strictness);
  const columns = [
    `${keyOf(facts)} AS cartodb_id`,
    "_geom::geometry(Geometry, 4326) AS the_geom",
    "cartodb.CDB_TransformToWebmercator(_geom)::geometry(Geometry, 3857) AS the_geom_webmercator",
    ...namedColumns(facts, placed),
  ];
  // Compiling it takes longer than it saves: a second for a thousand columns.
  return `SET LOCAL jit TO off; CREATE TABLE ${table} AS SELECT ${columns.join(", ")} FROM (${placed.from}) s`;
}

/**
 * Adds the geometry, in WGS 84, as `_geom`.
 *
 * OFFSET keeps each step from being written into the next, and so from being computed several times. As a literal it is
 * of its own type, and PostgreSQL still divides the work among its processes.
 */
function place(facts: LayerFacts, from: string, strictness: Strictness): Placed {
  const { geometry } = facts;
  if (geometry?.kind === "lonlat") {
    const coordinates = [
      { at: geometry.longitude, as: "_x" },
      { at: geometry.latitude, as: "_y" },
    ];
    const numbers = coordinates.map(({ at, as }) => `${numberAt(facts, at)} AS ${as}`);
    const read = `SELECT s.*, ${numbers.join(", ")} FROM ${from} s OFFSET '0'`;
    return {
      from: `SELECT s.*, ST_SetSRID(ST_MakePoint(_x, _y), 4326) AS _geom FROM (${read}) s OFFSET '0'`,
      coordinates,
    };
  }
  const source = geometry === undefined ? "NULL::geometry" : sourceGeometryOf(geometry, strictness);
  const read = `SELECT s.*, ${source} AS _source FROM ${from} s OFFSET '0'`;
  return {
    from: `SELECT s.*, ${toWgs84("_source", strictness)} AS _geom FROM (${read}) s OFFSET '0'`,
    coordinates: [],
  };
}

/** A coordinate as a number; one that may be no number is looked at before. */
function numberAt({ columns }: LayerFacts, at: StagedAt): string {
  const column = columns.find((one) => isSame(one.at, at));
  return column === undefined || column.type === "text" ? numberOf(at) : `${typedValue(column)}::double precision`;
}

/** A file's own `cartodb_id` stays, where it can be the key; the index will tell. */
const ownKey = ({ columns }: LayerFacts): StagedColumn | undefined =>
  columns.find(({ header }) => header.toLowerCase() === KEY);

function keyOf(facts: LayerFacts): string {
  const own = ownKey(facts);
  return own === undefined ? "_row" : keyValue(own);
}

function namedColumns(facts: LayerFacts, { coordinates }: Placed): string[] {
  const { columns } = facts;
  const key = ownKey(facts);
  const others = columns.filter((column) => column !== key);
  const names = toColumnNames([...OWN_COLUMNS, ...others.map(({ header }) => header)]).slice(OWN_COLUMNS.length);
  return others.map((column, i) => {
    const coordinate = coordinates.find(({ at }) => isSame(at, column.at));
    return `${coordinate?.as ?? typedValue(column)} AS ${quoteIdent(names[i] ?? "")}`;
  });
}

const isCoordinate = (at: StagedAt, geometry: StagedGeometry | undefined): boolean =>
  geometry?.kind === "lonlat" && (isSame(at, geometry.longitude) || isSame(at, geometry.latitude));

const isSame = (a: StagedAt, b: StagedAt): boolean =>
  a.column === b.column && ("key" in a ? a.key : undefined) === ("key" in b ? b.key : undefined);

/** Errors of data, and PostGIS' own, which have no class. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof PgError && (error.code.startsWith("22") || error.code.startsWith("XX"));

/** What makes a table fast and complete, once its rows are in it. */
export async function indexTable(session: ImportSession, table: string): Promise<void> {
  try {
    await session.run(`ALTER TABLE ${table} ADD PRIMARY KEY (cartodb_id)`);
  } catch (error) {
    throw toKeyError(error);
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
