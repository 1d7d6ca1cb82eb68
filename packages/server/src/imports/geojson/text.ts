import { unescapeCopy } from "../../formats/copy-text.ts";

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const REPLACEMENT = 0xfffd;

/** What COPY wants instead of these characters, by their codes: a letter behind a backslash. */
const COPY_LETTERS: ReadonlyMap<number, number> = new Map(
  Object.entries({ 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 92: "\\" }).map(([code, letter]) => [
    Number(code),
    letter.charCodeAt(0),
  ]),
);

/** Reads what a JSON string has between its quotes. */
export function parseString(spelling: Buffer): string {
  return JSON.parse(`"${spelling.toString()}"`) as string;
}

/** Reads JSON as text, without the whitespace between its tokens. */
export function compactJson(bytes: Buffer, start: number, end: number): string {
  const out = Buffer.allocUnsafe(2 * (end - start));
  return unescapeCopy(out, 0, writeJson(bytes, { start, end }, { out, at: 0 })).toString();
}

/** Puts U+FFFD in place of what PostgreSQL has no text for: NUL and halves of surrogate pairs. */
export function mendText(text: string): string {
  return Buffer.from(text).toString().replaceAll("\0", "\ufffd");
}

/**
 * Writes what a JSON string has between its quotes as a field of COPY text.
 *
 * JSON's escapes are COPY's as well, but for `\u`: that becomes the character it stands for, mended as by
 * {@link mendText}.
 *
 * @param out Has room for as many bytes as the string has.
 * @returns Where the next byte goes.
 */
export function writeUnescaped(
  bytes: Buffer,
  { start, end }: { start: number; end: number },
  { out, at }: { out: Buffer; at: number },
): number {
  let o = at;
  let p = start;
  while (p < end) {
    const c = bytes[p++] as number;
    out[o++] = c;
    if (c !== BACKSLASH) continue;
    const letter = bytes[p++] as number;
    if (letter !== LOWER_U) {
      out[o++] = letter;
      continue;
    }
    let code = hexAt(bytes, p);
    p += 4;
    if (isHigh(code) && p + 6 <= end && bytes[p] === BACKSLASH && bytes[p + 1] === LOWER_U) {
      const low = hexAt(bytes, p + 2);
      if (isLow(low)) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
      }
    }
    o = writeCharacter(code, out, o - 1);
  }
  return o;
}

const isHigh = (code: number): boolean => code >= 0xd800 && code < 0xdc00;
const isLow = (code: number): boolean => code >= 0xdc00 && code < 0xe000;

function hexAt(bytes: Buffer, start: number): number {
  let value = 0;
  for (let p = start; p < start + 4; p++) {
    const c = bytes[p] as number;
    value = (value << 4) | ((c & 15) + (c > 0x40 ? 9 : 0));
  }
  return value;
}

function writeCharacter(found: number, out: Buffer, at: number): number {
  const letter = COPY_LETTERS.get(found);
  let o = at;
  if (letter !== undefined) {
    out[o++] = BACKSLASH;
    out[o++] = letter;
    return o;
  }
  const code = found === 0 || isHigh(found) || isLow(found) ? REPLACEMENT : found;
  if (code < 0x80) out[o++] = code;
  else if (code < 0x800) {
    out[o++] = 0xc0 | (code >> 6);
    out[o++] = 0x80 | (code & 63);
  } else if (code < 0x10000) {
    out[o++] = 0xe0 | (code >> 12);
    out[o++] = 0x80 | ((code >> 6) & 63);
    out[o++] = 0x80 | (code & 63);
  } else {
    out[o++] = 0xf0 | (code >> 18);
    out[o++] = 0x80 | ((code >> 12) & 63);
    out[o++] = 0x80 | ((code >> 6) & 63);
    out[o++] = 0x80 | (code & 63);
  }
  return o;
}

/**
 * Writes JSON as a field of COPY text, without the whitespace between its tokens.
 *
 * @param out Has room for twice as many bytes as the JSON has.
 * @returns Where the next byte goes.
 */
export function writeJson(
  bytes: Buffer,
  { start, end }: { start: number; end: number },
  { out, at }: { out: Buffer; at: number },
): number {
  let o = at;
  let quoted = false;
  for (let p = start; p < end; p++) {
    const c = bytes[p] as number;
    if (c <= 0x20 && !quoted) continue;
    out[o++] = c;
    if (c === 0x22) quoted = !quoted;
    else if (c === BACKSLASH) {
      out[o++] = BACKSLASH;
      const next = bytes[++p] as number;
      out[o++] = next;
      if (next === BACKSLASH) out[o++] = BACKSLASH;
    }
  }
  return o;
}

/** Escapes JSON text without line breaks for COPY text. */
export const escapeCopy = (json: string): string => json.replaceAll("\\", "\\\\");
