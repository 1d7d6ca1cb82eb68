import { setTimeout as sleep } from "node:timers/promises";
import { type Engine, EngineBusyError, type Role, type Session } from "../../db/engine.ts";
import { marked } from "../../db/identifier.ts";
import { isPassing } from "../../db/passing-error.ts";
import { ConnectionLostError, PgError } from "../../db/pg-error.ts";
import { readRows } from "../../formats/rows.ts";

/** Milliseconds until a connection is asked for again, where all are busy. */
const BUSY_MS = 500;

/** What an import's statements run with. */
export interface ImportSessionOptions {
  /** Role of the account's master key, to which the new tables belong. */
  role: Role;
  /** Marks the statements, by which they are found when the server that sent them is gone. */
  jobId: string;
  signal: AbortSignal;
  /** Milliseconds that one statement may take. */
  timeoutMs: number;
}

/**
 * Runs an import's statements, each on a connection of its own.
 *
 * So the embedded engine's one session is free between them, and on PostgreSQL two can run at once.
 */
export class ImportSession {
  readonly #engine: Engine;
  readonly #options: ImportSessionOptions;

  constructor(engine: Engine, options: ImportSessionOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  /** Whether a statement that runs long keeps everybody else waiting. */
  get shared(): boolean {
    return this.#engine.sharedSession;
  }

  /** Runs statements as one, and drops their rows. */
  async run(sql: string): Promise<void> {
    await this.#use(async (session) => {
      const { chunks } = await session.run(this.#marked(sql));
      for await (const _ of chunks);
    });
  }

  /** Runs a SELECT, and gives its rows as texts. For a few rows. */
  rows(sql: string): Promise<(string | null)[][]> {
    return this.#use(async (session) => readRows(await session.run(this.#marked(sql))));
  }

  /** Runs `COPY … FROM STDIN`. @returns the number of rows */
  copyIn(sql: string, source: AsyncIterable<Uint8Array>): Promise<number> {
    return this.#use((session) => session.copyIn(this.#marked(sql), source));
  }

  #marked(sql: string): string {
    return marked(this.#options.jobId, sql);
  }

  async #use<T>(use: (session: Session) => Promise<T>): Promise<T> {
    await using session = await this.#open();
    try {
      return await use(session);
    } catch (error) {
      // So that nobody takes it for the data's fault.
      if (error instanceof PgError && isPassing(error)) throw new ConnectionLostError(error.message, { cause: error });
      throw error;
    }
  }

  /** Waits for as long as it takes: what was done so far would have to be done again. */
  async #open(): Promise<Session> {
    const { role, signal } = this.#options;
    for (;;) {
      try {
        return await this.#engine.session(role, this.#options);
      } catch (error) {
        if (!(error instanceof EngineBusyError)) throw error;
      }
      await sleep(BUSY_MS, undefined, { signal });
    }
  }
}
