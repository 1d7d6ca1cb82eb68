import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { TEMPLATE } from "./artefacts.ts";
import { LOCK_NAME } from "./lock-file.ts";
import { readTar } from "./ustar.ts";

/** PostgreSQL's files are in this directory of the data directory, so that the lock is not among them. */
const CLUSTER = "postgres";

/**
 * Makes the PostgreSQL cluster of a data directory ready to open: fills it from the template when there is none, and
 * takes away the mark that a killed engine left.
 *
 * The caller holds the directory's lock. Synchronous: it takes about a second for the template, in the worker.
 *
 * @returns the cluster's directory.
 * @throws when the directory has other files in it.
 */
export function prepareDataDir(dataDir: string): string {
  const cluster = join(dataDir, CLUSTER);
  if (existsSync(join(cluster, "PG_VERSION"))) {
    rmSync(join(cluster, "postmaster.pid"), { force: true });
    return cluster;
  }
  const strangers = readdirSync(dataDir).filter((name) => name !== LOCK_NAME && !name.startsWith(`${CLUSTER}-`));
  if (strangers.length > 0) throw new Error(`${dataDir} is not empty and holds no database of ours: ${strangers[0]}`);
  // Renamed when complete: a start that is killed half-way leaves no half of a database.
  const fresh = mkdtempSync(join(dataDir, `${CLUSTER}-`));
  for (const entry of readTar(gunzipSync(readFileSync(TEMPLATE)))) {
    const path = join(fresh, entry.name);
    if (entry.type === "directory") mkdirSync(path, { recursive: true, mode: 0o700 });
    else writeFileSync(path, entry.bytes, { mode: 0o600 });
  }
  renameSync(fresh, cluster);
  for (const name of readdirSync(dirname(cluster))) {
    if (name.startsWith(`${basename(cluster)}-`)) rmSync(join(dataDir, name), { recursive: true, force: true });
  }
  return cluster;
}
