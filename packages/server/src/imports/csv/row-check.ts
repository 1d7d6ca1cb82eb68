import { isUtf8 } from "node:buffer";

const SPACE = 0x20;
const QUOTE = 0x22;

/** What a decoder writes where it can't read. */
const REPLACEMENT = Buffer.from("\ufffd");

/** How encodings are called in sentences. */
const nameOf = (encoding: string): string => encoding.toUpperCase().replace(/^WINDOWS/, "Windows");

/** Whether bytes of `text` are none of the encoding that it was read in. */
export function isBroken(text: Buffer, encoding: string): boolean {
  if (encoding === "utf-8") return !isUtf8(text);
  // UTF-16 can say U+FFFD itself.
  return !encoding.startsWith("utf-16") && text.includes(REPLACEMENT);
}

/** Why no row can be made of `text`; undefined when nothing is wrong with its bytes. */
export function byteFlaw(text: Buffer, encoding: string): string | undefined {
  if (text.includes(0)) return "it holds a NUL character";
  return isBroken(text, encoding) ? `it is not valid ${nameOf(encoding)}` : undefined;
}

/** Why a row of `fields` is none of a table of `columns`; undefined when it is, or can be padded to be one. */
export function countFlaw(fields: number, columns: number): string | undefined {
  // Trailing empty fields may be left out. A line without any delimiter is rather a remark, or a piece of another row.
  if (fields === columns || (fields < columns && fields > 1)) return undefined;
  return `it has ${fields} ${fields === 1 ? "field" : "fields"}, the header has ${columns}`;
}

/** Whether there is nothing in `bytes` from `from` to `to` but blanks and control characters other than NUL. */
export function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let p = from; p < to; p++) if ((bytes[p] as number) > SPACE || bytes[p] === 0) return false;
  return true;
}

/** Whether fields hold nothing: they are delimiters, quotes and blanks alone. */
export function areEmpty(fields: Uint8Array, delimiter: number): boolean {
  return fields.every((byte) => byte === delimiter || byte === QUOTE || byte === SPACE);
}

/** Length of `text` without a character at its end of which bytes are missing. */
export function wholeCharacters(text: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, text.length); back++) {
    const byte = text[text.length - back] as number;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < length ? text.length - back : text.length;
    }
  }
  return text.length;
}
