import type { Carto, Job } from "@carto-ts/sdk";
import type { Context } from "../context.ts";
import type { ExitCode } from "../exit.ts";
import { Interrupted } from "../io.ts";
import { writeFacts, writeJsonValue } from "../output/object.ts";
import { writeChunk } from "../output/sink.ts";
import { createStyle } from "../output/style.ts";
import { createTable } from "../output/table.ts";
import { formatDuration, plural } from "../output/units.ts";

/** How a job is waited for. */
export interface WaitFlags {
  detach?: boolean;
  /** Seconds. */
  interval?: number;
}

/** Milliseconds that a job interrupted by the user has to be cancelled in. */
const CANCEL_MS = 10_000;

/** Says which job was created, so that it isn't lost whatever happens next; gives its id. */
export function announceJob(context: Context, job: Job): string {
  context.say(`job ${job.job_id} created`);
  return job.job_id;
}

/** Waits for a job and prints it. An interruption cancels the job unless `--detach` was given. */
export async function waitForJob(
  context: Context,
  carto: Carto,
  id: string,
  flags: WaitFlags,
): Promise<ExitCode | undefined> {
  context.doing = `wait for job ${id}`;
  let status = "";
  const onProgress = (job: Job): void => {
    if (job.status !== status) context.say(`job ${id} is ${job.status}`);
    status = job.status;
  };
  const interval = flags.interval === undefined ? {} : { interval: flags.interval * 1000 };
  try {
    const job = await carto.batch.wait(id, { signal: context.signal, onProgress, ...interval });
    await writeJob(context, job);
    return undefined;
  } catch (error) {
    if (context.signal.reason instanceof Interrupted) await leaveJob(context, carto, id, flags.detach === true);
    else if (context.signal.aborted) context.say(`job ${id} goes on; wait for it again: carto-ts job wait ${id}`);
    throw error;
  }
}

async function leaveJob(context: Context, carto: Carto, id: string, detach: boolean): Promise<void> {
  if (detach) return context.say(`job ${id} goes on; wait for it again: carto-ts job wait ${id}`);
  try {
    const job = await carto.batch.cancel(id, { signal: AbortSignal.timeout(CANCEL_MS) });
    context.say(`job ${id} is ${job.status}`);
  } catch {
    context.warn(`job ${id} could not be cancelled and may still run: carto-ts job cancel ${id}`);
  }
}

/** Prints one job: for people on a terminal, as JSON otherwise. */
export async function writeJob(context: Context, job: Job): Promise<void> {
  if (context.machine) return writeJsonValue(context.io, job);
  const took = Date.parse(job.updated_at) - Date.parse(job.created_at);
  await writeFacts(context.io, [
    ["job", job.job_id],
    ["status", job.status],
    ["reason", job.failed_reason],
    ["fallback", job.fallback_status],
    ["created", job.created_at],
    ["updated", `${job.updated_at} (${formatDuration(took)} later)`],
    ...queriesOf(job).map(({ query, status }) => ["query", status ? `[${status}] ${query}` : query] as const),
  ]);
}

/** Prints jobs: a table on a terminal, a JSON array otherwise. */
export async function writeJobs(context: Context, jobs: readonly Job[]): Promise<void> {
  const { io } = context;
  if (context.machine) return writeJsonValue(io, jobs);
  const names = ["job", "status", "created", "query"] as const;
  const rows = jobs.map((job) => [job.job_id, job.status, job.created_at, queriesOf(job)[0]?.query ?? null]);
  const table = createTable(
    names.map((name) => ({ name, align: "start" })),
    rows,
    { width: io.stdout.columns ?? 80, style: createStyle(io.stdout, io.env) },
  );
  if (rows.length > 0) await writeChunk(io.stdout, table.head + rows.map(table.line).join("") + table.foot, io.signal);
  context.say(plural(rows.length, "job"));
}

function queriesOf(job: Job): readonly { query: string; status?: string }[] {
  if (typeof job.query === "string") return [{ query: job.query }];
  return Array.isArray(job.query) ? job.query : job.query.query;
}
