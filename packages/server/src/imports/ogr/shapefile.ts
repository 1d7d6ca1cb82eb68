import { open, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { encodingOf } from "../csv/encoding.ts";
import { ImportError } from "../error.ts";
import { headOf } from "../head.ts";
import type { SourceFile } from "../reader.ts";

const INVALID_SHAPEFILE = 1006;
/** Bytes of a .dbf that its encoding is told by. */
const SAMPLE_BYTES = 500_000;
/** Where a .dbf says how long its header is, and which encoding it has. */
const HEADER_LENGTH_AT = 8;
const LANGUAGE_AT = 29;
/** Where a .shp has its extent. */
const EXTENT_AT = 36;
const DBF_HEADER = 32;
const RECORDS_AT = 4;
const RECORD_LENGTH_AT = 10;
const SHP_HEADER = 100;
const LENGTH_AT = 24;

/** Looks whether all bytes are there that a shapefile says it has. @throws ImportError 1006 */
export async function refuseCut({ path, name }: SourceFile): Promise<void> {
  const dbf = join(dirname(path), "data.dbf");
  const [shape, table] = [await headOf(path, SHP_HEADER), await headOf(dbf, DBF_HEADER)];
  // Words of two bytes, and records of equal length behind a header.
  const shapeBytes = shape.length < SHP_HEADER ? SHP_HEADER : 2 * shape.readUInt32BE(LENGTH_AT);
  const tableBytes =
    table.length < DBF_HEADER
      ? DBF_HEADER
      : table.readUInt16LE(HEADER_LENGTH_AT) + table.readUInt32LE(RECORDS_AT) * table.readUInt16LE(RECORD_LENGTH_AT);
  await refuseShort(path, shapeBytes, name);
  await refuseShort(dbf, tableBytes, name.replace(/shp$/i, "dbf"));
}

async function refuseShort(path: string, bytes: number, name: string): Promise<void> {
  const { size } = await stat(path);
  if (size >= bytes) return;
  throw new ImportError(
    INVALID_SHAPEFILE,
    `The shapefile is cut off: ${name} has ${size} of the ${bytes} bytes that it says it has. Send it whole.`,
  );
}

/** The corner of a shapefile's extent that is farthest from 0, 0; undefined where it has none. */
export async function farthestCorner({ path }: SourceFile): Promise<{ x: number; y: number } | undefined> {
  const head = await headOf(path, EXTENT_AT + 32);
  if (head.length < EXTENT_AT + 32) return undefined;
  const [left, bottom, right, top] = [0, 8, 16, 24].map((at) => head.readDoubleLE(EXTENT_AT + at));
  const corner = { x: farther(left, right), y: farther(bottom, top) };
  return Number.isFinite(corner.x) && Number.isFinite(corner.y) ? corner : undefined;
}

const farther = (a = 0, b = 0): number => (Math.abs(a) > Math.abs(b) ? a : b);

/**
 * Names the encoding of a shapefile's texts as iconv knows it: what its .cpg or .cst says, UTF-8 where they are that, what
 * the .dbf says, else what they look like. Undefined where they are ASCII.
 */
export async function textEncoding({ path }: SourceFile): Promise<string | undefined> {
  const folder = dirname(path);
  const declared = (await declaration(join(folder, "data.cpg"))) ?? (await declaration(join(folder, "data.cst")));
  if (declared !== undefined) return declared;
  const { language, sample } = await readDbf(join(folder, "data.dbf"));
  if (sample.every((byte) => byte < 0x80)) return undefined;
  const likely = encodingOf(sample);
  return (likely === "utf-8" ? undefined : LANGUAGES.get(language)) ?? toIconv(likely);
}

async function readDbf(path: string): Promise<{ language: number; sample: Buffer }> {
  await using file = await open(path);
  const head = Buffer.alloc(DBF_HEADER);
  await file.read(head, 0, DBF_HEADER, 0);
  const { bytesRead, buffer } = await file.read(
    Buffer.alloc(SAMPLE_BYTES),
    0,
    SAMPLE_BYTES,
    head.readUInt16LE(HEADER_LENGTH_AT),
  );
  return { language: head.readUInt8(LANGUAGE_AT), sample: buffer.subarray(0, bytesRead) };
}

/** What a .cpg or .cst file says; undefined where there is none, or nothing in it. */
async function declaration(path: string): Promise<string | undefined> {
  const text = await readFile(path, "latin1").catch(() => "");
  const name = /^[\w .-]{1,40}/.exec(text.trim())?.[0].trim() ?? "";
  if (name === "") return undefined;
  const code = /^(?:ansi|oem|cp|windows|ibm)?[ _-]*(\d{3,5})$/i.exec(name)?.[1];
  if (code === "65001") return "UTF-8";
  if (code === "88591") return "ISO-8859-1";
  return code === undefined ? toIconv(name) : `CP${code}`;
}

/** Names that iconv has others for. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  utf8: "UTF-8",
  system: "UTF-8",
  "x-mac-cyrillic": "MACCYRILLIC",
  "iso 8859-1": "ISO-8859-1",
  latin1: "ISO-8859-1",
};

function toIconv(name: string): string {
  const known = OTHER_NAMES[name.toLowerCase()];
  if (known !== undefined) return known;
  return name
    .toUpperCase()
    .replace(/^(?:WINDOWS|IBM)-?(?=\d)/, "CP")
    .replace(/^(?:ISO|8859)[ _-]?8859[ _-]?/, "ISO-8859-");
}

/** Encodings by the number that a .dbf has for its language, where it means one; 0x57 is whatever its writer used. */
const LANGUAGES: ReadonlyMap<number, string> = new Map(
  Object.entries({
    CP437: [0x01, 0x09, 0x0b, 0x0d, 0x0f, 0x11, 0x15, 0x18, 0x19, 0x1b],
    CP850: [0x02, 0x0a, 0x0e, 0x10, 0x12, 0x14, 0x16, 0x1a, 0x1d, 0x25, 0x37],
    CP1252: [0x03, 0x58, 0x59],
    CP852: [0x1f, 0x22, 0x23, 0x40, 0x64, 0x87],
    CP866: [0x26, 0x65],
    CP865: [0x08, 0x17, 0x66],
    CP861: [0x67],
    CP737: [0x6a],
    CP857: [0x6b, 0x88],
    CP863: [0x6c],
    CP860: [0x24],
    CP932: [0x13, 0x7b],
    CP936: [0x4d, 0x7a],
    CP949: [0x4e, 0x79],
    CP950: [0x4f, 0x78],
    CP874: [0x50, 0x7c],
    CP1250: [0xc8],
    CP1251: [0xc9],
    CP1254: [0xca],
    CP1253: [0xcb],
    CP1257: [0xcc],
  }).flatMap(([name, numbers]) => numbers.map((number) => [number, name] as const)),
);
