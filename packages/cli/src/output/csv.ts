import type { Cell } from "./cell.ts";

const SPECIAL = /[",\r\n]/;

function quote(cell: string, nullText: string): string {
  // An empty string is quoted, so that it can be told from NULL as PostgreSQL's COPY does.
  return cell === nullText || cell === "" || SPECIAL.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** One CSV record (RFC 4180 but for its line end, a bare newline), NULL as `nullText`. */
export function encodeCsv(cells: readonly Cell[], nullText = ""): string {
  let line = "";
  for (let at = 0; at < cells.length; at += 1) {
    const cell = cells[at] ?? null;
    line += (at === 0 ? "" : ",") + (cell === null ? nullText : quote(cell, nullText));
  }
  return `${line}\n`;
}
