import type { Context } from "../context.ts";
import { formatDuration, plural } from "../output/units.ts";

/** What a statement without rows did, on stderr. */
export function sayOutcome(context: Context, summary: { total_rows?: number; time?: number }): void {
  const time = summary.time === undefined ? "" : `, ${formatDuration(summary.time * 1000)}`;
  context.say(`OK, ${plural(summary.total_rows ?? 0, "row")}${time}`);
}
