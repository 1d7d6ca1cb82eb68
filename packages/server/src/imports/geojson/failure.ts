import { ImportError } from "../error.ts";
import { FileText } from "./file-text.ts";
import type { Unexpected } from "./json-scanner.ts";
import type { Window } from "./window.ts";

const INVALID_JSON = 3007;
const NEWLINE = 0x0a;
const PIECE_BYTES = 256 * 1024;
/** Characters that are shown of what was found. */
const SHOWN = 20;

/** Says what was expected and what was found instead, for people. */
export function describe({ at, expected }: Unexpected, window: Window): string {
  return `expected ${expected}, found ${at < window.end ? foundAt(window.scanner.bytes, at) : "the end of the file"}`;
}

/** Makes the error of an import that ends at a byte which isn't JSON; reads the file again to tell its line. */
export async function toInvalidJson(error: Unexpected, window: Window, path: string): Promise<ImportError> {
  const { line, column } = await placeOf(path, window.offsetOf(error.at));
  const what = describe(error, window);
  const advice = error.at < window.end ? "Correct it there" : "It may have been cut off there: get the whole of it";
  const message = `The file is no valid JSON: line ${line}, character ${column}: ${what}. ${advice} and import it again.`;
  return new ImportError(INVALID_JSON, message, { cause: error });
}

function foundAt(bytes: Buffer, at: number): string {
  let start = at;
  while (isWord(bytes[start - 1])) start--;
  let end = start;
  while (isWord(bytes[end]) && end - start < SHOWN) end++;
  const word = bytes.toString("latin1", start, end);
  if (/^-?(nan|inf(inity)?)$/i.test(word)) return `${word}, which JSON has not: write null`;
  return JSON.stringify(word || String.fromCodePoint(bytes.toString("utf8", at, at + 4).codePointAt(0) ?? 0));
}

/** Whether a byte is of a word or a number. */
const isWord = (byte: number | undefined): boolean => byte !== undefined && /[\w+.-]/.test(String.fromCharCode(byte));

/** Line and character of a byte of the text, from 1. */
async function placeOf(path: string, offset: number): Promise<{ line: number; column: number }> {
  await using text = await FileText.open(path);
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let line = 1;
  let column = 1;
  for (let left = offset; left > 0; ) {
    const read = await text.read(piece);
    if (read === 0) break;
    for (const byte of piece.subarray(0, Math.min(read, left))) {
      if (byte === NEWLINE) {
        line++;
        column = 1;
      } else if ((byte & 0xc0) !== 0x80) column++;
    }
    left -= read;
  }
  return { line, column };
}
