import { toField } from "@carto-ts/protocol";
import type { Column, Notice, ResultStream } from "../db/result.ts";
import { encodeDocument, ROW_SEPARATOR } from "./document.ts";
import type { EncodeOptions, Encoding, Format } from "./format.ts";
import { RowEncoder } from "./row-encoder.ts";
import { layOut, type RowLayout } from "./row-layout.ts";
import { visibleColumns } from "./visible-columns.ts";

/**
 * CARTO's own format: `rows`, `time`, `fields`, `total_rows`, then `error` and the messages where there are any.
 *
 * Several results are one list of rows, with the last one's fields and total.
 *
 * @see docs/protocol/sql.md#json
 */
export const json: Format = {
  id: "json",
  mime: "application/json; charset=utf-8",
  extension: "json",
  shape: "any",
  encode: encodeJsonDocument,
};

function encodeJsonDocument(result: ResultStream, options: EncodeOptions): Encoding {
  return encodeDocument(result, {
    head: '{"rows":[',
    encoder: (columns) => new RowEncoder(planOf(columns, options).layout),
    tail(rows) {
      const { columns, rowCount, notices, droppedNotices } = result.summary();
      const end = endOf(columns, rowCount || rows, options);
      return `${end}${messagesOf(notices, droppedNotices)}}`;
    },
    failedTail(messages, rows, columns) {
      return `${endOf(columns, rows, options)},"error":${JSON.stringify(messages)}}`;
    },
  });
}

function endOf(columns: readonly Column[], total: number, options: EncodeOptions): string {
  const seconds = Math.round(performance.now() - options.startedAt) / 1000;
  return `],"time":${seconds},"fields":{${planOf(columns, options).fields}},"total_rows":${total}`;
}

/** What follows from the columns of a result alone. */
interface Plan {
  layout: RowLayout;
  /** The members of `fields`. */
  fields: string;
}

/** Plans without `skipfields`, kept as long as their columns: a connection keeps those of what it is often asked. */
const plans = new WeakMap<readonly Column[], Plan>();

function planOf(columns: readonly Column[], options: EncodeOptions): Plan {
  if (options.skipfields.size > 0) return makePlan(columns, options);
  const plan = plans.get(columns) ?? makePlan(columns, options);
  plans.set(columns, plan);
  return plan;
}

function makePlan(columns: readonly Column[], { skipfields, spatialTypes }: EncodeOptions): Plan {
  const visible = visibleColumns(columns, skipfields);
  // By hand, since an object would reorder names that look like numbers.
  const fields = columns
    .filter((_, index) => visible[index])
    .map((column) => `${JSON.stringify(column.name)}:${JSON.stringify(toField(column, spatialTypes))}`);
  const layout = layOut(columns, { open: `${ROW_SEPARATOR}{`, close: "}", nonFinite: "string", visible });
  return { layout, fields: fields.join(",") };
}

/** One array for each severity, in the order they first came. How many were dropped ends the last of them. */
function messagesOf(notices: readonly Notice[], dropped: number): string {
  if (notices.length === 0 && dropped === 0) return "";
  const bySeverity = new Map<string, string[]>();
  for (const { severity, message } of notices) {
    const messages = bySeverity.get(severity);
    if (messages === undefined) bySeverity.set(severity, [message]);
    else messages.push(message);
  }
  if (dropped > 0) {
    const severity = [...bySeverity.keys()].at(-1) ?? "notice";
    bySeverity.set(severity, [...(bySeverity.get(severity) ?? []), `${dropped} further messages were dropped`]);
  }
  return [...bySeverity].map(([severity, messages]) => `,"${severity}s":${JSON.stringify(messages)}`).join("");
}
