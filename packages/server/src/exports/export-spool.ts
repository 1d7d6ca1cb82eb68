import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Process ids come again, and are the same in every container: the time of its start belongs to it. */
const NAME = /^carto-ts-exports-(?<pid>\d+)-(?<startedAt>\d+)-[0-9a-f-]{36}$/;
const STARTED_AT = String(Math.round(performance.timeOrigin));

/** Folders for exports at work. What a process left that ended without a word is cleared away by the next one. */
export class ExportSpool implements AsyncDisposable {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Makes a folder for this process, and removes those of processes that are gone.
   *
   * @param parent A folder of this machine's alone. @throws Error in words when it can't be made
   */
  static async open(parent: string): Promise<ExportSpool> {
    const path = join(parent, `carto-ts-exports-${process.pid}-${STARTED_AT}-${randomUUID()}`);
    try {
      await sweep(parent);
      await mkdir(path, { mode: 0o700 });
    } catch (cause) {
      throw new Error(`Can't make a folder for exports in ${parent}: ${(cause as Error).message}`, { cause });
    }
    return new ExportSpool(path);
  }

  /** Makes a folder of its own for an export. */
  async make(): Promise<string> {
    const folder = join(this.#path, randomUUID());
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  /** Removes all folders. */
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#path, { recursive: true, force: true });
  }
}

async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const { pid, startedAt } = NAME.exec(name)?.groups ?? {};
    if (pid === undefined || isAlive(Number(pid), startedAt)) continue;
    // Another user's can't be removed.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number, startedAt: string | undefined): boolean {
  if (pid === process.pid) return startedAt === STARTED_AT;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
