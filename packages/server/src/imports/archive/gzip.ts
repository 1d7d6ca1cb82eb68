import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { headOf } from "../head.ts";
import { CHUNK_BYTES, type PackedOptions } from "./member.ts";

/** Whether a file is gzip, by its first bytes. */
export async function isGzip(path: string): Promise<boolean> {
  const head = await headOf(path, 2);
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** What a gzip file holds, in pieces. @throws Error of zlib's when it is damaged */
export async function* gunzip(
  path: string,
  { signal, onProgress }: PackedOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const packed = createReadStream(path, { signal, highWaterMark: CHUNK_BYTES });
  // What goes wrong with the file ends the other stream as well, whose reader hears of it.
  const chunks = pipeline(packed, createGunzip({ chunkSize: CHUNK_BYTES }), () => {});
  for await (const chunk of chunks) {
    yield chunk as Uint8Array;
    onProgress(packed.bytesRead);
  }
}
