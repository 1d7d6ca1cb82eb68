import type { ImportWarnings, RejectedRow } from "@carto-ts/sdk";
import { escapeControls } from "../output/escape.ts";
import { plural } from "../output/units.ts";
import { fitWidth } from "../output/width.ts";

/** Rows that are shown one by one. */
const SHOWN = 10;
/** Characters of a row that are shown. */
const WIDTH = 60;

/** What went not quite as wished, as texts of one or more lines each; what is of a row begins a line of its own. */
export function describeWarnings(warnings: ImportWarnings): string[] {
  const { rejected_rows: rows, rejected_values: values, rejected_layers: layers } = warnings;
  const { user_max_layers: mostLayers, max_tables_per_import: mostTables } = warnings;
  const texts: string[] = [];
  if (rows && rows.count > 0) texts.push(list(`${plural(rows.count, "row")} left out`, rows));
  if (values && values.count > 0) texts.push(list(`${plural(values.count, "value")} left empty`, values));
  if (layers && layers.length > 0) {
    const most = mostLayers === undefined ? "" : `, of which there may be ${mostLayers}`;
    texts.push(`the map is without the layers ${layers.map(escapeControls).join(", ")}${most}`);
  }
  if (mostTables !== undefined) texts.push(`only the first ${mostTables} tables were imported`);
  return texts;
}

function list(title: string, { count, rows }: { count: number; rows: readonly RejectedRow[] }): string {
  const shown = rows.slice(0, SHOWN);
  const lines = shown.map(({ row, reason, text }) => {
    const beginning = fitWidth(escapeControls(text), WIDTH);
    return `  row ${row}: ${escapeControls(reason)}${beginning === "" ? "" : `: ${beginning}`}`;
  });
  const rest = count - shown.length;
  const more = rest <= 0 ? [] : [`  … and ${rest} more${rows.length > SHOWN ? ` (--json has ${rows.length})` : ""}`];
  return [`${title}:`, ...lines, ...more].join("\n");
}
