import type { RejectedRow } from "@carto-ts/protocol";
import { LISTED_ROWS, type RejectedRows } from "../reader.ts";

/** Characters that are shown of a row, and bytes that they may take. */
const SHOWN = 100;
const SHOWN_BYTES = 4 * SHOWN;

/** Collects the rows that can't be taken. */
export class Rejections {
  readonly #rows: RejectedRow[] = [];
  /** How many there are. */
  count = 0;
  /** Whether all were rejected for one reason; undefined while there are none. */
  #reason: string | undefined;
  #alike = true;

  /** Whether the next row will be listed, and not only counted. */
  get isListing(): boolean {
    return this.#rows.length < LISTED_ROWS;
  }

  /** The reason of all rows; undefined where there are several, or none. */
  get onlyReason(): string | undefined {
    return this.#alike ? this.#reason : undefined;
  }

  /** @param row What people call the row. @param source The row's bytes; its beginning does. */
  add(row: number, reason: string, source: Buffer): void {
    this.count++;
    this.#reason ??= reason;
    this.#alike &&= reason === this.#reason;
    if (!this.isListing) return;
    const text = source.toString("utf8", 0, Math.min(source.length, SHOWN_BYTES)).replace(/[\s\p{Cc}]+/gu, " ");
    this.#rows.push({ row, reason, text: [...text.trim()].slice(0, SHOWN).join("") });
  }

  /** All so far. */
  facts(): RejectedRows {
    return { count: this.count, rows: this.#rows };
  }
}
