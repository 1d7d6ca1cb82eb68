/** Narrowest that a column is made before columns are left out. */
const NARROWEST = 8;
/** What the borders take: `│ ` and ` ` for each column, and the last `│`. */
const BORDER = 3;

/** Which columns are shown, and how wide. */
export interface Layout {
  /** Cells of each shown column, in order; the columns after them are left out. */
  readonly widths: readonly number[];
  /** Columns left out at the right. */
  readonly hidden: number;
}

/**
 * Fits columns of the `natural` widths into a terminal of `width` cells.
 *
 * The widest columns give way first, down to eight cells; then columns are left out from the right, with room kept
 * for a column that says so. Without a `width` nothing is cut.
 */
export function fitColumns(natural: readonly number[], width?: number): Layout {
  if (width === undefined) return { widths: natural, hidden: 0 };
  const shown = countFitting(natural, width);
  const hidden = natural.length - shown;
  const room = width - 1 - BORDER * shown - (hidden > 0 ? BORDER + 1 : 0);
  return { widths: shrink(natural.slice(0, shown), room), hidden };
}

function countFitting(natural: readonly number[], width: number): number {
  const least = natural.map((cells) => Math.min(cells, NARROWEST) + BORDER);
  if (least.reduce((sum, cells) => sum + cells, 1) <= width) return natural.length;
  let used = 1 + BORDER + 1;
  let shown = 0;
  for (const cells of least) {
    used += cells;
    if (used > width) break;
    shown += 1;
  }
  return Math.max(shown, 1);
}

function shrink(widths: readonly number[], room: number): number[] {
  const sumAt = (cap: number): number => widths.reduce((sum, cells) => sum + Math.min(cells, cap), 0);
  let cap = Math.max(...widths, 1);
  while (cap > 1 && sumAt(cap) > room) cap -= 1;
  let left = room - sumAt(cap);
  return widths.map((cells) => {
    const more = cells > cap && left > 0 ? 1 : 0;
    left -= more;
    return Math.min(cells, cap + more);
  });
}
