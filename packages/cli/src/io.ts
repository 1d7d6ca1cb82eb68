import type { Readable, Writable } from "node:stream";

/** An output stream that may be a terminal. */
export type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Everything of the process that the command line touches, so that it runs in a test without one. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Data only. */
  readonly stdout: Terminal;
  /** Everything that isn't data. */
  readonly stderr: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user interrupts, with an {@link Interrupted} as its reason. */
  readonly signal: AbortSignal;
}

/** The user pressed Ctrl-C (SIGINT) or the system asked to end (SIGTERM). */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly by: "SIGINT" | "SIGTERM";
  constructor(by: "SIGINT" | "SIGTERM") {
    super("Interrupted");
    this.by = by;
  }
}

/** The reader of stdout is gone, as `head` is after its last line: the end of the work, not a failure. */
export class PipeClosed extends Error {
  override readonly name = "PipeClosed";
  constructor() {
    super("The reader of the output has closed it");
  }
}

/** Reads standard input to its end as UTF-8 text; gives up when interrupted. */
export async function readStdin(io: Io): Promise<string> {
  const { stdin, signal } = io;
  const giveUp = (): void => void stdin.destroy(signal.reason as Error);
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array));
    return Buffer.concat(chunks).toString("utf8");
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
