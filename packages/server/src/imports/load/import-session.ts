import type { AbortSource, Engine, Role } from "../../db/engine.ts";
import { marked } from "../../db/identifier.ts";
import { BACKSLASH, NEWLINE } from "../../formats/ascii.ts";
import { fieldEnd, unescapeCopy } from "../../formats/copy-text.ts";

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
    const { chunks } = await session.run(marked(jobId, sql));
    const pieces: Buffer[] = [];
    for await (const { text } of chunks) pieces.push(text);
    return parseRows(Buffer.concat(pieces));
  }

  /** Runs `COPY … FROM STDIN`. @returns the number of rows */
  async copyIn(sql: string, source: AsyncIterable<Uint8Array>): Promise<number> {
    const { role, jobId } = this.#options;
    await using session = await this.#engine.session(role, this.#options);
    return await session.copyIn(marked(jobId, sql), source);
  }
}

function parseRows(text: Buffer): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  for (let at = 0; at < text.length; ) {
    const end = fieldEnd(text, at);
    const isNull = end === at + 2 && text[at] === BACKSLASH && text[at + 1] === 0x4e;
    row.push(isNull ? null : unescapeCopy(text, at, end).toString());
    if (text[end] === NEWLINE) {
      rows.push(row);
      row = [];
    }
    at = end + 1;
  }
  return rows;
}
