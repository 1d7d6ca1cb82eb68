import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { CopyFromResult } from "@carto-ts/protocol";
import type { Client } from "./client.ts";
import { Copy, type CopyFromOptions, type CopyToOptions } from "./copy/copy.ts";
import type { CopyTarget } from "./copy/target.ts";
import { appendTo, replace } from "./node-files.ts";

/** Options of {@link NodeCopy.toFile}. */
export interface CopyToFileOptions extends CopyToOptions {
  /** Adds to the file rather than replacing it. @defaultValue false */
  append?: boolean | undefined;
}

/** COPY with files. */
export class NodeCopy extends Copy {
  constructor(client: Client) {
    super(client, gzipFast);
  }

  /**
   * Copies a file in. One whose name ends in `.gz` is sent as it is, and unpacked by the server.
   *
   * @throws As {@link Copy.from}; the file system's error when the file can't be read.
   */
  async fromFile(target: CopyTarget, path: string, options: CopyFromOptions = {}): Promise<CopyFromResult> {
    const { size } = await stat(path);
    const { onProgress } = options;
    const compressed = options.compressed ?? /\.gz$/i.test(path);
    const told =
      onProgress && ((progress: Parameters<typeof onProgress>[0]) => onProgress({ ...progress, total: size }));
    const file = createReadStream(path, { highWaterMark: 64 * 1024 });
    return await this.from(target, file, { ...options, compressed, onProgress: told });
  }

  /**
   * Copies out into a file. The data is complete on the disk, or the file is as it was before: it goes into a
   * temporary file beside it, which takes its place at the end. With `append`, what a failure leaves is cut off again.
   *
   * @throws As {@link Copy.to}; the file system's error when the file can't be written.
   */
  async toFile(query: CopyTarget, path: string, options: CopyToFileOptions = {}): Promise<{ bytes: number }> {
    const { append = false, ...rest } = options;
    const open = (): Promise<ReadableStream<Uint8Array>> => this.to(query, rest);
    return { bytes: await (append ? appendTo(path, open) : replace(path, open)) };
  }
}

// Level 1 of zlib is twice as fast as CompressionStream, which is fixed at 6.
async function* gzipFast(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const source = Readable.from(pieces, { objectMode: false });
  const zip = createGzip({ level: 1, chunkSize: 64 * 1024 });
  source.on("error", (error) => zip.destroy(error));
  try {
    yield* source.pipe(zip) as AsyncIterable<Uint8Array>;
  } finally {
    source.destroy();
    zip.destroy();
  }
}
