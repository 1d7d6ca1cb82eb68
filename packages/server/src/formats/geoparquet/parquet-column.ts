import { pgTypeName } from "@carto-ts/protocol";
import type { SchemaElement } from "hyparquet";
import type { Column } from "../../db/result.ts";
import { BACKSLASH } from "../ascii.ts";
import { unescapeCopy } from "../copy-text.ts";
import { toDays } from "../timestamp.ts";
import { UnwritableError } from "./unwritable-error.ts";

/** Digits that Parquet's decimals may have, and those that four and eight bytes hold. */
const MAX_DIGITS = 38;
const INT32_DIGITS = 9;
const INT64_DIGITS = 18;
/** What PostgreSQL adds to a numeric's digits in its type modifier. */
const TYPMOD_OFFSET = 4;
const DAY_MICROS = 86_400_000_000n;
const EPOCH = toDays(1970, 1, 1);

/** A value as it is stored; null is NULL. */
export type Stored = number | bigint | boolean | Uint8Array | null;

/** A column of a Parquet file, and how a field of COPY text that is not NULL becomes a value of it. */
export interface ParquetColumn {
  element: SchemaElement;
  read(text: Buffer, start: number, end: number): Stored;
}

/** The column that PostgreSQL's is written as. Types without one of their own are PostgreSQL's text. */
export function parquetColumn({ name, oid, typmod }: Column): ParquetColumn {
  const type = pgTypeName(oid) ?? "";
  if (type === "numeric") return numericColumn(name, typmod);
  const { read, ...element } = COLUMNS[type] ?? { ...STRING, read: readText };
  return { element: { name, repetition_type: "OPTIONAL", ...element }, read };
}

const STRING = { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } } as const;
const LOWER_T = 0x74;
const SPACE = 0x20;

const timestampType = (isAdjustedToUTC: boolean): NonNullable<SchemaElement["logical_type"]> => ({
  type: "TIMESTAMP",
  isAdjustedToUTC,
  unit: "MICROS",
});

const latin = (text: Buffer, start: number, end: number): string => text.toString("latin1", start, end);

const readInteger = (text: Buffer, start: number, end: number): bigint => BigInt(latin(text, start, end));

const readNumber = (text: Buffer, start: number, end: number): number => Number(latin(text, start, end));

/** Bytes of a text; a part of the rows where nothing in it is escaped. */
function readText(text: Buffer, start: number, end: number): Uint8Array {
  const backslash = text.indexOf(BACKSLASH, start);
  return backslash < 0 || backslash >= end ? text.subarray(start, end) : unescapeCopy(text, start, end);
}

/** As a cast to text drops the padding. */
function unpadded(text: Buffer, start: number, end: number): number {
  let p = end;
  while (p > start && text[p - 1] === SPACE) p--;
  return p;
}

/** Hexadecimal digits behind `\x`, whose backslash is escaped. */
const readBytes = (text: Buffer, start: number, end: number): Uint8Array =>
  Buffer.from(latin(text, start + "\\\\x".length, end), "hex");

function numericColumn(name: string, typmod: number): ParquetColumn {
  const [precision, scale] = [(typmod - TYPMOD_OFFSET) >> 16, (typmod - TYPMOD_OFFSET) & 0x7ff];
  const optional = { name, repetition_type: "OPTIONAL" } as const;
  // Digits of no known number, and those rounded before the point, which modifiers from 1,024 on say.
  if (typmod < TYPMOD_OFFSET || precision > MAX_DIGITS || scale > precision)
    return { element: { ...optional, type: "DOUBLE" }, read: readNumber };
  const size = { type_length: Math.ceil((precision * Math.log2(10) + 1) / 8) };
  const stored =
    precision <= INT32_DIGITS
      ? ({ type: "INT32" } as const)
      : precision <= INT64_DIGITS
        ? ({ type: "INT64" } as const)
        : ({ type: "FIXED_LEN_BYTE_ARRAY", ...size } as const);
  const decimal = { converted_type: "DECIMAL", precision, scale } as const;
  return {
    element: { ...optional, ...stored, ...decimal, logical_type: { type: "DECIMAL", precision, scale } },
    read: (text, start, end) => unscaled(latin(text, start, end), scale),
  };
}

/** A decimal as the integer that its digits make; null for NaN and infinity. */
function unscaled(text: string, scale: number): bigint | null {
  const [whole = "", fraction = ""] = text.split(".");
  return /^-?\d/.test(whole) ? BigInt(whole + fraction.padEnd(scale, "0")) : null;
}

/** The columns of PostgreSQL's types. */
const COLUMNS: Readonly<Record<string, Omit<SchemaElement, "name"> & Pick<ParquetColumn, "read">>> = {
  bool: { type: "BOOLEAN", read: (text, start) => text[start] === LOWER_T },
  int2: { type: "INT32", converted_type: "INT_16", read: readNumber },
  int4: { type: "INT32", read: readNumber },
  int8: { type: "INT64", read: readInteger },
  oid: { type: "INT64", read: readInteger },
  float4: { type: "FLOAT", read: readNumber },
  float8: { type: "DOUBLE", read: readNumber },
  date: { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" }, read: readDate },
  timestamp: { type: "INT64", logical_type: timestampType(false), read: readTimestamp },
  timestamptz: {
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: timestampType(true),
    read: readTimestamp,
  },
  bytea: { type: "BYTE_ARRAY", read: readBytes },
  bpchar: { ...STRING, read: (text, start, end) => readText(text, start, unpadded(text, start, end)) },
};

const ISO_STYLE =
  /^(\d{4,})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::(\d\d)(?::(\d\d))?)?)?)?( BC)?$/;

/** Days from 1970; null for infinity. */
function readDate(text: Buffer, start: number, end: number): number | null {
  const match = matchTime(latin(text, start, end));
  return match && daysOf(match);
}

/** Microseconds from 1970, in UTC where there is a zone; null for infinity. */
function readTimestamp(text: Buffer, start: number, end: number): bigint | null {
  const match = matchTime(latin(text, start, end));
  if (match === null) return null;
  const part = (group: number): number => Number(match[group] ?? 0);
  const offset = (part(9) * 60 + part(10)) * 60 + part(11);
  const seconds = (part(4) * 60 + part(5)) * 60 + part(6) - (match[8] === "-" ? -offset : offset);
  return BigInt(daysOf(match)) * DAY_MICROS + BigInt(seconds * 1e6 + Number((match[7] ?? "").padEnd(6, "0")));
}

function daysOf(match: RegExpExecArray): number {
  const year = Number(match[1]);
  return toDays(match[12] === undefined ? year : 1 - year, Number(match[2]), Number(match[3])) - EPOCH;
}

function matchTime(text: string): RegExpExecArray | null {
  const match = ISO_STYLE.exec(text);
  if (match || text === "infinity" || text === "-infinity") return match;
  throw new UnwritableError(`a date is written in a style that GeoParquet can't be made of: ${text}`);
}
