const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/**
 * Finds where rows end in the JSON text of an array's items, without parsing them.
 *
 * Fed piece by piece, it remembers where it is; positions count from the first character since {@link reset}.
 */
export class RowScanner {
  /** Position after the last complete row, or -1. */
  rowEnd: number = -1;
  /** Position of the bracket that closes the array, or -1. */
  arrayEnd: number = -1;
  #position = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** Begins anew: the next piece starts at an item or at the array's end. */
  reset(): void {
    this.rowEnd = -1;
    this.arrayEnd = -1;
    this.#position = 0;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
  }

  /**
   * Reads on, and stops at the array's end.
   *
   * @returns `false` for text that can't be an array of objects.
   */
  read(piece: string): boolean {
    for (let at = 0; at < piece.length; at++) {
      if (this.#inString) at = this.#skipString(piece, at);
      else if (!this.#step(piece.charCodeAt(at), this.#position + at)) return this.arrayEnd >= 0;
    }
    this.#position += piece.length;
    return true;
  }

  #step(code: number, position: number): boolean {
    if (code === QUOTE) {
      this.#inString = true;
      return this.#depth > 0;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      this.#depth++;
      return true;
    }
    if (code !== CLOSE_BRACE && code !== CLOSE_BRACKET) {
      return this.#depth > 0 || code === COMMA || code <= 32;
    }
    if (this.#depth === 0) {
      if (code === CLOSE_BRACKET) this.arrayEnd = position;
      return false;
    }
    if (--this.#depth === 0) this.rowEnd = position + 1;
    return true;
  }

  // Returns the position of the string's last character in this piece.
  #skipString(piece: string, from: number): number {
    let at = from;
    for (; at < piece.length; at++) {
      if (this.#escaped) {
        this.#escaped = false;
        continue;
      }
      const code = piece.charCodeAt(at);
      if (code === BACKSLASH) this.#escaped = true;
      else if (code === QUOTE) {
        this.#inString = false;
        return at;
      }
    }
    return at;
  }
}
