import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { SystemSession } from "./engine.ts";

const MIGRATIONS = new URL("../../migrations/", import.meta.url);
const EXTENSION = new URL("../../extension/", import.meta.url);

/** Setting that tells which functions are installed. */
const INSTALLED = "extension";

/** Any number; the servers that start at the same time must agree on it. */
const LOCK = 7_236_401;

/**
 * Brings the server's own schema and CARTO's functions to this version's state, in the transaction at hand.
 *
 * Migrations run once each, in the order of their names. The functions (`extension/`, schema `cartodb`) are replaced when
 * their files are other than those that were installed last, which saves half a second of each start of the embedded engine.
 */
export async function migrate(session: SystemSession, { postgisSchema }: { postgisSchema: string }): Promise<void> {
  // The functions name PostGIS' types and functions alone; nothing else may be found under their names.
  await session.query(`SET LOCAL search_path TO pg_catalog, ${postgisSchema}`);
  await session.query("SELECT pg_catalog.pg_advisory_xact_lock($1)", [LOCK]);
  await session.query("CREATE SCHEMA IF NOT EXISTS carto");
  await session.query("CREATE SCHEMA IF NOT EXISTS cartodb");
  await session.query("GRANT USAGE ON SCHEMA cartodb TO PUBLIC");
  await session.query(
    "CREATE TABLE IF NOT EXISTS carto.migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
  );
  const applied = new Set(
    (await session.query<{ name: string }>("SELECT name FROM carto.migration")).map((row) => row.name),
  );
  for (const { name, text } of await sqlFiles(MIGRATIONS)) {
    if (applied.has(name)) continue;
    await session.query(text);
    await session.query("INSERT INTO carto.migration (name) VALUES ($1)", [name]);
  }
  await installFunctions(session, postgisSchema);
}

/** They are bound to PostGIS' functions, so that a PostGIS in another schema needs them anew. */
async function installFunctions(session: SystemSession, postgisSchema: string): Promise<void> {
  const files = await sqlFiles(EXTENSION);
  const hash = createHash("sha256")
    .update(JSON.stringify([postgisSchema, files]))
    .digest("hex");
  const [installed] = await session.query<{ value: string }>("SELECT value FROM carto.setting WHERE name = $1", [
    INSTALLED,
  ]);
  if (installed?.value === hash) return;
  for (const { text } of files) await session.query(text);
  await session.query(
    "INSERT INTO carto.setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [INSTALLED, hash],
  );
}

async function sqlFiles(folder: URL): Promise<{ name: string; text: string }[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(new URL(name, folder), "utf8") })));
}
