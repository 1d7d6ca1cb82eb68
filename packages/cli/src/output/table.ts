import type { Cell } from "./cell.ts";
import { escapeControls } from "./escape.ts";
import { fitColumns } from "./layout.ts";
import type { Style } from "./style.ts";
import { displayWidth, fitWidth, padWidth } from "./width.ts";

/** One column of a table on a terminal. */
export interface TableColumn {
  readonly name: string;
  /** `end` puts it to the right, as numbers are. */
  readonly align: "start" | "end";
}

/** How a table is drawn. */
export interface TableOptions {
  /** Cells of the terminal; nothing is cut without it. */
  width?: number;
  /** What stands for NULL. @defaultValue "NULL" */
  nullText?: string;
  /** Whether the names of the columns are shown. @defaultValue true */
  header?: boolean;
  style: Style;
}

/** A table that is written line by line, its widths settled by the first rows. */
export interface Table {
  /** Top border and header. */
  readonly head: string;
  /** Bottom border. */
  readonly foot: string;
  /** Columns that found no room. */
  readonly hidden: number;
  line(cells: readonly Cell[]): string;
}

// Longer text is cut before it is measured: a geometry of megabytes must not be split into graphemes.
const LONGEST = 4096;

function visible(cell: string): string {
  return escapeControls(cell.length > LONGEST ? cell.slice(0, LONGEST) : cell);
}

/** Draws a box table whose widths fit `sample`, its first rows; cells of later rows are cut to them. */
export function createTable(columns: readonly TableColumn[], sample: readonly Cell[][], options: TableOptions): Table {
  const { style, width, nullText = "NULL", header = true } = options;
  const names = columns.map((column) => visible(column.name));
  const natural = names.map((name, at) =>
    sample.reduce(
      (widest, row) => Math.max(widest, displayWidth(visible(row[at] ?? nullText))),
      header ? displayWidth(name) : 1,
    ),
  );
  const { widths, hidden } = fitColumns(natural, width);
  const more = hidden > 0 ? [1] : [];

  const rule = (left: string, middle: string, right: string): string =>
    style.dim(left + [...widths, ...more].map((cells) => "─".repeat(cells + 2)).join(middle) + right);
  const bar = style.dim("│");
  const draw = (texts: readonly string[]): string =>
    `${bar} ${(hidden > 0 ? [...texts, style.dim("…")] : texts).join(` ${bar} `)} ${bar}\n`;
  const place = (text: string, at: number): string => {
    const cells = widths[at] ?? 0;
    // Without a terminal's width nothing is lost: a longer cell only spoils the border.
    return padWidth(width === undefined ? text : fitWidth(text, cells), cells, columns[at]?.align);
  };

  const title = draw(widths.map((_, at) => style.bold(place(names[at] ?? "", at))));
  const top = `${rule("┌", "┬", "┐")}\n`;
  return {
    head: header ? `${top}${title}${rule("├", "┼", "┤")}\n` : top,
    foot: `${rule("└", "┴", "┘")}\n`,
    hidden,
    line: (cells) =>
      draw(
        widths.map((_, at) => {
          const cell = cells[at] ?? null;
          return cell === null ? style.dim(place(nullText, at)) : place(visible(cell), at);
        }),
      ),
  };
}
