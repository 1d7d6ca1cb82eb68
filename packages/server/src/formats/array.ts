import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COMMA, EQUALS, OPEN_BRACE, OPEN_BRACKET, QUOTE } from "./ascii.ts";
import type { JsonWriter, ValueEncoder } from "./json-writer.ts";

/**
 * Makes an encoder of arrays out of one of their elements: nested JSON arrays, nulls kept, lower bounds (`[0:2]=…`)
 * dropped.
 *
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export function arrayOf(element: ValueEncoder): ValueEncoder {
  return (text, start, end, out) => {
    let p = text[start] === OPEN_BRACKET ? text.indexOf(EQUALS, start) + 1 : start;
    while (p < end) {
      const c = text[p] as number;
      if (c === OPEN_BRACE) out.byte(OPEN_BRACKET);
      else if (c === CLOSE_BRACE) out.byte(CLOSE_BRACKET);
      else if (c === COMMA) out.byte(COMMA);
      else {
        p = c === QUOTE ? writeQuoted(text, p + 1, out, element) : writeBare(text, p, out, element);
        continue;
      }
      p++;
    }
  };
}

/** Writes an element without quotes; returns where it ends. */
function writeBare(text: Buffer, start: number, out: JsonWriter, element: ValueEncoder): number {
  let end = start;
  for (let c = text[end]; c !== COMMA && c !== CLOSE_BRACE && c !== undefined; c = text[end]) end++;
  // Only NULL itself is bare: a text of these letters comes quoted.
  if (end - start === 4 && text.toString("latin1", start, end) === "NULL") out.ascii("null");
  else element(text, start, end, out);
  return end;
}

/** Writes an element that began with a quote just before `start`; returns where it ends, behind the closing one. */
function writeQuoted(text: Buffer, start: number, out: JsonWriter, element: ValueEncoder): number {
  let end = start;
  let escapes = 0;
  for (let c = text[end]; c !== QUOTE && c !== undefined; c = text[end]) {
    if (c === BACKSLASH) {
      escapes++;
      end++;
    }
    end++;
  }
  if (escapes === 0) element(text, start, end, out);
  else {
    const value = unescapeElement(text, start, end, escapes);
    element(value, 0, value.length, out);
  }
  return end + 1;
}

function unescapeElement(text: Buffer, start: number, end: number, escapes: number): Buffer {
  const value = Buffer.allocUnsafe(end - start - escapes);
  let at = 0;
  for (let p = start; p < end; p++) {
    if (text[p] === BACKSLASH) p++;
    value[at++] = text[p] as number;
  }
  return value;
}
