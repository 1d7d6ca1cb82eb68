import type { MessagePort } from "node:worker_threads";
import { type Backend, writeWord } from "./backend.ts";
import type { Control } from "./control.ts";
import type { FromWorker } from "./thread-messages.ts";

/** Output is sent in pieces of about this size: larger ones hold the main thread up (90–400 ms for 50 MB). */
const PIECE_BYTES = 65_536;
/** Output that may be on its way to a reader who does not take it. */
const LIMIT_BYTES = 8 * 1_048_576;
/** How long nothing may be taken before the statement is cancelled. */
const STALL_MS = 30_000;
const POLL_MS = 100;

/** Collects the database's output and sends it to the main thread, no faster than it is taken there. */
export class Outlet {
  readonly #backend: Backend;
  readonly #control: Control;
  readonly #port: MessagePort;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #stream = 0;
  #muted = false;

  constructor(parts: { backend: Backend; control: Control; port: MessagePort }) {
    this.#backend = parts.backend;
    this.#control = parts.control;
    this.#port = parts.port;
  }

  /** The stream that output goes to; 0 is none. */
  get stream(): number {
    return this.#stream;
  }

  /** Sends what the stream before is still to get, then turns to `stream`. */
  switchTo(stream: number): void {
    if (stream === this.#stream) return;
    this.flush();
    this.#stream = stream;
  }

  /** The backend's write: takes `length` bytes at `address`; may block. Returns `length`. */
  write(address: number, length: number): number {
    if (this.#stream === 0 || this.#muted) return length;
    for (let at = 0; at < length; at += PIECE_BYTES) {
      const piece = this.#backend.HEAPU8.slice(address + at, address + Math.min(length, at + PIECE_BYTES));
      this.#pieces.push(piece);
      this.#length += piece.length;
      if (this.#length >= PIECE_BYTES) this.flush();
    }
    return length;
  }

  /** Drops what `act` makes the backend write and flush. */
  mute(act: () => void): void {
    this.#muted = true;
    act();
    this.#backend._pgl_pq_flush();
    this.#muted = false;
  }

  /** Sends what is there. */
  flush(): void {
    if (this.#length === 0) return;
    const [first] = this.#pieces;
    const bytes = this.#pieces.length === 1 && first ? first : joined(this.#pieces, this.#length);
    this.#pieces = [];
    this.#length = 0;
    this.#control.sent(bytes.length);
    const message: FromWorker = { type: "output", stream: this.#stream, bytes };
    this.#port.postMessage(message, [bytes.buffer as ArrayBuffer]);
    this.#awaitRoom();
  }

  #awaitRoom(): void {
    for (let stalled = 0; stalled < STALL_MS; ) {
      const state = this.#control.waitForRoom(LIMIT_BYTES, POLL_MS);
      // A cancelled statement only notices once its write has returned.
      if (state === "room" || this.#isCancelled()) return;
      stalled = state === "progress" ? 0 : stalled + POLL_MS;
    }
    const message: FromWorker = { type: "log", event: "pglite.output_stalled", detail: { seconds: STALL_MS / 1_000 } };
    this.#port.postMessage(message);
    writeWord(this.#backend, this.#backend._QueryCancelPending, 1);
    writeWord(this.#backend, this.#backend._InterruptPending, 1);
  }

  #isCancelled(): boolean {
    // The main thread writes it: read it anew each time.
    return this.#backend.HEAPU8[this.#backend._QueryCancelPending] === 1;
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
