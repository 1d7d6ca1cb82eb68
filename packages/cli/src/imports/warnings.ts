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
  const { skipped_files: skipped } = warnings;
  const { user_max_layers: mostLayers, max_tables_per_import: mostTables } = warnings;
  const texts: string[] = [];
  if (rows && rows.count > 0) texts.push(list(`${plural(rows.count, "row")} left out`, rows));
  if (values && values.count > 0) texts.push(list(`${plural(values.count, "value")} left empty`, values));
  if (skipped && skipped.count > 0) texts.push(skippedFiles(skipped));
  if (layers && layers.length > 0) {
    const most = mostLayers === undefined ? "" : `, of which there may be ${mostLayers}`;
    texts.push(`the map is without the layers ${layers.map(escapeControls).join(", ")}${most}`);
  }
  if (mostTables !== undefined) texts.push(`only the first ${mostTables} tables were imported`);
  return texts;
}

function list(title: string, { count, rows }: { count: number; rows: readonly RejectedRow[] }): string {
  const shown = rows.slice(0, SHOWN);
  const lines = shown.map(({ row, reason, text, file }) => {
    const beginning = fitWidth(escapeControls(text), WIDTH);
    const of = file === undefined ? "" : ` of ${escapeControls(file)}`;
    return `  row ${row}${of}: ${escapeControls(reason)}${beginning === "" ? "" : `: ${beginning}`}`;
  });
  return [`${title}:`, ...lines, ...more(count, rows.length)].join("\n");
}

function skippedFiles({ count, files }: NonNullable<ImportWarnings["skipped_files"]>): string {
  const lines = files
    .slice(0, SHOWN)
    .map(({ name, reason }) => `  ${fitWidth(escapeControls(name), WIDTH)}: ${escapeControls(reason)}`);
  return [`${plural(count, "file")} left out:`, ...lines, ...more(count, files.length)].join("\n");
}

/** A line that says how many are not shown, and how many of them are known. */
function more(count: number, known: number): string[] {
  const rest = count - Math.min(known, SHOWN);
  return rest <= 0 ? [] : [`  … and ${rest} more${known > SHOWN ? ` (--json has ${known})` : ""}`];
}
