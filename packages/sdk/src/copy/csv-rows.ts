import { ConfigError } from "../errors.ts";
import { isGeometry, toEwkt } from "../geometry.ts";
import { Json } from "../json-value.ts";
import { checkText, isPlain, toHex, toJson, toTimestamp } from "../literal.ts";

/** A row to copy in: values by column name. Keys that are no columns are left out; missing ones are NULL. */
export type CopyRow = object;

/** How rows are written as CSV. */
export interface CsvDialect {
  readonly delimiter: string;
  /** Text that stands for NULL, never quoted. */
  readonly nullText: string;
}

/**
 * Makes the writer of a row as one line of PostgreSQL's CSV, in the order of `columns`, ended by a newline.
 *
 * `null` and `undefined` are NULL, an empty string is one. Dates are UTC, `Uint8Array` is bytea, arrays are PostgreSQL's
 * arrays (of JSON, if they hold plain objects), GeoJSON geometries are EWKT with SRID 4326, other objects are JSON.
 *
 * @throws {@link ConfigError}, when called, for a value that PostgreSQL has no text for.
 */
export function csvWriter(columns: readonly string[], dialect: CsvDialect): (row: CopyRow) => string {
  const cell = cellWriter(dialect);
  return (row) => {
    const values = row as Readonly<Record<string, unknown>>;
    let line = "";
    for (let index = 0; index < columns.length; index++) {
      if (index > 0) line += dialect.delimiter;
      line += cell(values[columns[index] as string]);
    }
    return `${line}\n`;
  };
}

/** Writes the names of the columns as a CSV line. */
export function csvHeader(columns: readonly string[], dialect: CsvDialect): string {
  return `${columns.map(cellWriter(dialect)).join(dialect.delimiter)}\n`;
}

function cellWriter({ delimiter, nullText }: CsvDialect): (value: unknown) => string {
  // A backslash because of `\.`, which ends the data.
  const special = /["\r\n\\]/;
  const isUsual = delimiter === "," && nullText === "";
  const quote = (text: string): string => {
    const plain = text !== "" && text !== nullText && !text.includes(delimiter) && !special.test(text);
    return plain ? text : `"${text.replaceAll('"', '""')}"`;
  };
  return (value) => {
    if (typeof value === "string") return quote(checkText(value));
    if (typeof value === "number" && isUsual) return String(value);
    return value === null || value === undefined ? nullText : quote(toText(value));
  };
}

/** Writes a value as PostgreSQL reads it from text. @throws {@link ConfigError} when it has no such form. */
function toText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return checkText(value);
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    case "object":
      return objectText(value as object);
    default:
      throw new ConfigError(`A value of type ${typeof value} can't be copied`);
  }
}

function objectText(value: object): string {
  if (value instanceof Date) return toTimestamp(value);
  if (value instanceof Uint8Array) return `\\x${toHex(value)}`;
  if (value instanceof Json) return toJson(value.value);
  if (Array.isArray(value)) return holdsObjects(value) ? toJson(value) : arrayText(value);
  if (isGeometry(value)) return toEwkt(value);
  if (isPlain(value)) return toJson(value);
  throw new ConfigError(`A ${value.constructor?.name ?? "strange object"} can't be copied`);
}

function holdsObjects(list: readonly unknown[]): boolean {
  return list.some((item) => typeof item === "object" && item !== null && isPlain(item) && !isGeometry(item));
}

function arrayText(list: readonly unknown[]): string {
  const items = list.map((item) => {
    if (item === null || item === undefined) return "NULL";
    if (Array.isArray(item)) return arrayText(item);
    return `"${toText(item).replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${items.join(",")}}`;
}
