import type { MapConfig as MapConfigJson } from "@carto-ts/protocol";
import type { SystemSession } from "../../db/engine.ts";
import { TELLS } from "../table-changes.ts";
import type { AffectedTable, Reading, TemplateRef } from "./layergroup.ts";

/** An instantiated map as it is kept. */
export interface LayergroupRecord {
  account: string;
  id: string;
  config: MapConfigJson;
  template: TemplateRef | null;
  reading: Reading;
}

/** A record, and how much longer it is kept. */
export interface KeptLayergroup extends LayergroupRecord {
  /** Milliseconds. */
  leftMs: number;
}

/** Which map it is. */
export type LayergroupKey = Pick<LayergroupRecord, "account" | "id">;

/** Keeps a map for `ttlMs`, or for as long as it was to be kept, whichever is longer. */
export async function saveLayergroup(session: SystemSession, record: LayergroupRecord, ttlMs: number): Promise<void> {
  const { account, id, config, template, reading } = record;
  await session.query(
    `INSERT INTO carto.layergroup AS l (account, id, config, template, reading, expires_at)
     VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 millisecond')
     ON CONFLICT (account, id) DO UPDATE
     SET reading = excluded.reading, expires_at = greatest(l.expires_at, excluded.expires_at)`,
    [
      account,
      id,
      JSON.stringify(config),
      template === null ? null : JSON.stringify(template),
      JSON.stringify(reading),
      ttlMs,
    ],
  );
}

/** The map, or undefined where there is none, or none any more. */
export async function readLayergroup(
  session: SystemSession,
  { account, id }: LayergroupKey,
): Promise<KeptLayergroup | undefined> {
  const [row] = await session.query<KeptLayergroup>(
    `SELECT account, id, config, template, reading,
       (extract(epoch FROM expires_at - now()) * 1000)::float8 AS "leftMs"
     FROM carto.layergroup WHERE account = $1 AND id = $2 AND expires_at > now()`,
    [account, id],
  );
  return row;
}

/** Keeps a map that is used for `ttlMs` from now. */
export async function renewLayergroup(
  session: SystemSession,
  { account, id }: LayergroupKey,
  ttlMs: number,
): Promise<void> {
  await session.query(
    `UPDATE carto.layergroup SET expires_at = greatest(expires_at, now() + $3 * interval '1 millisecond')
     WHERE account = $1 AND id = $2`,
    [account, id, ttlMs],
  );
}

/** Rows that one sweep removes at most, so that it never takes long. */
const SWEEP_ROWS = 1_000;

/**
 * Removes maps that have expired; those that another server is about to remove are left to it.
 *
 * @returns whether there may be more.
 */
export async function sweepLayergroups(session: SystemSession): Promise<boolean> {
  const removed = await session.query(
    `DELETE FROM carto.layergroup WHERE (account, id) IN (
       SELECT account, id FROM carto.layergroup WHERE expires_at < now()
       LIMIT ${SWEEP_ROWS} FOR UPDATE SKIP LOCKED
     ) RETURNING 1`,
  );
  return removed.length >= SWEEP_ROWS;
}

/** When tables were changed last, as far as they tell. */
export interface TableChanges {
  /** Milliseconds since 1970; 0 where none tells. */
  changedAt: number;
  /** Whether all of them tell. */
  allTell: boolean;
}

/** Reads when `tables` were changed last. */
export async function readChanges(session: SystemSession, tables: readonly AffectedTable[]): Promise<TableChanges> {
  if (tables.length === 0) return { changedAt: 0, allTell: true };
  const [row] = await session.query<TableChanges>(
    `SELECT coalesce(floor(extract(epoch FROM max(m.updated_at)) * 1000), 0)::float8 AS "changedAt",
       coalesce(bool_and(m.updated_at IS NOT NULL AND ${TELLS}), false) AS "allTell"
     FROM jsonb_to_recordset($1::jsonb) AS t (schema text, name text)
     LEFT JOIN pg_namespace s ON s.nspname = t.schema
     LEFT JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = t.name
     LEFT JOIN cartodb.CDB_TableMetadata m ON m.tabname = c.oid`,
    [JSON.stringify(tables)],
  );
  return row ?? { changedAt: 0, allTell: true };
}

/** Name of the database, which caches know its tables by. */
export async function readDatabaseName(session: SystemSession): Promise<string> {
  const [row] = await session.query<{ name: string }>("SELECT current_database()::text AS name");
  return row?.name ?? "";
}
