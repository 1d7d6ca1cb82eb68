import { BACKSLASH, LOWER_X } from "./ascii.ts";
import type { JsonWriter } from "./json-writer.ts";

/** The JSON array element of each byte with a comma behind, four bytes each, and how many of the four count. */
const DECIMALS: Buffer = Buffer.alloc(1024);
const LENGTHS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => DECIMALS.write(`${byte},`, byte * 4));

/** Writes a bytea as `{"type":"Buffer","data":[…]}`, one number a byte. */
export function encodeBytea(text: Buffer, start: number, end: number, out: JsonWriter): void {
  out.ascii('{"type":"Buffer","data":[');
  out.reserve((end - start) * 4);
  const before = out.at;
  if (text[start] === BACKSLASH && text[start + 1] === LOWER_X) writeHex(text, start + 2, end, out);
  else writeEscaped(text, start, end, out);
  if (out.at > before) out.at--;
  out.ascii("]}");
}

function writeHex(text: Buffer, start: number, end: number, out: JsonWriter): void {
  for (let p = start; p < end; p += 2) {
    writeByte((nibble(text[p] as number) << 4) | nibble(text[p + 1] as number), out);
  }
}

// `bytea_output = escape`, which a statement may have set: a doubled backslash, or a backslash and three octal digits.
function writeEscaped(text: Buffer, start: number, end: number, out: JsonWriter): void {
  for (let p = start; p < end; p++) {
    const c = text[p] as number;
    if (c !== BACKSLASH) writeByte(c, out);
    else if (text[p + 1] === BACKSLASH) writeByte(text[++p] as number, out);
    else {
      writeByte(Number.parseInt(text.toString("latin1", p + 1, p + 4), 8), out);
      p += 3;
    }
  }
}

function writeByte(byte: number, out: JsonWriter): void {
  const from = byte * 4;
  const bytes = out.bytes;
  const length = LENGTHS[byte] as number;
  let at = out.at;
  for (let i = 0; i < length; i++) bytes[at++] = DECIMALS[from + i] as number;
  out.at = at;
}

// PostgreSQL writes lower-case digits.
function nibble(digit: number): number {
  return digit < 0x3a ? digit - 0x30 : digit - 0x57;
}
