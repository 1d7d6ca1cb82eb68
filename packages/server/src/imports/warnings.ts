import type { ImportWarnings } from "@carto-ts/protocol";
import { LISTED_ROWS, type RejectedRows } from "./reader.ts";

/** Rows and values of a table that were left out. */
export interface LeftOut {
  rejected: RejectedRows;
  unread: RejectedRows;
  /** Name of the file, where an import has several. */
  file: string | undefined;
}

/** Warnings with what one more table left out. */
export function withRejected(
  warnings: ImportWarnings | null,
  { rejected, unread, file }: LeftOut,
): ImportWarnings | null {
  if (rejected.count === 0 && unread.count === 0) return warnings;
  const add = (before: RejectedRows | undefined, more: RejectedRows): RejectedRows =>
    joined(before, ofFile(more, file));
  return {
    ...warnings,
    ...(rejected.count > 0 ? { rejected_rows: add(warnings?.rejected_rows, rejected) } : {}),
    ...(unread.count > 0 ? { rejected_values: add(warnings?.rejected_values, unread) } : {}),
  };
}

const ofFile = ({ count, rows }: RejectedRows, file: string | undefined): RejectedRows => ({
  count,
  rows: file === undefined ? rows : rows.map((row) => ({ ...row, file })),
});

const joined = (before: RejectedRows | undefined, more: RejectedRows): RejectedRows => ({
  count: (before?.count ?? 0) + more.count,
  rows: [...(before?.rows ?? []), ...more.rows].slice(0, LISTED_ROWS),
});
