import type { RejectedRow } from "@carto-ts/protocol";
import { LISTED_ROWS, type RejectedRows } from "../reader.ts";

/** Characters of a rejected row that are shown. */
const SHOWN = 80;
/** Bytes that a character has at most. */
const CHARACTER = 4;

/** The rows that were left out: how many, and the first of them. */
export class Rejections {
  readonly #rows: RejectedRow[] = [];
  #count = 0;

  /** @param row Line that the row begins in, from 1. @param text The row's bytes, or those that it begins with. */
  add(row: number, reason: string, text: Buffer): void {
    this.#count++;
    if (this.#rows.length < LISTED_ROWS) this.#rows.push({ row, reason, text: beginning(text) });
  }

  /** All that was added so far. */
  summary(): RejectedRows {
    return { count: this.#count, rows: [...this.#rows] };
  }
}

function beginning(text: Buffer): string {
  const shown = text.toString("utf8", 0, Math.min(text.length, SHOWN * CHARACTER));
  // PostgreSQL keeps no NUL, not even in JSON.
  return Array.from(shown).slice(0, SHOWN).join("").replaceAll("\0", "␀");
}
