import type { Column, Notice, ResultStream, ResultSummary, RowChunk } from "../../packages/server/src/db/result.ts";
import type { EncodeOptions, Encoding } from "../../packages/server/src/formats/format.ts";

/** OIDs of PostgreSQL's own types, by the names that SQL has for them. */
export const OID = {
  bool: 16,
  bytea: 17,
  char: 18,
  name: 19,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  oid: 26,
  json: 114,
  xml: 142,
  point: 600,
  box: 603,
  float4: 700,
  float8: 701,
  circle: 718,
  money: 790,
  inet: 869,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  timetz: 1266,
  bit: 1560,
  numeric: 1700,
  record: 2249,
  void: 2278,
  uuid: 2950,
  jsonb: 3802,
  int4range: 3904,
  "bool[]": 1000,
  "bytea[]": 1001,
  "name[]": 1003,
  "int2[]": 1005,
  "int4[]": 1007,
  "text[]": 1009,
  "bpchar[]": 1014,
  "varchar[]": 1015,
  "int8[]": 1016,
  "point[]": 1017,
  "float8[]": 1022,
  "inet[]": 1041,
  "timestamp[]": 1115,
  "date[]": 1182,
  "time[]": 1183,
  "timestamptz[]": 1185,
  "interval[]": 1187,
  "numeric[]": 1231,
  "json[]": 199,
  "money[]": 791,
  "uuid[]": 2951,
  "jsonb[]": 3807,
} as const;

/** A type of {@link OID}. */
export type TypeName = keyof typeof OID;

/** Columns from their names and types. */
export function columnsOf(types: Record<string, TypeName>): Column[] {
  return Object.entries(types).map(([name, type]) => ({ name, oid: OID[type], typmod: -1 }));
}

/** Rows of values in PostgreSQL's text, as COPY writes them. */
export function toCopyText(rows: readonly (readonly (string | null)[])[]): Buffer {
  const letters: Record<string, string> = {
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
  };
  const field = (value: string | null) =>
    value === null ? "\\N" : value.replace(/[\\\b\t\n\v\f\r]/g, (c) => letters[c] ?? c);
  return Buffer.from(rows.map((row) => `${row.map(field).join("\t")}\n`).join(""));
}

/** Cuts `text` at these places. */
export function cut(text: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b), text.length];
  return ends.map((end, i) => text.subarray(i === 0 ? 0 : ends[i - 1], end));
}

/** What a {@link resultOf} ends with. */
export interface ResultEnd {
  rowCount?: number;
  notices?: readonly Notice[];
  droppedNotices?: number;
  /** Thrown after the last chunk. */
  error?: Error;
}

/** A result made of these chunks. */
export function resultOf(columns: readonly Column[], texts: readonly Buffer[], end: ResultEnd = {}): ResultStream {
  return resultsOf([{ columns, texts }], end);
}

/** Several results behind each other, as of several statements. */
export function resultsOf(
  results: readonly { columns: readonly Column[]; texts: readonly Buffer[] }[],
  end: ResultEnd = {},
): ResultStream {
  async function* chunks(): AsyncGenerator<RowChunk> {
    for (const { columns, texts } of results) for (const text of texts) yield { columns, text };
    if (end.error !== undefined) throw end.error;
  }
  const summary: ResultSummary = {
    columns: results.at(-1)?.columns ?? [],
    rowCount: end.rowCount ?? 0,
    notices: end.notices ?? [],
    droppedNotices: end.droppedNotices ?? 0,
  };
  return { columns: results[0]?.columns ?? [], chunks: chunks(), summary: () => summary };
}

/** Options of an encoding. */
export function encodeOptions(
  skipfields: readonly string[] = [],
  spatialTypes: ReadonlyMap<number, string> = new Map(),
): EncodeOptions {
  return { skipfields: new Set(skipfields), startedAt: performance.now(), spatialTypes, filename: "cartodb-query" };
}

/** All that an encoding gives, closed by its `fail` where it throws. */
export async function collect(encoding: Encoding): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of encoding.chunks) chunks.push(chunk);
  } catch (error) {
    const end = encoding.fail([error instanceof Error ? error.message : String(error)]);
    if (end === undefined) throw error;
    chunks.push(end);
  }
  return Buffer.concat(chunks).toString();
}
