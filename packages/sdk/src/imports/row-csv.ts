import { ConfigError } from "../errors.ts";
import { isGeometry } from "../geometry.ts";
import { Json } from "../json-value.ts";
import { checkText, isPlain, toHex, toJson, toTimestamp } from "../literal.ts";

/** Writes the names of the columns as a line of CSV. */
export function rowHead(columns: readonly string[]): string {
  return `${columns.map(quote).join(",")}\n`;
}

/**
 * Makes the writer of a row as a line of the CSV that imports take, in the order of `columns`.
 *
 * Strings are in quotes, and with them what has only a text (GeoJSON geometries, other objects and arrays as JSON,
 * bytes as hexadecimal digits); numbers, booleans and dates are not. A server that doesn't guess the types of values in
 * quotes gives each column the type that its values have here. `null` and `undefined` are nothing at all.
 *
 * @throws {@link ConfigError}, when called, for a value that has no text.
 */
export function rowWriter(columns: readonly string[]): (row: object) => string {
  return (row) => {
    const values = row as Readonly<Record<string, unknown>>;
    return `${columns.map((name) => cell(values[name])).join(",")}\n`;
  };
}

function cell(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    case "undefined":
      return "";
    case "object":
      return value === null ? "" : objectCell(value);
    default:
      throw new ConfigError(`A value of type ${typeof value} can't be imported`);
  }
}

function objectCell(value: object): string {
  if (value instanceof Date) return toTimestamp(value);
  if (value instanceof Uint8Array) return quote(`\\x${toHex(value)}`);
  if (value instanceof Json) return quote(toJson(value.value));
  if (Array.isArray(value) || isGeometry(value) || isPlain(value)) return quote(toJson(value));
  throw new ConfigError(`A ${value.constructor?.name ?? "strange object"} can't be imported`);
}

function quote(text: string): string {
  return `"${checkText(text).replaceAll('"', '""')}"`;
}
