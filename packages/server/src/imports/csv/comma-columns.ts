import { COMMA } from "./kinds.ts";
import type { RowVisitor } from "./record-scanner.ts";
import { kindOf } from "./value-kind.ts";

const QUOTE = 0x22;
const COMMA_SIGN = 0x2c;
const POINT = 0x2e;

/** Writes the decimal commas of some columns as points, in place. */
export class CommaColumns implements RowVisitor {
  readonly #columns: readonly number[];

  /** @param columns Their indexes, from 0. */
  constructor(columns: readonly number[]) {
    this.#columns = columns;
  }

  onRow(bytes: Buffer, from: number, ends: Int32Array): void {
    for (const column of this.#columns) {
      const start = column === 0 ? from : (ends[column - 1] as number) + 1;
      const end = ends[column] as number;
      const quotes = bytes[start] === QUOTE ? 1 : 0;
      if (start >= end || kindOf(bytes, start + quotes, end - quotes) !== COMMA) continue;
      bytes[bytes.indexOf(COMMA_SIGN, start)] = POINT;
    }
  }
}
