import type { Synchronization } from "@carto-ts/sdk";
import type { Context } from "../context.ts";
import { writeFacts, writeJsonValue } from "../output/object.ts";
import type { Column } from "../output/records.ts";
import { formatEvery } from "../output/units.ts";

/** Columns of a list: what people want to know first, and what a line has room for. */
export const FOR_PEOPLE: readonly Column<Synchronization>[] = [
  { name: "dataset", align: "start", cell: ({ name }) => name },
  { name: "every", align: "start", cell: ({ interval }) => formatEvery(interval) },
  { name: "state", align: "start", cell: ({ state }) => state },
  { name: "ran", align: "start", cell: ({ ran_at: ran }) => ran },
  { name: "due", align: "start", cell: ({ run_at: due }) => due },
  { name: "error", align: "start", cell: ({ error_message: error }) => error },
];

/** Columns of a list in a pipe. */
export const FOR_PROGRAMS: readonly Column<Synchronization>[] = [
  { name: "dataset", align: "start", cell: ({ name }) => name },
  { name: "interval", align: "end", cell: ({ interval }) => String(interval) },
  { name: "state", align: "start", cell: ({ state }) => state },
  { name: "ran", align: "start", cell: ({ ran_at: ran }) => ran },
  { name: "due", align: "start", cell: ({ run_at: due }) => due },
  { name: "error_code", align: "end", cell: ({ error_code: code }) => (code === null ? null : String(code)) },
  { name: "id", align: "start", cell: ({ id }) => id },
];

/** Prints a synchronization: facts on a terminal, JSON otherwise. */
export async function writeSync(context: Context, sync: Synchronization): Promise<void> {
  if (context.machine) return writeJsonValue(context.io, sync);
  await writeFacts(context.io, [
    ["dataset", sync.name ?? undefined],
    ["url", sync.url],
    ["every", formatEvery(sync.interval)],
    ["state", sync.state],
    ["error", sync.error_message ?? undefined],
    ["failures", sync.retried_times > 0 ? String(sync.retried_times) : undefined],
    ["ran", sync.ran_at],
    ["due", sync.run_at ?? undefined],
    ["modified", sync.modified_at ?? undefined],
    ["created", sync.created_at],
    ["last import", sync.log_id ?? undefined],
    ["id", sync.id],
  ]);
}
