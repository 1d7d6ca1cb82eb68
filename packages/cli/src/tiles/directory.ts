import { gzipSync } from "node:zlib";

/** Where tiles that follow each other and are the same lie. */
export interface DirectoryEntry {
  /** Number of the first tile. */
  id: number;
  /** How many tiles it is for. */
  run: number;
  /** Bytes from the beginning of the tiles' part. */
  offset: number;
  length: number;
}

/** Directories of a PMTiles archive, compressed. */
export interface Directories {
  root: Buffer;
  /** One after the other; empty where the root has all entries. */
  leaves: Buffer;
}

/** Readers fetch the first 16 KB, in which the header is as well. */
const ROOT_BYTES = 16_384 - 127;

/** Writes the directories of entries in the order of their numbers: the root alone where it suffices, else leaves too. */
export function toDirectories(entries: readonly DirectoryEntry[]): Directories {
  const whole = toDirectory(entries);
  if (whole.length <= ROOT_BYTES) return { root: whole, leaves: Buffer.alloc(0) };
  for (let size = 4_096; ; size *= 2) {
    const directories = withLeaves(entries, size);
    if (directories.root.length <= ROOT_BYTES) return directories;
  }
}

function withLeaves(entries: readonly DirectoryEntry[], size: number): Directories {
  const leaves: Buffer[] = [];
  const root: DirectoryEntry[] = [];
  let offset = 0;
  for (let at = 0; at < entries.length; at += size) {
    const leaf = toDirectory(entries.slice(at, at + size));
    // A run of none says that it is a directory.
    root.push({ id: entries[at]?.id ?? 0, run: 0, offset, length: leaf.length });
    leaves.push(leaf);
    offset += leaf.length;
  }
  return { root: toDirectory(root), leaves: Buffer.concat(leaves) };
}

function toDirectory(entries: readonly DirectoryEntry[]): Buffer {
  const numbers = [
    entries.length,
    ...entries.map(({ id }, i) => id - (entries[i - 1]?.id ?? 0)),
    ...entries.map(({ run }) => run),
    ...entries.map(({ length }) => length),
    ...entries.map(({ offset }, i) => (followsOn(entries[i - 1], offset) ? 0 : offset + 1)),
  ];
  const bytes = Buffer.alloc(numbers.length * 8);
  let end = 0;
  for (const number of numbers) end = writeVarint(bytes, end, number);
  return gzipSync(bytes.subarray(0, end), { level: 9 });
}

const followsOn = (before: DirectoryEntry | undefined, offset: number): boolean =>
  before !== undefined && offset === before.offset + before.length;

/** Numbers up to 2^53, of which shifts would lose the upper half. */
function writeVarint(bytes: Buffer, at: number, value: number): number {
  let [end, rest] = [at, value];
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[end++] = (rest % 128) | 128;
  bytes[end++] = rest;
  return end;
}
