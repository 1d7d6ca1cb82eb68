import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { type Extract, extract, type Headers } from "tar-stream";
import { ImportError } from "../error.ts";
import type { SourceFile } from "../reader.ts";
import { CHUNK_BYTES, type Member, type PackedOptions, shownName } from "./member.ts";
import { refuseTooMany } from "./too-many.ts";

const BLOCK_BYTES = 512;
const SUM_AT = 148;
const SUM_BYTES = 8;
/** Bytes before an entry that may be about it, or nothing; they are taken apart at once, and hold everybody up. */
const MAX_HEADER_BYTES = 1024 ** 2;
const BAD_NAME = 2006;

/** Letters as they are: their encoding is found out later. Archives of old programs are read as well. */
const OPTIONS = { filenameEncoding: "latin1", allowUnknownFormat: true } as Parameters<typeof extract>[0];

/** Whether a file is a tar archive, by its first 512 bytes: they have a sum of their own. */
export function isTar(head: Buffer): boolean {
  if (head.length < BLOCK_BYTES) return false;
  const block = head.subarray(0, BLOCK_BYTES);
  const [stated] = block.toString("latin1", SUM_AT, SUM_AT + SUM_BYTES).split("\0");
  const blanks = SUM_BYTES * 0x20;
  let sum = blanks;
  for (const [at, byte] of block.entries()) if (at < SUM_AT || at >= SUM_AT + SUM_BYTES) sum += byte;
  return sum > blanks && Number.parseInt(stated?.trim() ?? "", 8) === sum;
}

/**
 * The members of a tar archive, in order.
 *
 * @throws ImportError 2006, 6666; Error in tar-stream's words when the archive is damaged
 */
export async function* readTar(file: SourceFile, options: PackedOptions): AsyncGenerator<Member, void, undefined> {
  const parser = extract(OPTIONS);
  const bounds = new HeaderBounds();
  const feeding = feed(parser, { file, bounds, ...options }).catch((error: Error) => parser.destroy(error));
  let count = 0;
  try {
    for await (const entry of parser) {
      options.signal.throwIfAborted();
      refuseTooMany(++count);
      bounds.pass(entry.header as Located);
      yield toMember(entry);
      entry.resume();
    }
  } finally {
    parser.destroy();
    await feeding;
  }
}

/** A header with what the parser knows besides: where the entry's bytes begin, and its extended attributes. */
type Located = Headers & { size: number; byteOffset: number; pax: Readonly<Record<string, string>> | null };

interface Entry {
  header: Headers;
  [Symbol.asyncIterator](): AsyncIterator<unknown>;
}

/** Where the entry that is read ends. */
class HeaderBounds {
  #end = 0;

  /** @throws Error when the entry has no sound size: the parser would wait for bytes of it for ever. */
  pass({ byteOffset, size }: Located): void {
    if (!Number.isSafeInteger(size)) throw new Error("the size of a file in it is no number");
    this.#end = byteOffset + size;
  }

  /** @throws Error when bytes up to `position` are far beyond what any entry has. */
  check(position: number): void {
    if (position > this.#end + MAX_HEADER_BYTES) throw new Error("what is between its files is too long");
  }
}

async function feed(
  parser: Extract,
  { file, bounds, signal, onProgress }: PackedOptions & { file: SourceFile; bounds: HeaderBounds },
): Promise<void> {
  let position = 0;
  for await (const chunk of createReadStream(file.path, { signal, highWaterMark: CHUNK_BYTES })) {
    bounds.check(position);
    if (!parser.write(chunk) && !parser.destroyed) await drained(parser);
    if (parser.destroyed) return;
    position += (chunk as Buffer).length;
    onProgress(position);
  }
  parser.end(null);
}

const drained = (parser: Extract): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      parser.off("drain", done);
      parser.off("close", done);
      resolve();
    };
    parser.on("drain", done).on("close", done);
  });

function toMember(entry: Entry): Member {
  const header = entry.header as Located;
  return {
    path: nameOf(header),
    kind: kindOf(header),
    size: header.size,
    chunks: () => entry as AsyncIterable<Uint8Array>,
  };
}

/** Extended names are UTF-8; others are in no encoding that is told. */
function nameOf({ name, pax }: Located): string {
  if (pax?.["path"] === undefined) {
    const raw = Buffer.from(name, "latin1");
    return isUtf8(raw) ? raw.toString() : name;
  }
  if (name.includes("\uFFFD"))
    throw new ImportError(BAD_NAME, `The name of ${shownName(name)} in the archive is not in UTF-8: rename it.`);
  return name;
}

function kindOf({ name, type, pax }: Located): Member["kind"] {
  if (type === "symlink" || type === "link") return "link";
  if (type === "directory" || name.endsWith("/")) return "folder";
  if (type !== "file" && type !== "contiguous-file") return "device";
  const isSparse = pax !== null && Object.keys(pax).some((key) => key.startsWith("GNU.sparse."));
  return isSparse ? "sparse" : "file";
}
