import { pgTypeName } from "@carto-ts/protocol";
import { arrayOf } from "./array.ts";
import { encodeBytea } from "./bytea.ts";
import { encodeInterval } from "./interval.ts";
import type { ValueEncoder } from "./json-writer.ts";
import { encodeCircle, encodePoint } from "./point.ts";
import { encodeBool, encodeJson, encodeNumber, encodeString } from "./scalar.ts";
import { encodeTimestamp } from "./timestamp.ts";

/** Text, as a string. */
export const STRING = 0;
/** Digits, as they are. */
export const NUMBER = 1;
/** `t` or `f`. */
export const BOOL = 2;
/** JSON already. */
export const JSON_TEXT = 3;
/** Dates and timestamps. */
export const TIMESTAMP = 4;
/** Everything that takes a function of its own. */
const OTHER = 5;
/** Left out of the answer. */
export const SKIP = 6;

/**
 * How a type's text becomes JSON. The row scanner has the first five kinds inlined, straight from COPY's text; for
 * {@link OTHER}, and for elements of arrays, it is `encode`.
 */
export interface Codec {
  kind: typeof STRING | typeof NUMBER | typeof BOOL | typeof JSON_TEXT | typeof TIMESTAMP | typeof OTHER;
  encode: ValueEncoder;
}

const string: Codec = { kind: STRING, encode: encodeString };
const number: Codec = { kind: NUMBER, encode: encodeNumber };
const bool: Codec = { kind: BOOL, encode: encodeBool };
const json: Codec = { kind: JSON_TEXT, encode: encodeJson };
const timestamp: Codec = { kind: TIMESTAMP, encode: encodeTimestamp };
const bytea: Codec = { kind: OTHER, encode: encodeBytea };
const point: Codec = { kind: OTHER, encode: encodePoint };
const circle: Codec = { kind: OTHER, encode: encodeCircle };
const interval: Codec = { kind: OTHER, encode: encodeInterval };

const SCALARS: readonly (readonly [Codec, string])[] = [
  [number, "int2 int4 int8 oid float4 float8 numeric"],
  [bool, "bool"],
  [json, "JSON jsonb"],
  [timestamp, "date timestamp timestamptz"],
  [interval, "interval"],
  [bytea, "bytea"],
  [point, "point"],
  [circle, "circle"],
];

// CARTO's arrays of other types (`interval[]`, `name[]`, …) are PostgreSQL's text.
const ARRAYS: readonly (readonly [Codec, string])[] = [
  [number, "_int2 _int4 _int8 _oid _float4 _float8 _numeric"],
  [bool, "_bool"],
  [json, "_json _jsonb"],
  [timestamp, "_date _timestamp _timestamptz"],
  [bytea, "_bytea"],
  [point, "_point"],
  [string, "_text _varchar _bpchar _uuid _inet _money _time _timetz"],
];

const CODECS: ReadonlyMap<string, Codec> = new Map([
  ...SCALARS.flatMap(([codec, names]) => names.split(" ").map((name) => [name, codec] as const)),
  ...ARRAYS.flatMap(([{ encode }, names]) => {
    const codec: Codec = { kind: OTHER, encode: arrayOf(encode) };
    return names.split(" ").map((name) => [name, codec] as const);
  }),
]);

/** The codec of the type with this OID. Types without one of their own, PostGIS' among them, are strings. */
export function codecOf(oid: number): Codec {
  return CODECS.get(pgTypeName(oid) ?? "") ?? string;
}
