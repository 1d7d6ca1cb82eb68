import { CLOSE_PARENTHESIS, COMMA } from "./ascii.ts";
import type { JsonWriter } from "./json-writer.ts";
import { encodeNumber } from "./scalar.ts";

/** Writes a point, `(x,y)`, as `{"x":…,"y":…}`. */
export function encodePoint(text: Buffer, start: number, end: number, out: JsonWriter): void {
  writeCoordinates(text, start, end, out);
  out.ascii("}");
}

/** Writes a circle, `<(x,y),r>`, as `{"x":…,"y":…,"radius":…}`. */
export function encodeCircle(text: Buffer, start: number, end: number, out: JsonWriter): void {
  const close = text.indexOf(CLOSE_PARENTHESIS, start);
  writeCoordinates(text, start + 1, close + 1, out);
  out.ascii(',"radius":');
  encodeNumber(text, close + 2, end - 1, out);
  out.ascii("}");
}

function writeCoordinates(text: Buffer, start: number, end: number, out: JsonWriter): void {
  const comma = text.indexOf(COMMA, start);
  out.ascii('{"x":');
  encodeNumber(text, start + 1, comma, out);
  out.ascii(',"y":');
  encodeNumber(text, comma + 1, end - 1, out);
}
