import { type FileHandle, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pgTypeName } from "@carto-ts/protocol";
import type { Column, ResultStream } from "../../db/result.ts";
import type { GdalSource } from "../../gdal/messages.ts";
import { HttpError } from "../../http/errors.ts";
import { prettyBytes } from "../../pretty-bytes.ts";
import { RowSplitter } from "../copy-text.ts";
import { CsvEncoder } from "../csv-encoder.ts";
import type { FileJob } from "../format.ts";
import { GeometrySurvey } from "./ewkb-head.ts";

/** A result as a file that GDAL reads. */
export interface Carrier {
  source: GdalSource;
  /** Columns but the geometry, with OGR's types as a .csvt has them: `Integer(Boolean)`, `String(80)`. */
  fields: readonly { name: string; type: string }[];
  /** What the geometries are; undefined without a column of them. */
  geometry: GeometrySurvey | undefined;
  /** Name of their column; `the_geom` without one. */
  geometryName: string;
  /** Options of ogr2ogr that give the fields their names. */
  rename: readonly string[];
}

const FILE = "rows.csv";
const LAYER = "rows";

/**
 * Writes a result, whose first column may be a geometry, as CSV with hexadecimal EWKB, and its types beside it.
 *
 * It has the columns by number: some names mean something to GDAL.
 */
export async function writeCarrier(result: ResultStream, job: FileJob): Promise<Carrier> {
  const { columns } = result;
  const geometry = job.spatialTypes.has(columns[0]?.oid ?? 0) ? new GeometrySurvey() : undefined;
  const path = join(job.folder, FILE);
  const file = await open(path, "wx", 0o600);
  try {
    await writeRows(file, result, { geometry, maxBytes: job.maxBytes });
  } finally {
    await file.close();
  }
  geometry?.assume(columns[0]?.typmod ?? -1);
  const fields = (geometry ? columns.slice(1) : columns).map((column) => ({
    name: column.name,
    type: fieldType(column),
  }));
  const types = [...(geometry ? ["WKT"] : []), ...fields.map(({ type }) => type)];
  await writeFile(`${path}t`, `${types.join(",")}\n`, { flag: "wx", mode: 0o600 });
  return {
    source: { file: FILE, drivers: ["CSV"], openOptions: ["KEEP_GEOM_COLUMNS=NO", "EMPTY_STRING_AS_NULL=YES"] },
    fields,
    geometry,
    geometryName: geometry ? (columns[0]?.name ?? "") : "the_geom",
    rename: renameTo(fields, columns.length - fields.length),
  };
}

/** `name`, numbered where a column has it. Names in databases of SQLite's have no case. */
export function freeName({ fields, geometryName }: Carrier, name: string): string {
  const taken = new Set([geometryName, ...fields.map((field) => field.name)].map((text) => text.toLowerCase()));
  let free = name;
  for (let n = 1; taken.has(free); n++) free = `${name}_${n}`;
  return free;
}

async function writeRows(
  file: FileHandle,
  { columns, chunks }: ResultStream,
  { geometry, maxBytes }: { geometry: GeometrySurvey | undefined; maxBytes: number },
): Promise<void> {
  const everything = columns.map(() => true);
  const encoder = new CsvEncoder(columns, everything);
  const splitter = new RowSplitter();
  await file.write(`${columns.map((_, at) => `c${at}`).join(",")}\r\n`);
  let bytes = 0;
  for await (const { text } of chunks) {
    const rows = splitter.push(text);
    if (rows === undefined) continue;
    const lines = encoder.encode(geometry ? geometry.look(rows) : rows);
    bytes += lines.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    await file.write(lines);
  }
}

/** The answer where an export is larger than it may be. */
export const tooLarge = (maxBytes: number): HttpError =>
  new HttpError(
    413,
    `The file would be larger than ${prettyBytes(maxBytes)}: ask for fewer rows or columns, or for csv`,
  );

/** OGR's types, with their subtypes, as a .csvt has them. */
const TYPES: Readonly<Record<string, string>> = {
  bool: "Integer(Boolean)",
  int2: "Integer(Int16)",
  int4: "Integer",
  int8: "Integer64",
  oid: "Integer64",
  float4: "Real(Float32)",
  float8: "Real",
  numeric: "Real",
  date: "Date",
  time: "Time",
  timestamp: "DateTime",
  timestamptz: "DateTime",
};

/** Digits that whole numbers of OGR's two types hold. */
const INTEGER_DIGITS = 9;
const INTEGER64_DIGITS = 18;

function fieldType({ oid, typmod }: Column): string {
  const type = pgTypeName(oid) ?? "";
  if (typmod >= 4 && (type === "varchar" || type === "bpchar")) return `String(${typmod - 4})`;
  if (typmod < 4 || type !== "numeric") return TYPES[type] ?? "String";
  const digits = ((typmod - 4) >> 16) & 0xffff;
  const decimals = (typmod - 4) & 0x7ff;
  if (decimals !== 0 || digits > INTEGER64_DIGITS) return `Real(${digits}.${decimals})`;
  return digits > INTEGER_DIGITS ? "Integer64" : "Integer";
}

function renameTo(fields: readonly { name: string }[], offset: number): string[] {
  if (fields.length === 0) return [];
  const names = fields.map(({ name }, at) => `c${at + offset} AS "${name.replaceAll('"', '\\"')}"`);
  return ["-dialect", "OGRSQL", "-sql", `SELECT ${names.join(", ")} FROM ${LAYER}`];
}
