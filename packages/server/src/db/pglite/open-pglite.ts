import { fsyncSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { POSTGIS_BUNDLE } from "./artefacts.ts";
import type { Backend } from "./backend.ts";
import { wasm } from "./wasm.ts";

/** PGlite's own numbers: 128 MiB at first, at most 2 GiB. */
const MEMORY = { initial: 2_048, maximum: 32_768, shared: true };

/** Settings that PostgreSQL reports to a client when it connects. */
const REPORTED = [
  "server_version",
  "server_encoding",
  "client_encoding",
  "application_name",
  "is_superuser",
  "session_authorization",
  "DateStyle",
  "IntervalStyle",
  "TimeZone",
  "integer_datetimes",
  "standard_conforming_strings",
];

/** How to open a cluster. */
export interface OpenOptions {
  /** Directory of a PostgreSQL cluster. */
  cluster: string;
  /** Whether commits wait for the operating system to have written them. */
  durable: boolean;
  /** Whether the memory is shared. */
  shared: boolean;
}

/** An open PGlite; do not use its own query functions after its callbacks were replaced. */
export interface OpenPglite {
  pglite: PGlite;
  backend: Backend;
  parameters: readonly (readonly [name: string, value: string])[];
}

/** Opens a cluster with PGlite, with PostGIS' code at hand. */
export async function openPglite(options: OpenOptions): Promise<OpenPglite> {
  // -O lets the superuser change system tables, -F turns fsync off.
  const startParams = PGlite.defaultStartParams.filter((param) => param !== "-O" && param !== "-F");
  // Resets go back to this one; PGlite would take the host's.
  startParams.push("-c", "TimeZone=UTC");
  // Emscripten's fdatasync, PostgreSQL's choice on Linux, does nothing.
  startParams.push(...(options.durable ? ["-c", "wal_sync_method=fsync"] : ["-F"]));
  const pglite = await PGlite.create({
    dataDir: options.cluster,
    startParams,
    extensions: { postgis: { name: "postgis", setup: setupPostgis(options.shared) } },
  });
  const backend = pglite.Module as unknown as Backend;
  if (options.durable) syncFiles(backend);
  const parameters: [string, string][] = [];
  for (const name of REPORTED) {
    const { rows } = await pglite.query<{ value: string }>("select current_setting($1) as value", [name]);
    parameters.push([name, rows[0]?.value ?? ""]);
  }
  return { pglite, backend, parameters };
}

/**
 * PGlite's extension for PostGIS, with a smaller bundle, and without the settings that let raster functions read files
 * and URLs.
 */
function setupPostgis(shared: boolean) {
  return async (_pglite: unknown, options: { PGLITE_ENV: Record<string, string>; wasmMemory: unknown }) => {
    options.PGLITE_ENV.PROJ_DATA = "/pglite/share/proj";
    if (shared) options.wasmMemory = new wasm.Memory(MEMORY);
    return { emscriptenOpts: options, bundlePath: POSTGIS_BUNDLE };
  };
}

/** Emscripten's file system over Node's has no fsync of its own, so that PostgreSQL's would do nothing. */
function syncFiles(backend: Backend): void {
  backend.FS.filesystems.NODEFS.stream_ops.fsync = (stream) => {
    if (stream.nfd !== undefined) fsyncSync(stream.nfd);
    return 0;
  };
}
