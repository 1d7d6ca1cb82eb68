const BLOCK = 512;

/** One file or directory of a tar archive. */
export interface TarEntry {
  /** Path with `/` between its parts, without a `/` at the end; at most 100 bytes, or 256 with a `/` to split at. */
  name: string;
  type: "file" | "directory";
  /** Permission bits. */
  mode: number;
  /** Contents; empty for a directory. */
  bytes: Uint8Array;
}

/**
 * Lists a tar archive in its order; links and other special entries are left out.
 *
 * The entries' bytes are views of `archive`. @throws when a header's checksum is wrong.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html (ustar interchange format)
 */
export function readTar(archive: Uint8Array): TarEntry[] {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const entries: TarEntry[] = [];
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const header = bytes.subarray(at, at + BLOCK);
    if (readOctal(header, 148, 8) !== checksum(header)) throw new Error(`the tar archive is damaged at byte ${at}`);
    const size = readOctal(header, 124, 12);
    const prefix = readText(header, 345, 155);
    const name = (prefix === "" ? "" : `${prefix}/`) + readText(header, 0, 100);
    const type = readText(header, 156, 1);
    const mode = readOctal(header, 100, 8) & 0o777;
    const start = at + BLOCK;
    if (type === "5") entries.push({ name: name.replace(/\/$/, ""), type: "directory", mode, bytes: new Uint8Array() });
    else if (type === "0" || type === "")
      entries.push({ name, type: "file", mode, bytes: bytes.subarray(start, start + size) });
    at = start + padded(size);
  }
  return entries;
}

/** Makes a ustar archive; times and owners are zero, so equal entries give equal bytes. */
export function writeTar(entries: Iterable<TarEntry>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    parts.push(header(entry), entry.bytes);
    parts.push(Buffer.alloc(padded(entry.bytes.length) - entry.bytes.length));
  }
  parts.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(parts);
}

function header(entry: TarEntry): Buffer {
  const block = Buffer.alloc(BLOCK);
  const { prefix, name } = splitName(entry.type === "directory" ? `${entry.name}/` : entry.name);
  const octal = (value: number, at: number, length: number): void => {
    block.write(value.toString(8).padStart(length - 1, "0"), at, "latin1");
  };
  block.write(name, 0);
  octal(entry.mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(entry.bytes.length, 124, 12);
  octal(0, 136, 12);
  block.write(entry.type === "directory" ? "5" : "0", 156);
  block.write("ustar\u000000", 257, "latin1");
  block.write(prefix, 345);
  octal(checksum(block), 148, 7);
  return block;
}

function splitName(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: "", name: path };
  for (let at = path.indexOf("/"); at > 0 && at < path.length - 1; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { prefix, name };
  }
  throw new Error(`the path is too long for a tar archive: ${path}`);
}

/** Sum of the header's bytes, its own field taken as spaces. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return sum;
}

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;

function readText(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString("utf8", at, end < 0 ? at + length : Math.min(end, at + length));
}

function readOctal(block: Buffer, at: number, length: number): number {
  return Number.parseInt(readText(block, at, length).trim() || "0", 8);
}
