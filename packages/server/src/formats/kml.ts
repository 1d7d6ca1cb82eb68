import { pgTypeName } from "@carto-ts/protocol";
import type { Column, ResultStream, RowChunk } from "../db/result.ts";
import { RowSplitter } from "./copy-text.ts";
import { type DocumentWriter, encodingOf } from "./encoding.ts";
import type { EncodeOptions, Encoding, Format } from "./format.ts";
import { rowsOf } from "./rows.ts";
import { escapeXml } from "./xml.ts";

/**
 * KML 2.2 in WGS84: one folder of Placemarks, named as the file.
 *
 * The statement must give the geometry as KML text in its first column. Columns `name` and `description`, in any case,
 * are the Placemark's; the others are its ExtendedData by a Schema. NULL is left out.
 *
 * @see docs/protocol/sql.md#kml
 */
export const kml: Format = {
  id: "kml",
  mime: "application/kml; charset=utf-8",
  extension: "kml",
  shape: "placemarks",
  digits: 15,
  encode: (result: ResultStream, { filename }: EncodeOptions): Encoding =>
    encodingOf(result, new KmlWriter(result.columns, escapeXml(filename.replaceAll("-", "_")))),
};

/** Turns a value's text into the field's; null leaves it out. */
type WriteField = (value: string) => string;

class KmlWriter implements DocumentWriter {
  readonly #splitter = new RowSplitter();
  readonly #folder: string;
  #columns: readonly Column[];
  #fields: readonly WriteField[] | undefined;
  #dataAt: readonly number[] = [];
  #namesAt: readonly number[] = [];

  constructor(columns: readonly Column[], folder: string) {
    this.#columns = columns;
    this.#folder = folder;
  }

  write({ columns, text }: RowChunk): Buffer | undefined {
    const head = this.#begin(columns);
    const rows = this.#splitter.push(text);
    if (rows === undefined) return head === "" ? undefined : Buffer.from(head);
    const placemarks = rowsOf(rows, columns.length).map((row) => this.#placemark(row));
    return Buffer.from(head + placemarks.join(""));
  }

  end(): Buffer {
    return Buffer.from(`${this.#begin(this.#columns)}</Folder>\n</Document></kml>\n`);
  }

  /** The text breaks off: no reader takes it for a whole one. */
  fail(): undefined {}

  /** The head of the document, the first time. */
  #begin(columns: readonly Column[]): string {
    if (this.#fields) return "";
    this.#columns = columns;
    this.#fields = columns.map(fieldWriter);
    const at = columns.map((_, index) => index).slice(1);
    this.#namesAt = at.filter((index) => placemarkElement(columns[index]));
    this.#dataAt = at.filter((index) => !placemarkElement(columns[index]));
    return headOf(
      this.#folder,
      this.#dataAt.flatMap((index) => columns[index] ?? []),
    );
  }

  #placemark(row: readonly (string | null)[]): string {
    const field = (index: number): string => {
      const value = row[index];
      return value === null || value === undefined ? "" : (this.#fields?.[index]?.(value) ?? "");
    };
    const names = this.#namesAt.map(field).join("");
    const data = this.#dataAt.map(field).join("");
    const extended =
      data === ""
        ? ""
        : `\t<ExtendedData><SchemaData schemaUrl="#${this.#folder}">\n${data}\t</SchemaData></ExtendedData>\n`;
    const geometry = row[0] ? `      ${row[0]}\n` : "";
    return `  <Placemark>\n${names}${extended}${geometry}  </Placemark>\n`;
  }
}

function headOf(folder: string, columns: readonly Column[]): string {
  const fields = columns.map(
    ({ name, oid }) => `\t<SimpleField name="${escapeXml(name)}" type="${typeOf(oid)}"></SimpleField>\n`,
  );
  return `<?xml version="1.0" encoding="utf-8" ?>
<kml xmlns="http://www.opengis.net/kml/2.2">
<Document id="root_doc">
<Schema name="${folder}" id="${folder}">
${fields.join("")}</Schema>
<Folder><name>${folder}</name>
`;
}

/** KML's types. It has no integers of 64 bits, but a double's text may have all their digits. */
const TYPES: Readonly<Record<string, string>> = {
  bool: "bool",
  int2: "short",
  int4: "int",
  int8: "double",
  oid: "uint",
  float4: "float",
  float8: "double",
  numeric: "double",
};

const typeOf = (oid: number): string => TYPES[pgTypeName(oid) ?? ""] ?? "string";

function placemarkElement(column: Column | undefined): string | undefined {
  const name = column?.name.toLowerCase();
  return name === "name" || name === "description" ? name : undefined;
}

function fieldWriter(column: Column): WriteField {
  const element = placemarkElement(column);
  const text = textWriter(column.oid);
  if (element) return (value) => `\t<${element}>${text(value)}</${element}>\n`;
  const open = `\t\t<SimpleData name="${escapeXml(column.name)}">`;
  return (value) => `${open}${text(value)}</SimpleData>\n`;
}

function textWriter(oid: number): (value: string) => string {
  const type = pgTypeName(oid);
  if (type === "bool") return (value) => (value === "t" ? "1" : "0");
  // As a cast to text drops the padding.
  if (type === "bpchar") return (value) => escapeXml(value.replace(/ +$/, ""));
  return typeOf(oid) === "string" ? escapeXml : (value) => value.replace("Infinity", "INF");
}
