import { Duplex } from "node:stream";
import { FrontendReader, fatalResponse, startupReply } from "./protocol.ts";

/** Input that may be on its way to the database, in bytes; it acknowledges by the MiB. */
const INPUT_LIMIT = 8 * 1_048_576;
/** Output that may wait for its reader, in bytes. */
const OUTPUT_MARK = 262_144;

/** What a stream needs of the database. */
export interface StreamHost {
  /** Waits until the session is free and gives it to `stream`; resolves with the settings to report. */
  attach(stream: PgliteStream): Promise<readonly (readonly [name: string, value: string])[]>;
  /** Takes whole messages, and owns them. */
  send(stream: PgliteStream, bytes: Uint8Array): void;
  /** Output was read, or will never be. */
  taken(stream: PgliteStream, bytes: number): void;
  /** The stream is over; what it left open is to be ended. */
  detach(stream: PgliteStream): void;
}

/** A refused or lost connection, as PostgreSQL tells it. */
export class PgliteConnectionError extends Error {
  override readonly name = "PgliteConnectionError";
  /** SQLSTATE: 57P01 when the database was ended, 53300 when its session is taken, 57P03 when it can't be opened. */
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * A connection to the embedded database, in the place of a socket.
 *
 * Answers the start-up message itself, with what the engine reports; the message's own settings (user, database,
 * options) are of no effect. Both directions hold back beyond 8 MiB.
 */
export class PgliteStream extends Duplex {
  /** Tells this stream's output from an earlier one's. */
  readonly id: number;
  readonly #host: StreamHost;
  readonly #reader: FrontendReader;
  #outstanding = 0;
  #held: (() => void) | undefined;
  #attaching: Promise<void> | undefined;
  /** Output that was handed to the readable side when that was full. */
  #untaken = 0;

  constructor(id: number, host: StreamHost) {
    super({ readableHighWaterMark: OUTPUT_MARK, allowHalfOpen: false });
    this.id = id;
    this.#host = host;
    this.#reader = new FrontendReader({
      onEncryptionRequest: () => void this.push("N"),
      onStartup: () => {
        this.#attaching = this.#attach();
      },
      onMessages: (bytes) => {
        this.#outstanding += bytes.length;
        // A copy of its own: sending a view would send all of the memory that it looks at.
        host.send(this, new Uint8Array(bytes));
      },
      onTerminate: () => void this.push(null),
    });
  }

  /** As a socket's: the connection is there at once. */
  connect(): this {
    setImmediate(() => this.emit("connect"));
    return this;
  }

  /** Of no effect, as the next four; clients call them on sockets. */
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  /** Takes output of the database. */
  receive(bytes: Buffer): void {
    if (this.destroyed || this.readableEnded) this.#host.taken(this, bytes.length);
    else if (this.push(bytes)) this.#host.taken(this, bytes.length);
    else this.#untaken += bytes.length;
  }

  /** The database has read `bytes` of input. */
  acknowledge(bytes: number): void {
    this.#outstanding = Math.max(0, this.#outstanding - bytes);
    if (this.#outstanding > INPUT_LIMIT / 2) return;
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }

  /** Ends the connection from the database's side: the client gets a FATAL error, then the stream breaks. */
  fail(error: PgliteConnectionError): void {
    if (this.destroyed) return;
    if (!this.readableEnded) this.push(fatalResponse(error.code, error.message));
    // In its turn, so that a flowing reader sees the error message first.
    setImmediate(() => this.destroy(error));
  }

  override _read(): void {
    this.#release();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#reader.push(chunk);
    const attaching = this.#attaching;
    this.#attaching = undefined;
    if (attaching) attaching.then(() => callback(), callback);
    else if (this.#outstanding > INPUT_LIMIT) this.#held = callback;
    else callback();
  }

  override _final(callback: () => void): void {
    if (!this.readableEnded) this.push(null);
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#release();
    this.#held = undefined;
    this.#host.detach(this);
    callback(error);
  }

  async #attach(): Promise<void> {
    try {
      const parameters = await this.#host.attach(this);
      if (!this.destroyed) this.push(startupReply(parameters));
    } catch (error) {
      this.fail(error instanceof PgliteConnectionError ? error : new PgliteConnectionError("57P03", String(error)));
    }
  }

  #release(): void {
    if (this.#untaken === 0) return;
    this.#host.taken(this, this.#untaken);
    this.#untaken = 0;
  }
}
