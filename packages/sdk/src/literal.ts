import { ConfigError } from "./errors.ts";
import { isGeometry } from "./geometry.ts";
import { Json } from "./json-value.ts";

/** Quotes one identifier. @throws {@link ConfigError} for an empty name or one with a NUL. */
export function quoteIdentifier(name: string): string {
  if (typeof name !== "string" || name === "") throw new ConfigError("An identifier must be a string with text in it");
  return `"${checkText(name).replaceAll('"', '""')}"`;
}

/** Quotes a string, whatever `standard_conforming_strings` says. @throws {@link ConfigError} when it has a NUL. */
export function quoteString(text: string): string {
  const quoted = `'${checkText(text).replaceAll("'", "''")}'`;
  return text.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

/** Writes a value as SQL. @throws {@link ConfigError} when it has no SQL form. */
export function toLiteral(value: unknown): string {
  if (value === null) return "NULL";
  switch (typeof value) {
    case "string":
      return quoteString(value);
    case "number":
      return Number.isFinite(value) ? signed(String(value)) : `'${value}'::float8`;
    case "bigint":
      return signed(String(value));
    case "boolean":
      return value ? "TRUE" : "FALSE";
    case "object":
      return objectLiteral(value as object);
    default:
      throw new ConfigError(`A value of type ${typeof value} can't be written into SQL`);
  }
}

// `5-${-3}` would begin a comment.
function signed(digits: string): string {
  return digits.startsWith("-") ? `(${digits})` : digits;
}

function objectLiteral(value: object): string {
  if (value instanceof Date) return `${quoteString(toTimestamp(value))}::timestamptz`;
  if (value instanceof Uint8Array) return `decode('${toHex(value)}', 'hex')`;
  if (value instanceof Json) return jsonLiteral(value.value);
  // PostgreSQL can't tell the type of ARRAY[]; of '{}' it can, wherever it can of a string.
  if (Array.isArray(value)) return value.length === 0 ? "'{}'" : `ARRAY[${value.map(toLiteral).join(", ")}]`;
  if (isGeometry(value)) return `ST_SetSRID(ST_GeomFromGeoJSON(${quoteString(JSON.stringify(value))}), 4326)`;
  if (isPlain(value)) return jsonLiteral(value);
  throw new ConfigError(`A ${value.constructor?.name ?? "strange object"} can't be written into SQL`);
}

function jsonLiteral(value: unknown): string {
  return `${quoteString(toJson(value))}::jsonb`;
}

/** Writes JSON that PostgreSQL takes. @throws {@link ConfigError} for what JSON has no form for, and for NUL. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new ConfigError(`A value of type ${typeof value} has no JSON form`);
  // An even number of backslashes before it makes it text that merely looks like an escape.
  if (/(?<!\\)(?:\\\\)*\\u0000/.test(text)) throw new ConfigError("PostgreSQL's jsonb can't hold NUL characters");
  return text;
}

/** ISO 8601 in UTC. @throws {@link ConfigError} for an invalid date. */
export function toTimestamp(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new ConfigError("An invalid Date can't be written into SQL");
  const iso = date.toISOString();
  // PostgreSQL reads neither ±YYYYYY nor year 0.
  const [, sign, year, rest] = /^([+-])(\d{6})(.*)$/.exec(iso) ?? [];
  if (year === undefined) return iso.startsWith("0000") ? `0001${iso.slice(4)} BC` : iso;
  return sign === "-" ? `${String(Number(year) + 1).padStart(4, "0")}${rest} BC` : `${Number(year)}${rest}`;
}

/** Lower-case hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether it is an object literal, or was parsed from JSON. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype as object) === null;
}

/** Passes text on. @throws {@link ConfigError} for a NUL, which PostgreSQL's text can't hold. */
export function checkText(text: string): string {
  if (text.includes("\0")) throw new ConfigError("PostgreSQL's text can't hold NUL characters");
  return text;
}
