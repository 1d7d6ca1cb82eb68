import { closeSync, openSync, readFileSync, statSync, unlinkSync, utimesSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

/** Name of the lock in a data directory. */
export const LOCK_NAME = "carto-ts.lock";

/** How often a holder touches its lock, and when an untouched lock of another host is stale, in milliseconds. */
const TOUCH_MS = 5_000;
const STALE_MS = 30_000;

/** Who holds a lock. */
interface Holder {
  pid: number;
  host: string;
  /** Tells processes with the same id apart, as containers have after a restart; empty where it can't be known. */
  started: string;
}

/** A held lock. */
export interface LockFile {
  /** Gives the lock back; may be called twice. */
  release(): void;
}

/**
 * Takes the lock of a data directory: PostgreSQL's files do not survive two engines at once.
 *
 * A lock whose process is gone is taken over. On the same host that is told by process id and start time; for another
 * host's (a volume that moved) by its age, since a holder touches it every 5 s.
 *
 * @throws when another process, or this one, has the directory open.
 */
export function takeLock(dataDir: string): LockFile {
  const path = join(dataDir, LOCK_NAME);
  // The second time after taking a stale lock away; a third would mean that others do the same.
  for (let attempt = 0; attempt < 3; attempt++) {
    if (create(path)) return hold(path);
    const holder = readHolder(path);
    if (holder !== undefined && isAlive(path, holder)) {
      const who = holder.host === hostname() ? `process ${holder.pid}` : `process ${holder.pid} on ${holder.host}`;
      throw new Error(`the database in ${dataDir} is in use by ${who}; stop it, or remove ${path} if it is gone`);
    }
    remove(path);
  }
  throw new Error(`the lock ${path} is being taken by others`);
}

function hold(path: string): LockFile {
  const touch = setInterval(() => {
    const now = new Date();
    // The directory may be taken away while the database runs; the lock is then of no use to anyone.
    try {
      utimesSync(path, now, now);
    } catch {}
  }, TOUCH_MS).unref();
  let held = true;
  const release = (): void => {
    if (!held) return;
    held = false;
    clearInterval(touch);
    process.off("exit", release);
    remove(path);
  };
  process.on("exit", release);
  return { release };
}

function create(path: string): boolean {
  try {
    const file = openSync(path, "wx", 0o600);
    const holder: Holder = { pid: process.pid, host: hostname(), started: startTime(process.pid) };
    writeSync(file, JSON.stringify(holder));
    closeSync(file);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    // Gone in the meantime, or cut short when its writer was killed.
    return undefined;
  }
}

function isAlive(path: string, holder: Holder): boolean {
  if (holder.host !== hostname()) return Date.now() - statSync(path).mtimeMs < STALE_MS;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it exists and is another user's.
    if (!isCode(error, "EPERM")) return false;
  }
  return holder.started === startTime(holder.pid);
}

/** When a process was started, in the kernel's ticks since boot; empty where there is no /proc. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the command in brackets and may hold spaces; the start time is the 22nd.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
  }
}

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;
