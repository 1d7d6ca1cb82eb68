import type { Cell } from "./cell.ts";

const SPECIAL = /[\\\t\n\r\b\f\v]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  "\b": "\\b",
  "\f": "\\f",
  "\v": "\\v",
};

/** One tab-separated record with the escapes of PostgreSQL's COPY text format; NULL is `\N` unless told otherwise. */
export function encodeTsv(cells: readonly Cell[], nullText = "\\N"): string {
  const escaped = cells.map((cell) =>
    cell === null ? nullText : cell.replace(SPECIAL, (character) => ESCAPES[character] ?? character),
  );
  return `${escaped.join("\t")}\n`;
}
