import type { TextWindow } from "./text-source.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** How a record ends: where the text does; 0. */
const NO_LINE_END = 0;
/** How a record ends: with a line feed. */
export const LF = 1;
const CR = 2;
const CRLF = 3;

/** The bytes of line ends, by their numbers. */
export const LINE_ENDS: readonly Buffer[] = ["", "\n", "\r", "\r\n"].map((text) => Buffer.from(text));

/** How the record ends whose fields end at `at`; -1 where the next byte would tell, which isn't there yet. */
export function lineEndAt({ bytes, end, last }: TextWindow, at: number): number {
  if (at >= end) return NO_LINE_END;
  if (bytes[at] === LINE_FEED) return LF;
  if (at + 1 < end) return bytes[at + 1] === LINE_FEED ? CRLF : CR;
  return last ? CR : -1;
}

/** Bytes of a line end. */
export const lengthOf = (lineEnd: number): number => (lineEnd === CRLF ? 2 : lineEnd === NO_LINE_END ? 0 : 1);

/** Where the line that `from` is in ends: at a line end's first byte, or the window's end. */
export function endOfLine({ bytes, end }: TextWindow, from: number): number {
  let p = from;
  while (p < end && bytes[p] !== LINE_FEED && bytes[p] !== CARRIAGE_RETURN) p++;
  return p;
}

/** Line ends in `text`. */
export function countLineEnds(text: Uint8Array): number {
  let count = 0;
  for (let p = 0; p < text.length; p++) {
    if (text[p] === LINE_FEED || (text[p] === CARRIAGE_RETURN && text[p + 1] !== LINE_FEED)) count++;
  }
  return count;
}
