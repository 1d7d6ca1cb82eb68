import type { Terminal } from "../io.ts";
import { escapeControls } from "./escape.ts";
import { formatBytes, formatCount, formatDuration } from "./units.ts";
import { fitWidth } from "./width.ts";

/** `bar` redraws lines of a terminal, `json` writes a line of JSON twice a second, `off` is silent. */
export type ProgressMode = "bar" | "json" | "off";

/** What has passed so far. */
export interface ProgressState {
  bytes: number;
  rows?: number;
  /** Bytes in all, when they were not known at the start. */
  total?: number;
  /** What is being done; another word begins anew. */
  phase?: string;
}

/** What is counted. */
export type ProgressUnit = "bytes" | "tiles";

/** Progress of one transfer. */
export interface Progress {
  update(state: ProgressState): void;
  /** Clears the line. Call it before anything else is written to the terminal. */
  stop(): void;
}

/** What progress lines need to know. */
export interface BoardOptions {
  stream: Terminal;
  mode: ProgressMode;
  /** Milliseconds of a clock that never goes back. @defaultValue performance.now */
  now?: () => number;
}

/** What a progress line needs to know. */
export interface ProgressOptions extends BoardOptions {
  label: string;
  /** Bytes in all, when known. */
  total?: number;
}

const REDRAW_MS = { bar: 100, json: 500 } as const;
const BAR = 24;
const MARK_MS = 5000;

/** Starts the clock of a transfer. */
export function createProgress(options: ProgressOptions): Progress {
  return new ProgressBoard(options).add(options.label, options.total);
}

interface Mark {
  at: number;
  bytes: number;
}

interface Line {
  readonly label: string;
  total: number | undefined;
  readonly unit: ProgressUnit;
  started: number;
  /** Where it was some time ago: what is left goes on as it went of late, not as it began. */
  marks: readonly [before: Mark, last: Mark];
  drawn: number;
  last: ProgressState | undefined;
}

/** Progress of several transfers at once, a line each. */
export class ProgressBoard {
  readonly #stream: Terminal;
  readonly #mode: ProgressMode;
  readonly #now: () => number;
  readonly #lines = new Set<Line>();
  /** Lines of the terminal that are ours, the cursor being in the last. */
  #shown = 0;
  #drawn = Number.NEGATIVE_INFINITY;

  constructor({ stream, mode, now = () => performance.now() }: BoardOptions) {
    this.#stream = stream;
    this.#mode = mode;
    this.#now = now;
  }

  /**
   * Starts the clock of a transfer, whose line is below those of the others.
   *
   * @param unit What is counted in the place of bytes.
   */
  add(label: string, total?: number, unit: ProgressUnit = "bytes"): Progress {
    const started = this.#now();
    const line: Line = { label, total, unit, started, marks: marksAt(started), drawn: -Infinity, last: undefined };
    this.#lines.add(line);
    return { update: (state) => this.#update(line, state), stop: () => this.#stop(line) };
  }

  /** Takes the lines away, so that other text can be written in their place; the next update draws them again. */
  clear(): void {
    if (this.#shown > 1) this.#stream.write(`\u001b[${this.#shown - 1}A\r\u001b[J`);
    else if (this.#shown === 1) this.#stream.write("\r\u001b[K");
    this.#shown = 0;
    this.#drawn = Number.NEGATIVE_INFINITY;
  }

  #update(line: Line, state: ProgressState): void {
    if (!this.#lines.has(line)) return;
    const now = this.#now();
    if (line.last && line.last.phase !== state.phase) [line.started, line.marks] = [now, marksAt(now)];
    if (now - line.marks[1].at >= MARK_MS) line.marks = [line.marks[1], { at: now, bytes: state.bytes }];
    line.last = state;
    line.total = state.total ?? line.total;
    if (this.#mode === "json") this.#writeRecord(line, REDRAW_MS.json);
    if (this.#mode === "bar" && this.#now() - this.#drawn >= REDRAW_MS.bar) this.#draw();
  }

  #stop(line: Line): void {
    if (!this.#lines.delete(line)) return;
    if (this.#mode === "json") this.#writeRecord(line, 0);
    if (this.#mode === "bar" && this.#shown > 0) {
      this.clear();
      this.#draw();
    }
  }

  #writeRecord(line: Line, pause: number): void {
    const now = this.#now();
    if (!line.last || now - line.drawn < pause) return;
    line.drawn = now;
    this.#stream.write(`${JSON.stringify(toRecord(line, line.last, now - line.started))}\n`);
  }

  #draw(): void {
    this.#drawn = this.#now();
    const width = (this.#stream.columns ?? 80) - 1;
    const texts = [...this.#lines].flatMap((line) =>
      line.last ? [fitWidth(toText(line, line.last, this.#drawn), width)] : [],
    );
    if (texts.length === 0) return;
    const up = this.#shown > 1 ? `\u001b[${this.#shown - 1}A` : "";
    this.#stream.write(up + texts.map((text) => `\r\u001b[K${text}`).join("\n"));
    this.#shown = texts.length;
  }
}

function toRecord(line: Line, state: ProgressState, elapsed: number): Record<string, unknown> {
  return {
    progress: line.label,
    ...(state.phase !== undefined && { phase: state.phase }),
    [line.unit]: state.bytes,
    ...(line.total !== undefined && { total: line.total }),
    ...(state.rows !== undefined && { rows: state.rows }),
    seconds: Math.round(elapsed) / 1000,
    [`${line.unit}_per_second`]: Math.round(rateOf(state, elapsed)),
  };
}

const marksAt = (at: number): Line["marks"] => [
  { at, bytes: 0 },
  { at, bytes: 0 },
];

function rateOf(state: Pick<ProgressState, "bytes">, elapsed: number): number {
  return elapsed > 0 ? (state.bytes / elapsed) * 1000 : 0;
}

const amountOf = (unit: ProgressUnit, amount: number): string =>
  unit === "bytes" ? formatBytes(amount) : formatCount(amount);

function toText({ label, total, unit, started, marks: [mark] }: Line, state: ProgressState, now: number): string {
  const elapsed = now - started;
  const name = escapeControls(label);
  const title = state.phase === undefined ? name : `${name}  ${state.phase}`;
  const rate = rateOf({ bytes: state.bytes - mark.bytes }, now - mark.at);
  const rows = state.rows === undefined ? "" : `  ${formatCount(state.rows)} rows`;
  const speed = `${rows}  ${amountOf(unit, Math.round(rate))}/s`;
  if (state.phase !== undefined && state.bytes === 0) return `${title}${rows}  ${formatDuration(elapsed)}`;
  if (!total) return `${title}  ${amountOf(unit, state.bytes)}${speed}  ${formatDuration(elapsed)}`;
  const part = Math.min(state.bytes / total, 1);
  const left = rate > 0 ? ((total - state.bytes) / rate) * 1000 : 0;
  const filled = Math.round(part * BAR);
  const bar = `${"█".repeat(filled)}${"░".repeat(BAR - filled)}`;
  const percent = `${Math.floor(part * 100)}%`.padStart(4);
  const sizes = `${amountOf(unit, state.bytes)} of ${amountOf(unit, total)}${unit === "bytes" ? "" : ` ${unit}`}`;
  return `${title} ${bar} ${percent}  ${sizes}${speed}  ETA ${formatDuration(Math.max(left, 0))}`;
}
