import type { Carto } from "@carto-ts/sdk";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import type { ExitCode } from "../exit.ts";
import { type Failure, toFailure } from "../failure.ts";
import { type Outcome, runPool } from "../imports/pool.ts";
import { writeJsonValue } from "../output/object.ts";
import { ProgressBoard } from "../output/progress.ts";
import { openSink, writeChunk } from "../output/sink.ts";
import { formatBytes, formatDuration, plural } from "../output/units.ts";
import { reportFailure } from "../report.ts";
import { LossNotes } from "./losses.ts";
import { type ExportItem, type PlanFlags, planExports } from "./plan.ts";

/** Options of `export`. */
export interface ExportFlags extends PlanFlags {
  progress?: "auto" | "json" | "none";
}

/** A file that was made. */
interface Exported {
  output: string;
  format: string;
  bytes: number;
}

/** Exports that run at a time: the server makes one while another is written. */
const AT_ONCE = 2;

/** Failures of the connection or the key: what follows would fail as well. */
const OF_ALL = new Set(["authentication", "connection"]);

/** `export`: tables or a query into files, each whole or not at all. */
export async function exportTables(
  context: Context,
  [targets]: readonly [readonly string[]],
  flags: ExportFlags,
): Promise<ExitCode | undefined> {
  const carto = await context.carto();
  const { items, several } = await planExports(context, carto, targets, flags);
  const run = new ExportRun(context, carto, { flags, several });
  const [only] = items;
  if (!several && only) {
    context.doing = `export ${only.label}`;
    const exported = await run.one(only);
    if (context.flags.json && only.path !== "-") await writeJsonValue(context.io, exported);
    return undefined;
  }
  if (items.length === 0) context.warn("there are no tables");
  const outcomes = await runPool(items, {
    width: AT_ONCE,
    run: (item) => run.one(item),
    endsAll: (error) => context.signal.aborted || OF_ALL.has(toFailure(error).code),
  });
  if (context.signal.aborted) throw context.signal.reason;
  run.losses.say();
  await writeOutcomes(context, items, outcomes);
  const untried = outcomes.filter((outcome) => outcome === undefined).length;
  if (untried > 0) context.say(`${plural(untried, "export")} not begun`);
  return outcomes.map(failureOf).find((failure) => failure !== undefined)?.exit;
}

/** What the exports of one command have in common. */
class ExportRun {
  readonly losses: LossNotes;
  readonly #context: Context;
  readonly #carto: Carto;
  readonly #several: boolean;
  readonly #board: ProgressBoard;
  /** Whether the data itself goes to the terminal that a bar would be drawn on. */
  readonly #drawsOverData: boolean;

  constructor(context: Context, carto: Carto, { flags, several }: { flags: ExportFlags; several: boolean }) {
    this.#context = context;
    this.#carto = carto;
    this.#several = several;
    this.losses = new LossNotes(context, carto);
    this.#drawsOverData = (flags.output ?? "-") === "-" && context.io.stdout.isTTY === true;
    const mode = this.#drawsOverData ? "off" : context.progressMode(flags.progress);
    this.#board = new ProgressBoard({ stream: context.io.stderr, mode });
  }

  /** Makes a file, and tells on stderr how that went. */
  async one(item: ExportItem): Promise<Exported> {
    if (item.format.binary && item.path === "-" && this.#drawsOverData) {
      throw new CommandError(`${item.format.title} is binary, nothing for a terminal`, "write it to a file with -o");
    }
    const started = performance.now();
    try {
      await this.losses.look(item, { several: this.#several });
      const bytes = await this.#write(item);
      this.#board.clear();
      if (item.path !== "-") {
        const ms = performance.now() - started;
        this.#context.say(`exported ${item.label} to ${item.path}, ${formatBytes(bytes)} in ${formatDuration(ms)}`);
      }
      if (!this.#several) this.losses.say();
      return { output: item.path, format: item.format.id, bytes };
    } catch (error) {
      this.#board.clear();
      if (this.#several) this.#report(item, error);
      throw error;
    }
  }

  async #write({ q, path, format, name, skipfields, readOnly }: ExportItem): Promise<number> {
    const { io, signal } = this.#context;
    const sink = await openSink(io, path);
    const progress = this.#board.add(path === "-" ? "stdout" : path);
    let bytes = 0;
    try {
      const params = { format: format.id, filename: `${name}.${format.extension}`, skipfields };
      for await (const chunk of await this.#carto.sql.export(q, params, { signal, readOnly })) {
        await sink.write(chunk);
        bytes += chunk.length;
        progress.update({ bytes });
      }
      await sink.commit();
      return bytes;
    } catch (error) {
      await sink.discard();
      throw error;
    } finally {
      progress.stop();
    }
  }

  #report({ label }: ExportItem, error: unknown): void {
    const { io, flags, signal } = this.#context;
    if (signal.aborted) return;
    reportFailure(io, toFailure(error), {
      doing: `export ${label}`,
      json: flags.json === true,
      verbose: flags.verbose,
    });
  }
}

function failureOf(outcome: Outcome<unknown> | undefined): Failure | undefined {
  return outcome && "error" in outcome ? toFailure(outcome.error) : undefined;
}

/** On stdout, in the order of the tables: the files' names, a line each, or with `--json` everything. */
async function writeOutcomes(
  context: Context,
  items: readonly ExportItem[],
  outcomes: readonly (Outcome<Exported> | undefined)[],
): Promise<void> {
  const { io, flags } = context;
  if (flags.json) {
    return writeJsonValue(
      io,
      outcomes.map((outcome, at) => ({ source: items[at]?.label, ...resultOf(outcome) })),
    );
  }
  if (io.stdout.isTTY) return;
  const files = outcomes.flatMap((outcome) => (outcome && "value" in outcome ? [`${outcome.value.output}\n`] : []));
  await writeChunk(io.stdout, files.join(""), io.signal);
}

function resultOf(outcome: Outcome<Exported> | undefined): object {
  const failure = failureOf(outcome);
  if (!failure) return outcome && "value" in outcome ? outcome.value : { error: null };
  const { exit: _exit, ...error } = failure;
  return { error };
}
