import type { Connection } from "pg";
import { createDeferred, type Deferred } from "../../deferred.ts";
import { ConnectionLostError, PgError, parseErrorFields } from "../pg-error.ts";
import type { Column, ResultStream, ResultSummary, RowChunk } from "../result.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import { CopyTextWriter } from "./data-row.ts";
import { type FrameHandler, FrameReader } from "./frames.ts";
import { COPY_DONE, copyDataHead, copyFail, SYNC } from "./messages.ts";
import { commandRows, NoticeLog } from "./replies.ts";
import { Tap } from "./tap.ts";

/** What an exchange sends, and which answer it is prepared for. */
export interface ExchangeRequest {
  /** Messages to send at once. */
  messages: Buffer;
  /**
   * `rows`: DataRows, turned into COPY text. `copy-out`: CopyData, passed on. `copy-in`: a COPY that takes
   * {@link source}; its messages end without a Sync.
   */
  kind: "rows" | "copy-out" | "copy-in";
  source?: AsyncIterable<Uint8Array>;
}

type Socket = Connection["stream"];

/**
 * One exchange with the database, from a write to ReadyForQuery: a query object for `pg`'s `client.query`.
 *
 * It reads the socket itself while it is the active query. `pg` would emit an event and make an object for every row,
 * drop notices that arrive during a COPY, and die of an uncaught TypeError on a COPY that it did not expect.
 */
export class Exchange implements ResultStream, FrameHandler {
  /** Transaction status after the end: `I` idle, `T` in a transaction, `E` in a failed one; undefined when lost. */
  status: "I" | "T" | "E" | undefined;
  /** Whether a setting of the connection that the database reports was changed, and stays so. */
  changedSettings = false;

  readonly #request: ExchangeRequest;
  readonly #reader = new FrameReader(this);
  readonly #notices = new NoticeLog();
  readonly #rows = new CopyTextWriter();
  readonly #queue: ChunkQueue<RowChunk>;
  #finished: Deferred<void> | undefined;
  #connection: Connection | undefined;
  #tap: Tap | undefined;
  #paused = false;
  #columns: readonly Column[] = [];
  #commandColumns: readonly Column[] | undefined;
  #rowCount = 0;
  #error: Error | undefined;
  #done = false;
  #synced = false;

  constructor(request: ExchangeRequest) {
    this.#request = request;
    this.#queue = new ChunkQueue({
      size: (chunk) => chunk.text.length,
      onFull: () => this.#pause(true),
      onDrained: () => this.#pause(false),
    });
  }

  /** Resolves with the first rows or the end, rejects with an error that came before any row. To be asked at once. */
  get started(): Promise<void> {
    return this.#queue.ready;
  }

  /** Resolves when the connection is ready for another query, or lost. Never rejects. */
  get finished(): Promise<void> {
    if (this.#done) return Promise.resolve();
    this.#finished ??= createDeferred();
    return this.#finished.promise;
  }

  get columns(): readonly Column[] {
    return this.#columns;
  }

  get chunks(): AsyncIterable<RowChunk> {
    return this.#queue;
  }

  takeWhole(): readonly RowChunk[] | undefined {
    return this.#queue.takeWhole();
  }

  summary(): ResultSummary {
    return { columns: this.#columns, rowCount: this.#rowCount, ...this.#notices.read() };
  }

  /** @throws the error that the exchange ended with, if any. */
  throwIfFailed(): void {
    if (this.#error) throw this.#error;
  }

  /** Whether the connection is free again. */
  get done(): boolean {
    return this.#done;
  }

  /** Makes `error` the end of the rows, whatever the database calls it; rows already here are still given. */
  expire(error: Error): void {
    this.#error ??= error;
  }

  /** Drops the rows and ends them with `error` now; the connection is still read until it is free. */
  abandon(error: Error): void {
    this.#error ??= error;
    this.#queue.discard(error);
    // A backend that waits for an upload hears no cancel.
    if (!this.#synced && !this.#done) this.#endUpload(copyFail("the upload broke off"));
  }

  // -- pg's side -------------------------------------------------------------------------------------------------

  /** Called by `pg` when the connection is this exchange's. */
  submit(connection: Connection): void {
    this.#connection = connection;
    this.#tap = Tap.of(connection);
    this.#tap.sink = this.#onData;
    connection.stream.write(this.#request.messages);
    this.#synced = this.#request.kind !== "copy-in";
  }

  /** Called by `pg` when the connection broke. */
  handleError(error: Error): void {
    if (this.#done) return;
    this.#fail(error instanceof PgError ? error : new ConnectionLostError(error.message, { cause: error }));
    this.#end(undefined);
  }

  handleReadyForQuery(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
  handleCommandComplete(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}

  // -- the socket's side -----------------------------------------------------------------------------------------

  #pause(paused: boolean): void {
    this.#paused = paused;
    if (paused) this.#socket?.pause();
    else this.#socket?.resume();
  }

  get #socket(): Socket | undefined {
    return this.#done ? undefined : this.#connection?.stream;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#reader.push(chunk);
    this.#flushRows();
  };

  onCopyData(text: Buffer): void {
    if (this.#request.kind === "copy-out") this.#queue.push({ columns: this.#columns, text });
  }

  onGarbage(error: Error): void {
    this.#fail(new ConnectionLostError(error.message));
    this.#connection?.stream.destroy();
    this.#end(undefined);
  }

  onMessage(letter: number, body: Buffer): void {
    switch (String.fromCharCode(letter)) {
      case "D":
        this.#rows.writeDataRow(body, 0);
        break;
      case "T":
        this.#flushRows();
        this.#onColumns(body);
        break;
      case "C":
      case "I":
        this.#flushRows();
        this.#onCommandEnd(letter === 0x43 ? body.toString("latin1", 0, body.length - 1) : "");
        break;
      case "E":
        this.#fail(new PgError(parseErrorFields(body)));
        this.#sync();
        break;
      case "N":
        this.#notices.add(parseErrorFields(body));
        break;
      case "G":
        this.#onCopyIn();
        break;
      case "H":
        if (this.#request.kind !== "copy-out") this.#fail(new Error("COPY TO STDOUT is not supported here"));
        break;
      case "S":
        this.changedSettings = true;
        break;
      case "Z":
        this.#end(String.fromCharCode(body[0] ?? 0x49) as "I" | "T" | "E");
        break;
    }
  }

  #onColumns(body: Buffer): void {
    const columns = this.#tap?.columns.read(body) ?? [];
    // Another array tells another result.
    this.#columns = this.#commandColumns = columns === this.#columns ? [...columns] : columns;
  }

  #onCommandEnd(tag: string): void {
    this.#columns = this.#commandColumns ?? [];
    this.#commandColumns = undefined;
    this.#rowCount = commandRows(tag);
    this.#sync();
  }

  #onCopyIn(): void {
    const source = this.#request.source;
    if (source) void this.#pump(source);
    else this.#connection?.stream.write(copyFail("No source stream defined"));
  }

  /** Sends the upload, at the pace that the database takes it. */
  async #pump(source: AsyncIterable<Uint8Array>): Promise<void> {
    let ending = COPY_DONE;
    try {
      for await (const piece of source) {
        if (this.#synced || this.#done) return; // the database has refused it: what follows is not sent
        if (!(await this.#send(piece))) return;
      }
      if (this.#error) throw this.#error; // abandoned: nothing may be stored
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      ending = copyFail("the upload broke off");
    } finally {
      if (!this.#synced && !this.#done) this.#endUpload(ending);
    }
  }

  /** Writes one CopyData message; resolves when the next may follow, with false when none may. */
  async #send(piece: Uint8Array): Promise<boolean> {
    const socket = this.#socket;
    if (!socket) return false;
    socket.cork();
    socket.write(copyDataHead(piece.byteLength));
    const more = socket.write(piece);
    socket.uncork();
    if (more) return true;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        socket.off("drain", go).off("close", go);
        resolve();
      };
      socket.on("drain", go).on("close", go);
    });
    return !socket.destroyed;
  }

  /** Ends a COPY IN exchange that was sent without a Sync. */
  #sync(): void {
    if (!this.#synced && !this.#done) this.#endUpload(SYNC);
  }

  #endUpload(ending: Buffer): void {
    if (!this.#connection) return;
    this.#synced = true;
    this.#connection.stream.write(ending);
  }

  #flushRows(): void {
    const text = this.#rows.take();
    if (text) this.#queue.push({ columns: this.#columns, text });
  }

  #fail(error: Error): void {
    this.#error ??= error;
  }

  #end(status: "I" | "T" | "E" | undefined): void {
    if (this.#done) return;
    const connection = this.#connection;
    this.#flushRows();
    this.#done = true;
    this.status = status;
    if (connection) {
      if (this.#tap) this.#tap.sink = undefined;
      if (this.#paused) connection.stream.resume();
      if (status) connection.emit("readyForQuery", { status });
    }
    this.#queue.end(this.#error);
    this.#finished?.resolve(undefined);
  }
}
