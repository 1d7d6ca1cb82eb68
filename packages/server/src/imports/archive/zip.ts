import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import { type Entry, fromRandomAccessReaderPromise, getFileNameLowLevel, type ZipFile } from "yauzl";
import { ImportError } from "../error.ts";
import type { SourceFile } from "../reader.ts";
import { CHUNK_BYTES, type Member, type PackedOptions, shownName } from "./member.ts";
import { refuseTooMany } from "./too-many.ts";
import { ZipBytes } from "./zip-bytes.ts";

const BAD_ARCHIVE = 1003;
const HAS_PASSWORD = 1018;
const BAD_NAME = 2006;

/** First bytes of a file's entry, of an empty archive, and of one in several parts. */
const MAGIC = ["504b0304", "504b0506", "504b0708"];
/** Bytes of an entry's own header, before its name. */
const HEADER_BYTES = 30;
/** Flag of an entry: its name is UTF-8. */
const UTF8_FLAG = 0x800;
/** Bytes of names, comments and extra fields, which are all kept in memory. */
const MAX_LIST_BYTES = 16 * 1024 ** 2;

const STORED = 0;
const DEFLATED = 8;
const OTHER_METHODS: Readonly<Record<number, string>> = {
  1: "Shrink",
  6: "Implode",
  9: "Deflate64",
  12: "bzip2",
  14: "LZMA",
  20: "Zstandard",
  93: "Zstandard",
  95: "xz",
  98: "PPMd",
};

/** Whether a file is a zip archive, by its first bytes. */
export const isZip = (head: Buffer): boolean => MAGIC.includes(head.toString("hex", 0, 4));

/**
 * The members of a zip archive, in the order of its list.
 *
 * All of the list is read before the first: entries that share bytes, as those of bombs do, are refused.
 *
 * @throws ImportError 1003, 1018, 2006, 6666; Error in yauzl's words when the archive is damaged
 */
export async function* readZip(file: SourceFile, options: PackedOptions): AsyncGenerator<Member, void, undefined> {
  await using handle = await open(file.path);
  const zip = await openZip(new ZipBytes(handle, file.size), file.size);
  try {
    const entries = await listEntries(zip, options.signal);
    refuseOverlaps(entries);
    let read = 0;
    for (const entry of entries) {
      const before = read;
      const progress = { ...options, onProgress: (bytes: number) => options.onProgress(before + bytes) };
      yield toMember(entry, () => chunksOf({ zip, entry, path: file.path }, progress));
      read += entry.compressedSize;
    }
  } finally {
    zip.close();
  }
}

async function openZip(bytes: ZipBytes, size: number): Promise<ZipFile> {
  const zip = await fromRandomAccessReaderPromise(bytes, size, {
    lazyEntries: true,
    autoClose: false,
    decodeStrings: false,
  });
  refuseTooMany(zip.entryCount);
  return zip;
}

async function listEntries(zip: ZipFile, signal: AbortSignal): Promise<Entry[]> {
  const entries: Entry[] = [];
  let bytes = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      signal.throwIfAborted();
      bytes += entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
      if (bytes > MAX_LIST_BYTES) throw new Error("the names and comments in it are too long");
      entries.push(entry);
    }
  } catch (error) {
    if (/encrypt/i.test((error as Error).message)) throw hasPassword("The archive");
    throw error;
  }
  return entries;
}

function refuseOverlaps(entries: readonly Entry[]): void {
  const places = entries
    .map(({ relativeOffsetOfLocalHeader: from, compressedSize, fileNameLength }) => ({
      from,
      to: from + HEADER_BYTES + fileNameLength + compressedSize,
    }))
    .sort((a, b) => a.from - b.from);
  let end = 0;
  for (const { from, to } of places) {
    if (from < end) throw new ImportError(BAD_ARCHIVE, "The archive's files share bytes: it is damaged, or a bomb.");
    end = to;
  }
}

function toMember(entry: Entry, chunks: () => AsyncIterable<Uint8Array>): Member {
  const path = nameOf(entry);
  return { path, kind: kindOf(entry, path), size: entry.uncompressedSize, chunks };
}

/** What is not said to be UTF-8 often is; else it is in the letters of DOS. */
function nameOf({ generalPurposeBitFlag: flags, fileNameRaw, extraFields }: Entry): string {
  const valid = isUtf8(fileNameRaw);
  if (!valid && (flags & UTF8_FLAG) !== 0) {
    const shown = shownName(fileNameRaw.toString("latin1"));
    throw new ImportError(
      BAD_NAME,
      `The name of ${shown} in the archive is not the UTF-8 that it says it is: rename it.`,
    );
  }
  return getFileNameLowLevel(valid ? flags | UTF8_FLAG : flags, fileNameRaw, extraFields, true);
}

/** Upper half of an entry's attributes: the mode that Unix would give it, of which these bits are its type. */
const MODE_TYPE = 0o170000;

function kindOf({ externalFileAttributes }: Entry, path: string): Member["kind"] {
  const type = (externalFileAttributes >>> 16) & MODE_TYPE;
  if (type === 0o120000) return "link";
  if (path.endsWith("/") || type === 0o040000) return "folder";
  return type === 0o100000 || type === 0 ? "file" : "device";
}

interface Place {
  zip: ZipFile;
  entry: Entry;
  path: string;
}

async function* chunksOf({ zip, entry, path }: Place, options: PackedOptions): AsyncGenerator<Uint8Array> {
  const shown = shownName(nameOf(entry));
  if (entry.isEncrypted()) throw hasPassword(shown);
  const { compressionMethod: method, compressedSize, uncompressedSize } = entry;
  if (method !== STORED && method !== DEFLATED) {
    const how = OTHER_METHODS[method] ?? `method ${method}`;
    const message = `${shown} is packed with ${how}, which can't be unpacked: pack the archive again with Deflate, the usual method.`;
    throw new ImportError(BAD_ARCHIVE, message);
  }
  const { fileDataStart: start } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  let [bytes, sum] = [0, 0];
  for await (const chunk of compressedSize === 0
    ? []
    : inflate(path, { start, bytes: compressedSize, method }, options)) {
    bytes += chunk.byteLength;
    sum = crc32(chunk, sum);
    if (bytes > uncompressedSize) break;
    yield chunk;
  }
  if (bytes !== uncompressedSize || sum !== entry.crc32) throw new Error(`${shown} is not what was packed`);
}

async function* inflate(
  path: string,
  { start, bytes, method }: { start: number; bytes: number; method: number },
  { signal, onProgress }: PackedOptions,
): AsyncGenerator<Uint8Array> {
  const packed = createReadStream(path, { start, end: start + bytes - 1, signal, highWaterMark: CHUNK_BYTES });
  const inflater = createInflateRaw({ chunkSize: CHUNK_BYTES });
  const chunks: Readable = method === STORED ? packed : pipeline(packed, inflater, () => {});
  for await (const chunk of chunks) {
    yield chunk as Uint8Array;
    onProgress(packed.bytesRead);
  }
}

const hasPassword = (what: string): ImportError =>
  new ImportError(HAS_PASSWORD, `${what} has a password: unpack it, and import what is in it or pack it without one.`);
