import { type FileHandle, open, unlink } from "node:fs/promises";

/**
 * A file that is being written, front to back, readable for this user alone. Disposing of it closes and deletes it,
 * unless it was kept.
 */
export class NewFile implements AsyncDisposable {
  readonly path: string;
  /** Bytes written. */
  size = 0;
  readonly #file: FileHandle;
  #settled: Promise<void> | undefined;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Makes the file. @throws what `open` throws, also where there is one already. */
  static async create(path: string): Promise<NewFile> {
    return new NewFile(path, await open(path, "wx", 0o600));
  }

  /** Appends. @throws what `write` throws: ENOSPC on a full disk. */
  async write(bytes: Uint8Array): Promise<void> {
    // Unlike the handle's own write, this one goes on until all of it is written.
    await this.#file.writeFile(bytes);
    this.size += bytes.byteLength;
  }

  /** Closes the file and keeps it; with `durable`, also should the machine stop right now. */
  async keep({ durable = false }: { durable?: boolean } = {}): Promise<void> {
    if (durable) await this.#file.datasync();
    this.#settled ??= this.#file.close();
    await this.#settled;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#settled ??= this.#delete();
    await this.#settled;
  }

  async #delete(): Promise<void> {
    await this.#file.close().catch(() => {});
    await unlink(this.path).catch(() => {});
  }
}

/** Whether a file could not be written since there is no room for it. */
export function isDiskFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
}
