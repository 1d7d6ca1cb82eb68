import {
  type Carto,
  type CreateDatasetOptions,
  type CreatedDatasets,
  type CreateProgress,
  ImportError,
} from "@carto-ts/sdk/node";
import type { Context } from "../context.ts";
import type { ExitCode } from "../exit.ts";
import { type Failure, toFailure } from "../failure.ts";
import { writeJsonValue } from "../output/object.ts";
import { ProgressBoard, type ProgressState } from "../output/progress.ts";
import { writeChunk } from "../output/sink.ts";
import { formatBytes, formatDuration, formatEvery, plural } from "../output/units.ts";
import { reportFailure } from "../report.ts";
import { type Outcome, runPool } from "./pool.ts";
import { createFrom, type ImportSource, readSources, refuseUnsynced } from "./source.ts";
import { describeWarnings } from "./warnings.ts";

/** Options of `import`. */
export interface ImportFlags {
  name?: string;
  privacy?: "private" | "public" | "link";
  overwrite?: boolean;
  skip?: boolean;
  /** Seconds between two looks at the URL; 0 is only when asked. */
  sync?: number;
  guess: boolean;
  decimalComma?: boolean;
  srs?: string;
  progress?: "auto" | "json" | "none";
}

/** Imports that run at a time: as many as an account of CARTO's may have. */
const AT_ONCE = 3;

/** Failures of the connection or the key: what follows would fail as well. */
const OF_ALL = new Set(["authentication", "connection"]);

/** `import`: each source on its own, so that one that fails leaves the others. */
export async function importSources(
  context: Context,
  [given]: readonly [readonly string[]],
  flags: ImportFlags,
): Promise<ExitCode | undefined> {
  const sources = await readSources(given, flags.name);
  if (flags.sync !== undefined) refuseUnsynced(sources, flags);
  const carto = await context.carto();
  const run = new ImportRun(context, carto, { flags, alone: sources.length === 1 });
  context.doing = `import ${sources[0]?.label}`;
  const outcomes = await runPool(sources, {
    width: AT_ONCE,
    run: (source) => run.one(source),
    endsAll: (error) => context.signal.aborted || OF_ALL.has(toFailure(error).code),
  });
  if (context.signal.aborted) throw context.signal.reason;
  const [first] = outcomes;
  if (sources.length === 1 && first && "error" in first) throw first.error;
  await writeOutcomes(context, sources, outcomes);
  const untried = outcomes.filter((outcome) => outcome === undefined).length;
  if (untried > 0) context.say(`${plural(untried, "import")} not begun`);
  return outcomes.map(failureOf).find((failure) => failure !== undefined)?.exit;
}

/** What the imports of one command have in common. */
class ImportRun {
  readonly #context: Context;
  readonly #carto: Carto;
  readonly #flags: ImportFlags;
  /** Whether the one failure there can be is told by whoever ran the command. */
  readonly #alone: boolean;
  readonly #board: ProgressBoard;

  constructor(context: Context, carto: Carto, { flags, alone }: { flags: ImportFlags; alone: boolean }) {
    this.#context = context;
    this.#carto = carto;
    this.#flags = flags;
    this.#alone = alone;
    const mode = context.progressMode(flags.progress);
    this.#board = new ProgressBoard({ stream: context.io.stderr, mode });
  }

  /** Imports a source, and tells on stderr how that went. */
  async one(source: ImportSource): Promise<CreatedDatasets> {
    const { io } = this.#context;
    const started = performance.now();
    const progress = this.#board.add(source.label);
    let bytes = 0;
    const onProgress = (event: CreateProgress): void => {
      bytes = Math.max(bytes, event.bytes);
      progress.update(stateOf(event));
    };
    try {
      const created = await createFrom(this.#carto, source, { io, options: this.#options(onProgress) });
      progress.stop();
      this.#board.clear();
      this.#context.say(summaryOf(source, created, { bytes, ms: performance.now() - started }));
      this.#warn(source, created.warnings);
      return created;
    } catch (error) {
      progress.stop();
      this.#board.clear();
      this.#report(source, error);
      throw error;
    }
  }

  #options(onProgress: (event: CreateProgress) => void): CreateDatasetOptions {
    const { name, privacy, overwrite, skip, sync, guess, decimalComma, srs } = this.#flags;
    return {
      name,
      privacy,
      syncInterval: sync,
      collisionStrategy: overwrite ? "overwrite" : skip ? "skip" : undefined,
      typeGuessing: guess ? undefined : false,
      decimalComma,
      srs,
      signal: this.#context.signal,
      onProgress,
    };
  }

  #report(source: ImportSource, error: unknown): void {
    const { io, flags, signal } = this.#context;
    if (signal.aborted) return;
    if (error instanceof ImportError) this.#warn(source, error.warnings);
    if (this.#alone) return;
    const failure = toFailure(error);
    const doing = failure.code.startsWith("import_") ? undefined : `import ${source.label}`;
    reportFailure(io, failure, { doing, json: flags.json === true, verbose: flags.verbose });
  }

  // As JSON they are a part of the result.
  #warn({ label }: ImportSource, warnings: CreatedDatasets["warnings"]): void {
    if (this.#context.flags.json) return;
    for (const text of describeWarnings(warnings)) this.#context.warn(`${label}: ${text}`);
  }
}

const PHASES: Readonly<Record<string, string>> = { enqueued: "queued", pending: "queued", uploading: "downloading" };

function stateOf({ phase, state, bytes, totalBytes, rows }: CreateProgress): ProgressState {
  const told = phase === "upload" ? "uploading" : (PHASES[state ?? ""] ?? state ?? "importing");
  // The rows are in the database by then; it makes the table of them, and its indexes.
  const isRead = told === "importing" && totalBytes !== undefined && bytes >= totalBytes;
  return {
    phase: isRead ? "indexing" : told,
    bytes: isRead ? 0 : bytes,
    ...(totalBytes !== undefined && { total: totalBytes }),
    ...(rows !== undefined && rows > 0 && { rows }),
  };
}

function summaryOf(
  { label }: ImportSource,
  { datasets, synchronization }: CreatedDatasets,
  { bytes, ms }: { bytes: number; ms: number },
): string {
  const [only, ...others] = datasets;
  if (!only) return `${label}: nothing imported, for there is a dataset of that name`;
  const tables = datasets.map(({ name, rows }) => `${name} (${plural(rows, "row")})`);
  const every = synchronization ? `, synchronized ${everyOf(synchronization.interval)}` : "";
  const into = others.length === 0 ? `${only.name}: ${plural(only.rows, "row")}` : `${tables.join(", ")}:`;
  const size = bytes > 0 ? `${formatBytes(bytes)} ` : "";
  return `imported ${label} into ${into}${others.length === 0 ? ", " : " "}${size}in ${formatDuration(ms)}${every}`;
}

const everyOf = (interval: number): string => (interval === 0 ? "when asked" : `every ${formatEvery(interval)}`);

function failureOf(outcome: Outcome<unknown> | undefined): Failure | undefined {
  return outcome && "error" in outcome ? toFailure(outcome.error) : undefined;
}

/** On stdout, in the order of the sources: the tables' names, a line each, or with `--json` everything. */
async function writeOutcomes(
  context: Context,
  sources: readonly ImportSource[],
  outcomes: readonly (Outcome<CreatedDatasets> | undefined)[],
): Promise<void> {
  const { io, flags } = context;
  if (flags.json) {
    const list = outcomes.map((outcome, at) => ({ source: sources[at]?.label, ...resultOf(outcome) }));
    return writeJsonValue(io, list);
  }
  if (io.stdout.isTTY) return;
  const names = outcomes.flatMap((outcome) =>
    outcome && "value" in outcome ? outcome.value.datasets.map(({ name }) => `${name}\n`) : [],
  );
  await writeChunk(io.stdout, names.join(""), io.signal);
}

function resultOf(outcome: Outcome<CreatedDatasets> | undefined): object {
  const failure = failureOf(outcome);
  if (!failure) return outcome && "value" in outcome ? outcome.value : { error: null };
  const { exit: _exit, ...error } = failure;
  return { error };
}
