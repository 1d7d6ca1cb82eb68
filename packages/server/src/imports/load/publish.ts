import type { CollisionStrategy, ImportedTable, Privacy } from "@carto-ts/protocol";
import type { Account } from "../../accounts/account.ts";
import { registerTable, tableNameOf } from "../../datasets/register.ts";
import { readTakenNames } from "../../datasets/relation.ts";
import type { SystemSession } from "../../db/engine.ts";
import { quoteIdent, quoteQualified } from "../../db/identifier.ts";
import { ImportError } from "../error.ts";
import type { SyncTarget } from "../import.ts";
import { freeTableName } from "../names/table-name.ts";
import { dropForReplacement, type Replaced, restore } from "./replace.ts";
import { IMPORTER_SCHEMA } from "./staging.ts";

/** A finished table, on its way to where people see it. */
export interface FinishedTable {
  /** Its name in the importer's schema. */
  from: string;
  /** Name that it is to have, if that is free. */
  base: string;
  rows: number;
}

/** How a table becomes the account's. */
export interface PublishOptions {
  account: Account;
  privacy: Privacy | undefined;
  collision: CollisionStrategy | undefined;
  /** The table that it takes the place of, whatever its name; one without an id is made. */
  into?: Pick<SyncTarget, "table" | "columns"> | undefined;
}

/** Any number; who names a table in an account's schema must agree on it. */
const NAMING_LOCK = 7_236_402;
const CANT_OVERWRITE = 2013;

/**
 * Gives a finished table its name and its place, in the transaction at hand, and makes it a dataset.
 *
 * With `overwrite`, the table that has the name goes, and hands over its grants, indexes and triggers; with `into`, that
 * table does.
 *
 * @throws ImportError 2012 when the old table has columns that the new one lacks, 2013 when others need the old one
 */
export async function publishTable(
  session: SystemSession,
  table: FinishedTable,
  { account, privacy, collision, into }: PublishOptions,
): Promise<ImportedTable> {
  const { schema } = account;
  await session.query("SELECT pg_catalog.pg_advisory_xact_lock($1, $2)", [NAMING_LOCK, account.id]);
  const { from } = table;
  const { name, replaced } = into?.table
    ? await replaceKnown(session, { account, from, table: into.table, expendable: into.columns })
    : await makeRoom(session, { account, from, base: table.base, overwrites: collision === "overwrite" });
  await move(session, { from, schema, name });
  if (replaced) await restore(session, replaced, { schema, name });
  const dataset = await registerTable(session, account, { name, privacy, id: into?.table });
  return { id: dataset.tableId, name, visualization_id: dataset.visualizationId, rows: table.rows };
}

/** The name that a table gets, and what the one leaves to it that had it. */
interface Place {
  name: string;
  replaced: Replaced | undefined;
}

/** A place under the name that a table is to have, or the next that is free. */
async function makeRoom(
  session: SystemSession,
  { account, from, base, overwrites }: { account: Account; from: string; base: string; overwrites: boolean },
): Promise<Place> {
  const taken = await readTakenNames(session, account.schema);
  const replaced = overwrites ? await dropForReplacement(session, { account, name: base, from }) : undefined;
  return { name: replaced ? base : freeTableName(base, (candidate) => taken.has(candidate)), replaced };
}

/** The place of a dataset's table, by whatever name it has now. */
async function replaceKnown(
  session: SystemSession,
  options: { account: Account; from: string; table: string; expendable: readonly string[] },
): Promise<Place> {
  const { account, from, table, expendable } = options;
  const name = await tableNameOf(session, account, table);
  const replaced = name && (await dropForReplacement(session, { account, name, from, expendable }));
  if (name && replaced) return { name, replaced };
  throw new ImportError(
    CANT_OVERWRITE,
    "The table that was to be replaced is not there any more. Nothing was changed.",
  );
}

/** Moves under the name that nobody else has, and renames at home. */
async function move(
  session: SystemSession,
  { from, schema, name }: { from: string; schema: string; name: string },
): Promise<void> {
  await session.query(`ALTER TABLE ${quoteQualified(IMPORTER_SCHEMA, from)} SET SCHEMA ${quoteIdent(schema)}`);
  await session.query(`ALTER TABLE ${quoteQualified(schema, from)} RENAME TO ${quoteIdent(name)}`);
  const table = quoteQualified(schema, name);
  for (const { part, kind } of await partsOf(session, table)) {
    const wanted = wantedName(part, { from, name });
    if (wanted === part || (await isTaken(session, schema, wanted))) continue;
    await session.query(`ALTER ${kind} ${quoteQualified(schema, part)} RENAME TO ${quoteIdent(wanted)}`);
  }
  // It is cartodbfied, but for triggers that know whose quota counts.
  await session.query("SELECT cartodb._CDB_DropTriggers($1::regclass)", [table]);
  await session.query("SELECT cartodb._CDB_GiveTriggers($1, $2::regclass)", [schema, table]);
}

/** Indexes and the sequence of a table. */
async function partsOf(session: SystemSession, table: string): Promise<{ part: string; kind: "INDEX" | "SEQUENCE" }[]> {
  return session.query(
    `SELECT c.relname AS part, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'INDEX' END AS kind
     FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid AND d.classid = 'pg_class'::regclass
     WHERE d.refobjid = $1::regclass AND c.relkind IN ('i', 'S')
     UNION
     SELECT c.relname, 'INDEX' FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = $1::regclass`,
    [table],
  );
}

/** What PostgreSQL would have called a part of a table of this name. */
function wantedName(part: string, { from, name }: { from: string; name: string }): string {
  // PostgreSQL cuts what is before it, and numbers what would be the same then.
  const bare = part.replace(/\d+$/, "");
  const suffix = PARTS.find((known) => bare.endsWith(known)) ?? part.slice(from.length);
  const end = suffix === "_seq" ? "_cartodb_id_seq" : suffix;
  return name.slice(0, MAX_NAME - end.length) + end;
}

const PARTS = ["_pkey", "_the_geom_webmercator_idx", "_the_geom_idx", "_seq"];
const MAX_NAME = 63;

async function isTaken(session: SystemSession, schema: string, name: string): Promise<boolean> {
  const rows = await session.query(
    "SELECT FROM pg_catalog.pg_class WHERE relnamespace = $1::pg_catalog.regnamespace AND relname = $2",
    [quoteIdent(schema), name],
  );
  return rows.length > 0;
}
