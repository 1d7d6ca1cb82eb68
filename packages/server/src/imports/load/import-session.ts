import type { AbortSource, Engine, Role } from "../../db/engine.ts";
import { marked } from "../../db/identifier.ts";
import { readRows } from "../../formats/rows.ts";

/** What an import's statements run with. */
export interface ImportSessionOptions {
  /** Role of the account's master key, to which the new tables belong. */
  role: Role;
  /** Marks the statements, by which they are found when the server that sent them is gone. */
  jobId: string;
  signal: AbortSource;
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
    const { role, jobId } = this.#options;
    await using session = await this.#engine.session(role, this.#options);
    const { chunks } = await session.run(marked(jobId, sql));
    for await (const _ of chunks);
  }

  /** Runs a SELECT, and gives its rows as texts. For a few rows. */
  async rows(sql: string): Promise<(string | null)[][]> {
    const { role, jobId } = this.#options;
    await using session = await this.#engine.session(role, this.#options);
    return await readRows(await session.run(marked(jobId, sql)));
  }

  /** Runs `COPY … FROM STDIN`. @returns the number of rows */
  async copyIn(sql: string, source: AsyncIterable<Uint8Array>): Promise<number> {
    const { role, jobId } = this.#options;
    await using session = await this.#engine.session(role, this.#options);
    return await session.copyIn(marked(jobId, sql), source);
  }
}
