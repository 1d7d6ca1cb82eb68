import { pgTypeName } from "@carto-ts/protocol";
import type { Column } from "../../db/result.ts";
import { HttpError } from "../../http/errors.ts";
import { BOOL, codecOf, NUMBER, STRING } from "../codec.ts";
import { JsonWriter } from "../json-writer.ts";
import { NUMBER_KINDS, type NumberType, Part } from "./part.ts";

/** A column under construction. */
export interface ColumnPart {
  /** All values so far. */
  readonly part: Part;
  /** Adds a row's value, in PostgreSQL's text. @throws {@link HttpError} 400 where the type can't hold it. */
  add(value: string | null): void;
}

/** Begins the part of a column: numbers by the end of its name, lists and bytes as parts of their own, texts else. */
export function columnPart(column: Column): ColumnPart {
  const { name, oid } = column;
  const { kind } = codecOf(oid);
  const pgType = pgTypeName(oid) ?? "";
  if (kind === NUMBER) return numbersOf(name, numberType(name, "float32"), Number);
  if (kind === BOOL) return numbersOf(name, numberType(name, "uint8"), (text) => (text === "t" ? 1 : 0));
  if (pgType === "bytea") return bytesOf(oid);
  if (pgType.startsWith("_") && kind !== STRING) return listsOf(column);
  return textsOf(oid);
}

function numberType(name: string, none: NumberType): NumberType {
  const end = name.slice(name.lastIndexOf("__") + 2);
  return name.includes("__") && Object.hasOwn(NUMBER_KINDS, end) ? (end as NumberType) : none;
}

/** A number as its type has it: whole numbers lose their fraction; NULL is NaN, or 0 where there is none. */
function fit(name: string, type: NumberType, value: number): number {
  if (type === "float32") return value;
  const { min, max } = NUMBER_KINDS[type];
  const whole = Math.trunc(value);
  if (type === "uintclamp8") return Math.min(max, Math.max(min, Math.round(value) || 0));
  if (whole >= min && whole <= max) return whole;
  throw new HttpError(400, `value ${value} of column "${name}" is out of range for ${type}`);
}

const nullOf = (type: NumberType): number => (type === "float32" ? Number.NaN : 0);

function numbersOf(name: string, type: NumberType, read: (text: string) => number): ColumnPart {
  const part = Part.numbers(type);
  const none = nullOf(type);
  return {
    part,
    add: (value) => part.number(type, value === null ? none : fit(name, type, read(value))),
  };
}

function textsOf(oid: number): ColumnPart {
  const part = Part.texts();
  const isText = codecOf(oid).kind === STRING;
  return { part, add: (value) => part.text(value === null ? "" : isText ? value : textOf(toJson(oid, value))) };
}

function bytesOf(oid: number): ColumnPart {
  const part = Part.parts();
  const add = (value: string | null): void => {
    const inner = Part.numbers("uint8");
    const { data } = (value === null ? { data: [] } : toJson(oid, value)) as { data: number[] };
    for (const byte of data) inner.number("uint8", byte);
    part.part(inner);
  };
  return { part, add };
}

/** Each list a part of its own, nested ones laid flat. */
function listsOf({ name, oid }: Column): ColumnPart {
  const part = Part.parts();
  const isNumeric = /^_(int|float|numeric|oid)/.test(pgTypeName(oid) ?? "");
  const type = numberType(name, "float32");
  const add = (value: string | null): void => {
    const inner = isNumeric ? Part.numbers(type) : Part.texts();
    const items = value === null ? [] : (toJson(oid, value) as unknown[]).flat(Infinity);
    for (const item of items) {
      if (isNumeric) inner.number(type, item === null ? nullOf(type) : fit(name, type, Number(item)));
      else inner.text(textOf(item));
    }
    part.part(inner);
  };
  return { part, add };
}

/** What format=json has for a value. */
function toJson(oid: number, value: string): unknown {
  const text = Buffer.from(value);
  const out = new JsonWriter("string");
  codecOf(oid).encode(text, 0, text.length, out);
  return JSON.parse(out.bytes.toString("utf8", 0, out.at));
}

function textOf(json: unknown): string {
  if (json === null) return "";
  return typeof json === "string" ? json : JSON.stringify(json);
}
