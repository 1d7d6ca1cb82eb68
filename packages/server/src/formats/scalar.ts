import { LOWER_T, MINUS, NINE, SPACE } from "./ascii.ts";
import type { JsonWriter } from "./json-writer.ts";

/** Writes a number with the digits it has, so that int8 and numeric lose nothing on the way. */
export function encodeNumber(text: Buffer, start: number, end: number, out: JsonWriter): void {
  const first = text[start] === MINUS ? text[start + 1] : text[start];
  if ((first as number) > NINE) out.nonFinite(text.toString("latin1", start, end));
  else out.copy(text, start, end);
}

/** Writes any text as a string. */
export function encodeString(text: Buffer, start: number, end: number, out: JsonWriter): void {
  out.string(text, start, end);
}

/** Writes a bool, `t` or `f`. */
export function encodeBool(text: Buffer, start: number, _end: number, out: JsonWriter): void {
  out.ascii(text[start] === LOWER_T ? "true" : "false");
}

/**
 * Writes json and jsonb as they are, on one line: raw newlines, carriage returns and tabs, the only
 * control characters that valid JSON has, between its tokens, become spaces. A comma and a newline must stay what separates rows.
 */
export function encodeJson(text: Buffer, start: number, end: number, out: JsonWriter): void {
  const from = out.at;
  out.copy(text, start, end);
  const { bytes, at } = out;
  for (let p = from; p < at; p++) {
    const c = bytes[p] as number;
    if (c < SPACE) bytes[p] = SPACE;
  }
}
