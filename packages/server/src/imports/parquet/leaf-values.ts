import type { SchemaElement, TimeUnit } from "hyparquet";
import type { ValueType } from "../reader.ts";
import { copyText } from "./copy-value.ts";
import { dateText, timestampText, timeText } from "./temporal.ts";

/** Digits behind the point that a number may have. */
const MAX_SCALE = 1_000;

/** A column's type, and how its values, as they are stored, become COPY text. */
export interface LeafValues {
  type: ValueType;
  write(value: unknown): string;
  /** Whether the values are bytes without a meaning that the file tells. */
  isBinary?: boolean;
}

/** How the values of a column without parts are read, by what the file says of it. */
export function leafValues(element: SchemaElement): LeafValues {
  const meaning = element.logical_type?.type ?? element.converted_type;
  switch (meaning) {
    case "DECIMAL":
      return decimals(element);
    case "DATE":
      return { type: "date", write: (value) => dateText(Number(value)) };
    case "TIME":
    case "TIME_MILLIS":
    case "TIME_MICROS":
      return times(unitOf(element));
    case "TIMESTAMP":
    case "TIMESTAMP_MILLIS":
    case "TIMESTAMP_MICROS":
      return timestamps(unitOf(element));
    case "STRING":
    case "UTF8":
    case "ENUM":
    case "JSON":
      return { type: "text", write: (value) => copyText(bytesOf(value).toString("utf8")) };
    case "UUID":
      return { type: "text", write: (value) => uuidText(bytesOf(value).toString("hex")) };
    case "FLOAT16":
      return { type: "double precision", write: (value) => String(halfFloat(bytesOf(value).readUInt16LE(0))) };
    default:
      return plainValues(element);
  }
}

function plainValues(element: SchemaElement): LeafValues {
  const unsigned = isUnsigned(element);
  switch (element.type) {
    case "BOOLEAN":
      return { type: "boolean", write: (value) => (value ? "t" : "f") };
    case "INT32":
      return unsigned
        ? { type: "bigint", write: (value) => String(Number(value) >>> 0) }
        : { type: "integer", write: String };
    case "INT64":
      return unsigned
        ? { type: "numeric", write: (value) => String(BigInt.asUintN(64, value as bigint)) }
        : { type: "bigint", write: String };
    case "INT96":
      return timestamps("NANOS");
    case "FLOAT":
    case "DOUBLE":
      return { type: "double precision", write: String };
    default:
      return { type: "text", write: (value) => bytesOf(value).toString("hex"), isBinary: true };
  }
}

/** Bytes as they are stored. */
export function bytesOf(value: unknown): Buffer {
  const { buffer, byteOffset, byteLength } = value as Uint8Array;
  return Buffer.from(buffer, byteOffset, byteLength);
}

function isUnsigned({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return logical?.type === "INTEGER" ? !logical.isSigned : (converted?.startsWith("UINT_") ?? false);
}

const times = (unit: TimeUnit): LeafValues => ({
  type: "time without time zone",
  write: (value) => timeText(toMicros(value, unit)),
});

const timestamps = (unit: TimeUnit): LeafValues => ({
  type: "timestamp with time zone",
  write: (value) => timestampText(toMicros(value, unit)),
});

function unitOf({ converted_type: converted, logical_type: logical }: SchemaElement): TimeUnit {
  if (logical && "unit" in logical) return logical.unit;
  return converted?.endsWith("MICROS") ? "MICROS" : "MILLIS";
}

function toMicros(value: unknown, unit: TimeUnit): bigint {
  const count = BigInt(value as number | bigint);
  if (unit === "MICROS") return count;
  if (unit === "MILLIS") return count * 1_000n;
  const rest = count % 1_000n;
  return (count - rest) / 1_000n - (rest < 0n ? 1n : 0n);
}

function decimals({ scale, logical_type: logical }: SchemaElement): LeafValues {
  const digits = (logical?.type === "DECIMAL" ? logical.scale : undefined) ?? scale ?? 0;
  if (!(digits >= 0 && digits <= MAX_SCALE)) throw new Error(`it has numbers with ${digits} digits behind the point`);
  return { type: "numeric", write: (value) => decimalText(unscaled(value), digits) };
}

function unscaled(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  if (value.length === 0) return 0n;
  return BigInt.asIntN(8 * value.length, BigInt(`0x${bytesOf(value).toString("hex")}`));
}

function decimalText(value: bigint, scale: number): string {
  if (scale === 0) return String(value);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const uuidText = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

/** A number of IEEE 754's 16 bits. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * 2 ** -14 * (fraction / 1024);
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}
