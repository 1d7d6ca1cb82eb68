import { randomUUID } from "node:crypto";
import { chmod, link, mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const ID_FILE = "spool-id";
const NEW_ID_FILE = /^spool-id\.[0-9a-f-]{36}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `<job>.<fence>.<what>`: what a worker makes of an import for itself. */
const SCRATCH = /^(?<id>[0-9a-f-]{36})\.(?<madeBy>\d+)\.(download|(?:layers-)?\d+)$/;

/** An import as one worker has claimed it. */
interface Claim {
  jobId: string;
  fence: number;
}

/**
 * A folder with the files of imports that wait, each named by a UUID, and of those that run.
 *
 * Servers may share one. It has an id of its own, so that a job can say where its file lies, and only servers that see
 * that folder take the job.
 */
export class SpoolDir {
  readonly path: string;
  /** A UUID, the same for all servers that have this folder, and after every restart. */
  readonly id: string;

  private constructor(path: string, id: string) {
    this.path = path;
    this.id = id;
  }

  /**
   * Opens the folder; makes it, for this user alone, where there is none.
   *
   * @throws Error in words when it can't be written to, when others may read it, or its id was damaged.
   */
  static async open(path: string): Promise<SpoolDir> {
    try {
      await mkdir(path, { recursive: true, mode: 0o700 });
      await shut(path);
      return new SpoolDir(path, (await readId(path)) ?? (await writeId(path)));
    } catch (cause) {
      throw new Error(`Can't keep uploads in ${path}: ${(cause as Error).message}`, { cause });
    }
  }

  /** Where the file `id` is. @throws Error when that is no UUID. */
  pathOf(id: string): string {
    if (!UUID.test(id)) throw new Error("a spooled file's id is a UUID");
    return join(this.path, id);
  }

  /**
   * Where a worker may put what it makes of an import: another that takes over has a file of its own. What is unpacked is
   * numbered, and so are the folders that layers are read in.
   */
  scratchOf({ jobId, fence }: Claim, what: "download" | number | `layers-${number}`): string {
    return `${this.pathOf(jobId)}.${fence}.${what}`;
  }

  /** Deletes what the worker that has claimed an import made of it, and those that had it before. */
  async removeScratch({ jobId, fence }: Claim): Promise<void> {
    for (const name of await readdir(this.path)) {
      const { id, madeBy } = SCRATCH.exec(name)?.groups ?? {};
      if (id === jobId && Number(madeBy) <= fence) await remove(join(this.path, name));
    }
  }

  /** Whether the file `id` is there. */
  async has(id: string): Promise<boolean> {
    return (await ageOf(this.pathOf(id))) !== undefined;
  }

  /** Deletes the file `id`, if it is there. */
  async remove(id: string): Promise<void> {
    await remove(this.pathOf(id));
  }

  /**
   * Deletes files that no job has any more, and what workers made for themselves.
   *
   * @param keep Ids of those that jobs have.
   * @returns ids of the deleted files. `olderThanMs`: those that were written to since are left, as they may be about to get a job.
   */
  async sweep(keep: ReadonlySet<string>, { olderThanMs }: { olderThanMs: number }): Promise<string[]> {
    const swept: string[] = [];
    for (const name of await readdir(this.path)) {
      const isFile = (UUID.test(name) && !keep.has(name)) || SCRATCH.test(name);
      if (!isFile && !NEW_ID_FILE.test(name)) continue;
      const age = await ageOf(join(this.path, name));
      if (age === undefined || age < olderThanMs) continue;
      await remove(join(this.path, name));
      if (isFile) swept.push(name);
    }
    return swept;
  }
}

/** Takes other users' rights away, which an existing folder may give them. */
async function shut(path: string): Promise<void> {
  if (process.platform === "win32") return;

  if (((await stat(path)).mode & 0o077) === 0) return;
  // A mounted volume may be somebody else's, with rights for this process's group alone.
  await chmod(path, 0o700).catch(() => {});
  if (((await stat(path)).mode & 0o007) !== 0) {
    throw new Error("other users of this machine may enter it; choose a folder of this user's own");
  }
}

async function readId(path: string): Promise<string | undefined> {
  try {
    const id = await readFile(join(path, ID_FILE), "utf8");
    if (UUID.test(id)) return id;
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
  throw new Error(`its file ${ID_FILE} is damaged; remove it when no import is waiting`);
}

/** Gives the folder an id, unless another server is quicker. A link makes the file appear as a whole or not at all. */
async function writeId(path: string): Promise<string> {
  const id = randomUUID();
  const draft = join(path, `${ID_FILE}.${id}`);
  try {
    await writeDurably(draft, id);
    await link(draft, join(path, ID_FILE));
    return id;
  } catch (error) {
    const theirs = isCode(error, "EEXIST") ? await readId(path) : undefined;
    if (theirs !== undefined) return theirs;
    throw error;
  } finally {
    await remove(draft);
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Milliseconds since a file was last written to; undefined if there is none. */
async function ageOf(path: string): Promise<number | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    return Date.now() - mtimeMs;
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Deletes a file, or a folder with all that is in it. */
const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;
