import type { Session, SessionOptions } from "../engine.ts";
import type { Column, ResultStream } from "../result.ts";
import { type Lease, LeasedSession, throwIfAborted } from "../session.ts";
import { Spool } from "../spool.ts";

/**
 * A session on the engine's only connection, held no longer than the database itself works.
 *
 * Results are taken off at the database's pace and kept in a spool, uploads are taken in before the connection is
 * asked for: a reader or a sender that stands still holds nobody up, and a query within a loop over another one's rows
 * doesn't wait for ever.
 */
export class SpooledSession implements Session {
  readonly #lease: () => Promise<Lease>;
  readonly #options: SessionOptions;
  readonly #spools = new Set<Spool<unknown>>();
  /** The connection while it is held for the next statement. */
  #session: LeasedSession | undefined;
  /** Connections whose results are still being taken off; each goes back by itself. */
  readonly #draining = new Set<LeasedSession>();

  constructor(lease: () => Promise<Lease>, options: SessionOptions) {
    this.#lease = lease;
    this.#options = options;
  }

  async select(q: string): Promise<ResultStream> {
    const session = await this.#open();
    return this.#spooled(session, await session.select(q));
  }

  async describe(q: string): Promise<readonly Column[]> {
    return (await this.#open()).describe(q);
  }

  async run(q: string): Promise<ResultStream> {
    const session = await this.#open();
    return this.#spooled(session, await session.run(q));
  }

  async runOne(q: string): Promise<ResultStream> {
    const session = await this.#open();
    return this.#spooled(session, await session.runOne(q));
  }

  async value(q: string, values: readonly string[]): Promise<Buffer | null> {
    const session = await this.#open();
    try {
      return await session.value(q, values);
    } finally {
      if (this.#session === session) this.#session = undefined;
      await session[Symbol.asyncDispose]();
    }
  }

  async copyOut(q: string): Promise<AsyncIterable<Buffer>> {
    const session = await this.#open();
    const spool = this.#spool<undefined>();
    void this.#drain(session, spool, labelled(await session.copyOut(q)));
    return bytesOf(spool);
  }

  async copyIn(q: string, source: AsyncIterable<Uint8Array>): Promise<number> {
    await this.#rehearse(q);
    const spool = this.#spool<undefined>();
    const upload = bytesOf(spool);
    try {
      for await (const piece of source) {
        throwIfAborted(this.#options.signal);
        await spool.write(undefined, Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
      }
      spool.end();
      return await (await this.#open()).copyIn(q, upload);
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.[Symbol.asyncDispose]();
    await Promise.all([...this.#draining].map((draining) => draining[Symbol.asyncDispose]()));
    await Promise.all([...this.#spools].map((spool) => spool.close()));
    this.#spools.clear();
  }

  #spool<Label>(): Spool<Label> {
    const spool = new Spool<Label>();
    this.#spools.add(spool as Spool<unknown>);
    return spool;
  }

  /** Starts the COPY and gives it up: who may not copy, or not there, learns it before the upload. */
  async #rehearse(q: string): Promise<void> {
    const session = await this.#open();
    try {
      await session.copyIn(q, refuse());
    } catch (error) {
      if (error !== REHEARSED) throw error;
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async #open(): Promise<LeasedSession> {
    this.#session ??= new LeasedSession(await this.#lease(), this.#options);
    return this.#session;
  }

  #spooled(session: LeasedSession, result: ResultStream): ResultStream {
    const spool = this.#spool<readonly Column[]>();
    void this.#drain(session, spool, rowsOf(result));
    return { columns: result.columns, chunks: chunksOf(spool), summary: () => result.summary() };
  }

  /** Moves a result into its spool and gives the connection back when it has ended. */
  async #drain<Label>(
    session: LeasedSession,
    spool: Spool<Label>,
    pieces: AsyncIterable<{ label: Label; bytes: Buffer }>,
  ): Promise<void> {
    // The next statement waits for a connection of its own, rather than for this one, which ends with its result.
    if (this.#session === session) this.#session = undefined;
    this.#draining.add(session);
    let failure: unknown;
    try {
      for await (const { label, bytes } of pieces) await spool.write(label, bytes);
    } catch (error) {
      failure = error;
    }
    // Whoever reads needn't wait for the connection's reset.
    spool.end(failure);
    await session[Symbol.asyncDispose]();
    this.#draining.delete(session);
  }
}

const REHEARSED = new Error("the COPY was only rehearsed");

// biome-ignore lint/correctness/useYield: it ends before its first piece.
async function* refuse(): AsyncGenerator<Uint8Array> {
  throw REHEARSED;
}

async function* rowsOf(result: ResultStream): AsyncGenerator<{ label: readonly Column[]; bytes: Buffer }> {
  for await (const { columns, text } of result.chunks) yield { label: columns, bytes: text };
}

async function* chunksOf(
  spool: Spool<readonly Column[]>,
): AsyncGenerator<{ columns: readonly Column[]; text: Buffer }> {
  for await (const { label, bytes } of spool.read()) yield { columns: label, text: bytes };
}

async function* labelled(source: AsyncIterable<Buffer>): AsyncGenerator<{ label: undefined; bytes: Buffer }> {
  for await (const bytes of source) yield { label: undefined, bytes };
}

async function* bytesOf(spool: Spool<undefined>): AsyncGenerator<Buffer, void, undefined> {
  for await (const { bytes } of spool.read()) yield bytes;
}
