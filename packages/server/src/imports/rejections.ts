import type { RejectedRow } from "@carto-ts/protocol";
import { LISTED_ROWS, type RejectedRows } from "./reader.ts";

/** The rows that were left out: how many, and the first of them. */
export class Rejections {
  readonly #show: (text: Buffer) => string;
  readonly #rows: RejectedRow[] = [];
  #count = 0;
  #reason: string | undefined;
  #alike = true;

  /** @param show Makes what is shown of a row from its bytes. */
  constructor(show: (text: Buffer) => string) {
    this.#show = show;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether the next row will be listed, and not only counted. */
  get isListing(): boolean {
    return this.#rows.length < LISTED_ROWS;
  }

  /** The reason of all rows; undefined where there are several, or none. */
  get onlyReason(): string | undefined {
    return this.#alike ? this.#reason : undefined;
  }

  /** @param row Its number in the source, from 1. @param text The row's bytes, or those that it begins with. */
  add(row: number, reason: string, text: Buffer): void {
    this.#count++;
    this.#reason ??= reason;
    this.#alike &&= reason === this.#reason;
    if (this.isListing) this.#rows.push({ row, reason, text: this.#show(text) });
  }

  /** All that was added so far. */
  summary(): RejectedRows {
    return { count: this.#count, rows: [...this.#rows] };
  }
}

/** Bytes that a character of UTF-8 has at most. */
const CHARACTER = 4;

/** The first characters of a text, with `tidy` done to it before they are counted. */
export function beginning(text: Buffer, characters: number, tidy = (shown: string): string => shown): string {
  const shown = text.toString("utf8", 0, Math.min(text.length, characters * CHARACTER));
  return Array.from(tidy(shown)).slice(0, characters).join("");
}
