import { BACKSLASH } from "../../formats/ascii.ts";
import { COPY_ESCAPES } from "../../formats/copy-text.ts";

/** Letters for the bytes that GDAL puts behind a backslash as they are, by byte. */
const LETTERS = new Uint8Array(256);
for (const letter of Buffer.from("btnvfr")) LETTERS[COPY_ESCAPES[letter] as number] = letter;

/**
 * Writes tabs and line ends in values as letters behind their backslashes, in place, so that a line end ends a row.
 *
 * COPY reads both. One for each stream, for a backslash may be the last byte of a chunk.
 */
export class PlainEscapes {
  #isOpen = false;

  write(chunk: Buffer): void {
    // Where the byte behind a backslash is; 0 where there is none.
    let behind = this.#isOpen ? 0 : chunk.indexOf(BACKSLASH) + 1;
    if (behind === 0 && !this.#isOpen) return;
    for (; behind < chunk.length; behind++) {
      const letter = LETTERS[chunk[behind] as number] as number;
      if (letter !== 0) chunk[behind] = letter;
      this.#isOpen = false;
      behind = chunk.indexOf(BACKSLASH, behind + 1);
      if (behind < 0) return;
    }
    this.#isOpen = true;
  }
}
