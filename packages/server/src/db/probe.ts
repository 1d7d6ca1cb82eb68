import type { Capabilities, SystemSession } from "./engine.ts";

/**
 * Makes sure of PostGIS and reads the versions.
 *
 * @throws Error in words when PostGIS is missing and can't be created by the server's role.
 */
export async function readCapabilities(
  session: SystemSession,
  known: Pick<Capabilities, "cancel" | "exceptions" | "copyIn"> & { degraded?: readonly string[] },
): Promise<Capabilities> {
  const [version] = await session.query<{ server_version: string }>("SHOW server_version");
  const installed = await session.query("SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'postgis'");
  if (installed.length === 0) await createPostgis(session);
  const [home] = await session.query<{ schema: string }>(
    "SELECT extnamespace::pg_catalog.regnamespace::text AS schema FROM pg_catalog.pg_extension WHERE extname = 'postgis'",
  );
  const postgisSchema = home?.schema ?? "public";
  const [postgis] = await session.query<{ lib: string; full: string }>(
    `SELECT ${postgisSchema}.postgis_lib_version() AS lib, ${postgisSchema}.postgis_full_version() AS full`,
  );
  return {
    serverVersion: version?.server_version ?? "unknown",
    postgisVersion: postgis?.lib ?? "unknown",
    postgisSchema,
    mvt: (postgis?.full ?? "").includes("LIBPROTOBUF"),
    degraded: [],
    ...known,
  };
}

async function createPostgis(session: SystemSession): Promise<void> {
  try {
    await session.query("CREATE EXTENSION postgis SCHEMA public");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `The database has no PostGIS and the server's role can't create it (${reason}). ` +
        "Install the postgis package of your PostgreSQL and run CREATE EXTENSION postgis as a superuser.",
      { cause },
    );
  }
}

/** Names of the spatial types by OID; extensions have no fixed OIDs. */
export async function readSpatialTypes(session: SystemSession): Promise<ReadonlyMap<number, string>> {
  const rows = await session.query<{ oid: number; typname: string }>(
    "SELECT oid, typname FROM pg_catalog.pg_type WHERE typname IN ('geometry', 'geography', 'raster')",
  );
  return new Map(rows.map((row) => [row.oid, row.typname]));
}
