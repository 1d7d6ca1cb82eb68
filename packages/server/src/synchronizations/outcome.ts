import { UNKNOWN_SYNC_ERROR } from "@carto-ts/protocol";
import { toErrorText } from "../imports/error.ts";
import type { FileVersion, ImportWork } from "../imports/import.ts";

/** Seconds after which a synchronization that fails is tried again at the latest, unless its own interval is longer. */
const LONGEST_PAUSE_S = 86_400;

/** What the end of a run means for its synchronization. */
export type Outcome = {
  /** Seconds until the next run; null for none but on request. */
  waitS: number | null;
} & (Success | Failure);

interface Success {
  state: "success";
  version: FileVersion;
  /** The table that it made or replaced, and its columns; undefined where the file was the same as before. */
  loaded: { tableId: string; columns: readonly string[] } | undefined;
}

interface Failure {
  state: "failure";
  code: number;
  message: string;
}

/** What is known of a synchronization when a run of it ends. */
export interface Scheduled {
  /** Seconds; 0 runs on request alone. */
  intervalS: number;
  /** Failures before this run. */
  retriedTimes: number;
}

/**
 * What the end of a run means. Pure.
 *
 * @param work The import as it ended; undefined where nobody knows any more.
 */
export function outcomeOf(sync: Scheduled, work: ImportWork | undefined): Outcome {
  if (work?.state !== "complete") return { ...failureOf(work), waitS: pauseOf(sync) };
  const [table] = work.tables;
  const loaded = table && { tableId: table.id, columns: work.sync?.columns ?? [] };
  return { state: "success", version: work.version ?? {}, loaded, waitS: sync.intervalS || null };
}

function failureOf(work: ImportWork | undefined): Failure {
  if (!work?.failure) {
    return {
      state: "failure",
      code: UNKNOWN_SYNC_ERROR,
      message: "Unknown The server has forgotten how the run ended.",
    };
  }
  const { code, message, title } = work.failure;
  const text = toErrorText(code, message, title);
  // A message may quote the file, and PostgreSQL takes no NUL.
  return { state: "failure", code, message: `${text.title} ${text.what_about}`.replaceAll("\0", "") };
}

/** Twice as long after each failure: a source that is gone for a weekend is to be found again, and not asked all the time. */
function pauseOf({ intervalS, retriedTimes }: Scheduled): number | null {
  if (intervalS === 0) return null;
  return Math.min(intervalS * 2 ** retriedTimes, Math.max(intervalS, LONGEST_PAUSE_S));
}
