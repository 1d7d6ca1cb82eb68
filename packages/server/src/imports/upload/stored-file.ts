import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { NewFile } from "../new-file.ts";
import { storeFailure, tooLarge } from "../refusals.ts";

/** A file that was received. */
export interface ReceivedFile {
  /** A UUID, which is its name in its folder. */
  id: string;
  path: string;
  /** The name that its sender gave it, without folders and spaces. */
  name: string;
  /** Bytes. */
  size: number;
}

/** A place for one file of an upload. Disposing of it deletes the file, unless it was kept. */
export class StoredFile implements AsyncDisposable {
  readonly #dir: string;
  readonly #maxBytes: number;
  #taken: { id: string; name: string; file: NewFile } | undefined;

  constructor(dir: string, maxBytes: number) {
    this.#dir = dir;
    this.#maxBytes = maxBytes;
  }

  /** Writes the file's bytes, at the disk's pace. @throws PlatformError 413 when they are too many, 507 when the disk is full. */
  async take(name: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const id = randomUUID();
    const file = await stored(NewFile.create(join(this.#dir, id)));
    this.#taken = { id, name, file };
    for await (const chunk of chunks) {
      if (file.size + chunk.byteLength > this.#maxBytes) throw tooLarge(this.#maxBytes);
      await stored(file.write(chunk));
    }
  }

  /** Keeps what was taken; it is on the disk then, whatever becomes of the machine. Undefined if nothing was. */
  async keep(): Promise<ReceivedFile | undefined> {
    if (!this.#taken) return undefined;
    const { id, name, file } = this.#taken;
    await stored(file.keep({ durable: true }));
    return { id, path: file.path, name, size: file.size };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#taken?.file[Symbol.asyncDispose]();
  }
}

async function stored<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw storeFailure(error);
  }
}
