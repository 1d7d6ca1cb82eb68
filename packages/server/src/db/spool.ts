import { randomUUID } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDeferred, type Deferred } from "../deferred.ts";

/** Bytes that a spool keeps in memory before it goes on in a file. */
const MEMORY_BYTES = 8 * 1024 ** 2;
/** Bytes read from the file at once. */
const READ_BYTES = 256 * 1024;

/** Bytes with a label; equal labels that follow each other may be joined. */
interface Piece<Label> {
  label: Label;
  bytes: Buffer;
}

/**
 * Takes bytes as fast as they come and gives them at the reader's pace: from memory, and from a temporary file once
 * more than 8 MiB wait. One writer, one reader, at the same time.
 */
export class Spool<Label> {
  readonly #memory: Piece<Label>[] = [];
  #memoryBytes = 0;
  /** What the file holds that was not read yet, in order. */
  readonly #segments: { label: Label; length: number }[] = [];
  #file: FileHandle | undefined;
  #writeAt = 0;
  #readAt = 0;
  #ended = false;
  #closed = false;
  #error: unknown;
  #waiting: Deferred<void> | undefined;

  /** Takes a piece. Resolves at once while memory serves, else when the file has it. */
  async write(label: Label, bytes: Buffer): Promise<void> {
    if (this.#closed) return; // nobody reads it any more
    if (this.#file === undefined && this.#memoryBytes + bytes.length <= MEMORY_BYTES) {
      this.#memory.push({ label, bytes });
      this.#memoryBytes += bytes.length;
    } else {
      this.#file ??= await openTemporary();
      const file = this.#file;
      if (this.#closed) return this.close();
      await file.writev([bytes], this.#writeAt);
      this.#writeAt += bytes.length;
      const last = this.#segments.at(-1);
      if (last && last.label === label) last.length += bytes.length;
      else this.#segments.push({ label, length: bytes.length });
    }
    this.#wake();
  }

  /** No more comes; with an error, the reader gets it after what was written. */
  end(error?: unknown): void {
    this.#ended = true;
    this.#error ??= error;
    this.#wake();
  }

  /** The pieces in order. Ending the iteration early, like its end, removes the file. */
  async *read(): AsyncGenerator<Piece<Label>, void, undefined> {
    try {
      for (;;) {
        const piece = this.#takeMemory() ?? (await this.#takeFile());
        if (piece) yield piece;
        else if (!this.#ended) await this.#wait();
        else if (this.#error !== undefined) throw this.#error;
        else return;
      }
    } finally {
      await this.close();
    }
  }

  /** Drops what was not read, and the file. What is still written is dropped too. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#memory.length = 0;
    this.#segments.length = 0;
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
    this.end(this.#error);
  }

  #takeMemory(): Piece<Label> | undefined {
    const piece = this.#memory.shift();
    if (piece) this.#memoryBytes -= piece.bytes.length;
    return piece;
  }

  async #takeFile(): Promise<Piece<Label> | undefined> {
    const segment = this.#segments[0];
    if (!segment || !this.#file) return undefined;
    const length = Math.min(READ_BYTES, segment.length);
    const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(length), 0, length, this.#readAt);
    if (bytesRead < length) throw new Error("the temporary file of a result was cut short");
    this.#readAt += length;
    segment.length -= length;
    if (segment.length === 0) this.#segments.shift();
    return { label: segment.label, bytes: buffer };
  }

  #wait(): Promise<void> {
    this.#waiting ??= createDeferred();
    return this.#waiting.promise;
  }

  #wake(): void {
    this.#waiting?.resolve(undefined);
    this.#waiting = undefined;
  }
}

/** A file that nobody else finds: its name goes at once where the system allows it. */
async function openTemporary(): Promise<FileHandle> {
  const path = join(tmpdir(), `carto-ts-spool-${randomUUID()}`);
  const file = await open(path, "wx+", 0o600);
  await unlink(path).catch(() => process.once("exit", () => void unlink(path)));
  return file;
}
