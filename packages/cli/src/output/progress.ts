import type { Terminal } from "../io.ts";
import { formatBytes, formatCount, formatDuration } from "./units.ts";
import { fitWidth } from "./width.ts";

/** `bar` redraws one line of a terminal, `json` writes a line of JSON twice a second, `off` is silent. */
export type ProgressMode = "bar" | "json" | "off";

/** What has passed so far. */
export interface ProgressState {
  bytes: number;
  rows?: number;
}

/** Progress of one transfer. */
export interface Progress {
  update(state: ProgressState): void;
  /** Clears the line. Call it before anything else is written to the terminal. */
  stop(): void;
}

/** What a progress line needs to know. */
export interface ProgressOptions {
  stream: Terminal;
  mode: ProgressMode;
  label: string;
  /** Bytes in all, when known. */
  total?: number;
  /** Milliseconds of a clock that never goes back. @defaultValue performance.now */
  now?: () => number;
}

const REDRAW_MS = { bar: 100, json: 500 } as const;
const BAR = 24;

/** Starts the clock of a transfer. */
export function createProgress(options: ProgressOptions): Progress {
  const { stream, mode, now = () => performance.now() } = options;
  const started = now();
  let drawn = Number.NEGATIVE_INFINITY;
  let last: ProgressState | undefined;
  let finished = false;

  const draw = (state: ProgressState): void => {
    const elapsed = now() - started;
    if (mode === "json") stream.write(`${JSON.stringify(toRecord(state, elapsed, options))}\n`);
    else stream.write(`\r\u001b[K${fitWidth(toLine(state, elapsed, options), (stream.columns ?? 80) - 1)}`);
  };

  return {
    update: (state) => {
      last = state;
      if (finished || mode === "off" || now() - drawn < REDRAW_MS[mode]) return;
      drawn = now();
      draw(state);
    },
    stop: () => {
      if (finished || mode === "off") return;
      finished = true;
      if (mode === "json" && last) draw(last);
      else if (mode === "bar" && last) stream.write("\r\u001b[K");
    },
  };
}

function toRecord(state: ProgressState, elapsed: number, options: ProgressOptions): Record<string, unknown> {
  const { total } = options;
  return {
    progress: options.label,
    bytes: state.bytes,
    ...(total !== undefined && { total }),
    ...(state.rows !== undefined && { rows: state.rows }),
    seconds: Math.round(elapsed) / 1000,
    bytes_per_second: Math.round(rateOf(state, elapsed)),
  };
}

function rateOf(state: ProgressState, elapsed: number): number {
  return elapsed > 0 ? (state.bytes / elapsed) * 1000 : 0;
}

function toLine(state: ProgressState, elapsed: number, options: ProgressOptions): string {
  const rate = rateOf(state, elapsed);
  const rows = state.rows === undefined ? "" : `  ${formatCount(state.rows)} rows`;
  const speed = `${rows}  ${formatBytes(rate)}/s`;
  if (!options.total) return `${options.label}  ${formatBytes(state.bytes)}${speed}  ${formatDuration(elapsed)}`;
  const part = Math.min(state.bytes / options.total, 1);
  const left = rate > 0 ? ((options.total - state.bytes) / rate) * 1000 : 0;
  const filled = Math.round(part * BAR);
  const bar = `${"█".repeat(filled)}${"░".repeat(BAR - filled)}`;
  const percent = `${Math.floor(part * 100)}%`.padStart(4);
  const sizes = `${formatBytes(state.bytes)} of ${formatBytes(options.total)}`;
  return `${options.label} ${bar} ${percent}  ${sizes}${speed}  ETA ${formatDuration(Math.max(left, 0))}`;
}
