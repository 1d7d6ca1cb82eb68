import type { Cell } from "./cell.ts";

const SPECIAL = /\r\n|[\r\n|\\<>]/g;

function escapeMatch(match: string): string {
  if (match === "<") return "&lt;";
  if (match === ">") return "&gt;";
  return match === "|" || match === "\\" ? `\\${match}` : "<br>";
}

/** One row of a Markdown (GFM) table; line ends inside a cell become `<br>`. */
export function encodeMarkdown(cells: readonly Cell[], nullText = ""): string {
  return `| ${cells.map((cell) => (cell ?? nullText).replace(SPECIAL, escapeMatch)).join(" | ")} |\n`;
}

/** The line that makes the one above it a Markdown table's head. */
export function markdownRule(columns: number): string {
  return `|${" --- |".repeat(columns)}\n`;
}
