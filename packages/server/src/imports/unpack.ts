import { createReadStream, createWriteStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { ImportError } from "./error.ts";
import type { SourceFile } from "./reader.ts";

/** Times its own size that a packed file may grow to. Text of one letter packs to a thousandth, data to a tenth. */
const MAX_RATIO = 200;
/** A file that unpacks to no more than this is no bomb. */
const HARMLESS_BYTES = 10 * 1024 ** 2;
const BAD_ARCHIVE = 1003;
const TOO_BIG = 6666;

/** Whether a file is gzip, by its first bytes. */
export async function isGzip(path: string): Promise<boolean> {
  const head = await headOf(path, 2);
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** The first bytes of a file, fewer when it has no more. */
export async function headOf(path: string, bytes: number): Promise<Buffer> {
  await using file = await open(path);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
  return buffer.subarray(0, bytesRead);
}

/**
 * Unpacks a gzip file to `to`.
 *
 * @throws ImportError 1003 when it is damaged, 6666 when it gets larger than `maxBytes` or far larger than it was
 */
export async function gunzipFile(
  file: SourceFile,
  { to, maxBytes, signal }: { to: string; maxBytes: number; signal: AbortSignal },
): Promise<SourceFile> {
  const limit = Math.min(maxBytes, Math.max(file.size * MAX_RATIO, HARMLESS_BYTES));
  let bytes = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes > limit) done(new ImportError(TOO_BIG, `The file unpacks to more than ${limit} bytes.`));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(createReadStream(file.path), createGunzip(), bounded, createWriteStream(to, { mode: 0o600 }), {
      signal,
    });
  } catch (error) {
    if (error instanceof ImportError || signal.aborted) throw error;
    throw new ImportError(BAD_ARCHIVE, `The file can't be unpacked: ${(error as Error).message}.`);
  }
  return { path: to, name: file.name.replace(/\.gz$/i, ""), size: (await stat(to)).size };
}
