import { BACKSLASH, NEWLINE, TAB } from "./ascii.ts";

/** What follows a backslash in COPY text, by byte; other bytes stand for themselves. */
export const COPY_ESCAPES: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => byte);
for (const [letter, byte] of Object.entries({ b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 })) {
  COPY_ESCAPES[letter.charCodeAt(0)] = byte;
}

/** Cuts chunks of COPY text into whole rows. */
export class RowSplitter {
  #pieces: Buffer[] = [];

  /**
   * Adds a chunk and returns the rows that are complete by now, or undefined where there are none.
   *
   * A row of many chunks is put together once, when its end has come, so that huge fields cost linear time.
   */
  push(chunk: Buffer): Buffer | undefined {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    const rest = end < chunk.length ? Buffer.from(chunk.subarray(end)) : undefined;
    if (end === 0) {
      if (rest !== undefined) this.#pieces.push(rest);
      return undefined;
    }
    const complete = chunk.subarray(0, end);
    const rows = this.#pieces.length === 0 ? complete : Buffer.concat([...this.#pieces, complete]);
    this.#pieces = rest === undefined ? [] : [rest];
    return rows;
  }
}

/** Finds the tab or newline that ends the field at `start`. */
export function fieldEnd(text: Buffer, start: number): number {
  let p = start;
  for (let c = text[p] as number; c !== TAB && c !== NEWLINE; c = text[++p] as number);
  return p;
}

/** Undoes COPY's escapes. */
export function unescapeCopy(text: Buffer, start: number, end: number): Buffer {
  const out = Buffer.allocUnsafe(end - start);
  let at = 0;
  for (let p = start; p < end; p++) {
    let c = text[p] as number;
    if (c === BACKSLASH) c = COPY_ESCAPES[text[++p] as number] as number;
    out[at++] = c;
  }
  return out.subarray(0, at);
}
