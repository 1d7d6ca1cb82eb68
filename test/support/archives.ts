import { randomBytes } from "node:crypto";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";

/** A file to be packed into a zip archive; all but name and data is worked out unless given. */
export interface ZipEntry {
  name: string | Buffer;
  data?: string | Uint8Array;
  /** 0 stores, 8 deflates; others are only claimed. @defaultValue 8 */
  method?: number;
  /** 1: has a password. 8: sizes are behind the data. 0x800: the name is UTF-8. @defaultValue 0x800 */
  flags?: number;
  /** Unix mode. @defaultValue a plain file */
  mode?: number;
  /** Bytes that it says it unpacks to. */
  size?: number;
  /** Sum that it says it has. */
  sum?: number;
  /** Where it says its own header is. */
  offset?: number;
  /** Whether sizes and place are in an extra field. */
  zip64?: boolean;
}

const FOUR_BYTES = 0xffffffff;

/** Packs files as zip. `zip64`: the end of the list too is told in eight bytes. */
export function zipOf(
  entries: readonly ZipEntry[],
  { zip64 = false, count = entries.length } = {},
): Buffer<ArrayBuffer> {
  const files: Buffer[] = [];
  const list: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const packed = pack(entry);
    const file = fileOf(packed);
    list.push(listed(packed, entry.offset ?? at));
    files.push(file);
    at += file.length;
  }
  const directory = Buffer.concat(list);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(zip64 ? FOUR_BYTES : at, 16);
  const more = zip64 ? end64({ count, bytes: directory.length, at }) : Buffer.alloc(0);
  return Buffer.concat([...files, directory, more, end]);
}

interface Packed {
  name: Buffer;
  data: Buffer;
  method: number;
  flags: number;
  mode: number;
  size: number;
  sum: number;
  zip64: boolean;
}

function pack(entry: ZipEntry): Packed {
  const { method = 8, flags = 0x800, mode = 0o100644, zip64 = false } = entry;
  const plain = Buffer.from(entry.data ?? "");
  return {
    ...{ name: Buffer.from(entry.name as string), method, flags, mode, zip64 },
    data: method === 8 ? deflateRawSync(plain) : plain,
    size: entry.size ?? plain.length,
    sum: entry.sum ?? crc32(plain),
  };
}

function fileOf({ name, data, method, flags, size, sum }: Packed): Buffer {
  const behind = (flags & 8) !== 0;
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(method, 8);
  const sizes = Buffer.alloc(12);
  sizes.writeUInt32LE(sum, 0);
  sizes.writeUInt32LE(data.length, 4);
  sizes.writeUInt32LE(Math.min(size, FOUR_BYTES), 8);
  if (!behind) sizes.copy(header, 14);
  header.writeUInt16LE(name.length, 26);
  const mark = Buffer.from("504b0708", "hex");
  return Buffer.concat([header, name, data, ...(behind ? [mark, sizes] : [])]);
}

function listed({ name, data, method, flags, mode, size, sum, zip64 }: Packed, at: number): Buffer {
  const extra = zip64 ? extra64([size, data.length, at]) : Buffer.alloc(0);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(0x0314, 4);
  header.writeUInt16LE(20, 6);
  header.writeUInt16LE(flags, 8);
  header.writeUInt16LE(method, 10);
  header.writeUInt32LE(sum, 16);
  header.writeUInt32LE(zip64 ? FOUR_BYTES : data.length, 20);
  header.writeUInt32LE(zip64 ? FOUR_BYTES : size, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE((mode << 16) >>> 0, 38);
  header.writeUInt32LE(zip64 ? FOUR_BYTES : at, 42);
  return Buffer.concat([header, name, extra]);
}

function extra64(values: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8 * values.length, 2);
  for (const [n, value] of values.entries()) field.writeBigUInt64LE(BigInt(value), 4 + 8 * n);
  return field;
}

function end64({ count, bytes, at }: { count: number; bytes: number; at: number }): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(bytes), 40);
  record.writeBigUInt64LE(BigInt(at), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(at + bytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator]);
}

/** An entry of a tar archive. */
export interface TarEntry {
  name: string | Buffer;
  data?: string | Uint8Array;
  /** `0` file, `1` hard link, `2` symbolic link, `5` folder, `x` attributes of the next, `L` name of the next … @defaultValue "0" */
  type?: string;
  link?: string;
  /** Bytes that it says it has. */
  size?: number;
}

const BLOCK = 512;

/** Packs files as tar. */
export const tarOf = (entries: readonly TarEntry[]): Buffer<ArrayBuffer> =>
  Buffer.concat([...entries.map(tarEntry), Buffer.alloc(2 * BLOCK)]);

/** One entry of a tar archive: its header, its bytes, and zeros up to a whole block. */
export function tarEntry({ name, data = "", type = "0", link = "", size }: TarEntry): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(data as string);
  const header = Buffer.alloc(BLOCK);
  Buffer.from(name as string).copy(header, 0, 0, 100);
  header.write("0000644\0", 100);
  header.write(`${(size ?? bytes.length).toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write(link, 157);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((before, byte) => before + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
}

/** One of an entry's extended attributes, as `x` entries have them. */
export function paxRecord(key: string, value: string): string {
  const text = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(text);
  const digits = String(bytes + String(bytes).length).length;
  return `${bytes + digits}${text}`;
}

const MEGABYTE = 1024 ** 2;

/** A packed tar that takes seconds to unpack: megabytes of nobody's data come first. */
export function slowArchive(megabytes: number, entries: readonly TarEntry[]): Buffer<ArrayBuffer> {
  const header = tarEntry({ name: "padding.bin", size: megabytes * MEGABYTE });
  // A hundredth of its size, packed: more would be a bomb.
  const piece = gzipSync(Buffer.concat([randomBytes(9_000), Buffer.alloc(MEGABYTE - 9_000)]));
  return Buffer.concat([gzipSync(header), ...Array.from({ length: megabytes }, () => piece), gzipSync(tarOf(entries))]);
}
