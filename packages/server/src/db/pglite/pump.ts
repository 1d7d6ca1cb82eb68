import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { copyFail, simpleQuery } from "../wire/messages.ts";
import { type Backend, readWord, writeWord } from "./backend.ts";
import type { Control } from "./control.ts";
import { describeForeign, type ForeignError } from "./cxx-errors.ts";
import { MessageTrail } from "./message-trail.ts";
import { Outlet } from "./outlet.ts";
import type { FromWorker, ToWorker } from "./thread-messages.ts";
import { isForeign, type MainModule } from "./wasm-hooks.ts";

/** The status that PGlite leaves when an error jumps to the top level. */
const TOP_LEVEL_JUMP = 100;
const NO_STATUS = -2;
/** Input is acknowledged in steps of so many bytes; the sender allows itself eight of them. */
const ACK_BYTES = 1_048_576;
/** Output of this stream goes nowhere. */
const NO_STREAM = 0;

/** Ends whatever a client left open: a COPY, an unfinished exchange, a transaction, settings. */
const CLEANING: Uint8Array = Buffer.concat([
  copyFail("the client is gone"),
  simpleQuery("rollback"),
  simpleQuery("discard all"),
]);

type Input = { stream: number; bytes: Uint8Array; cleaned?: number };

/** What a {@link Pump} works with. */
export interface PumpParts {
  backend: Backend;
  main: MainModule;
  control: Control;
  port: MessagePort;
  raise(error: ForeignError): void;
}

/**
 * Runs the database's main loop on messages from the main thread.
 *
 * The backend reads through a callback that blocks the thread, as a socket would. So COPY FROM STDIN streams, and one
 * statement may read and write as it likes.
 */
export class Pump {
  readonly #parts: PumpParts;
  readonly #outlet: Outlet;
  readonly #inputs: Input[] = [];
  readonly #trail = new MessageTrail();
  /** Whether the last command failed. */
  #failed = false;
  #offset = 0;
  #seen = 0;
  #unacknowledged = 0;

  constructor(parts: PumpParts) {
    this.#parts = parts;
    this.#outlet = new Outlet(parts);
    const read = parts.backend.addFunction((address, limit) => this.#read(address, limit), "iii");
    const write = parts.backend.addFunction((address, length) => this.#outlet.write(address, length), "iii");
    parts.backend._pgl_set_rw_cbs(read, write);
  }

  /** Serves until the main thread asks to close. @throws what the database can't recover from. */
  run(): void {
    const { backend } = this.#parts;
    for (;;) {
      this.#sendReady();
      if (backend._pq_buffer_remaining_data() === 0 && !this.#hasInput()) {
        backend._pgl_pq_flush();
        this.#outlet.flush();
        if (!this.#waitForCommand()) return;
      }
      this.#step();
    }
  }

  #sendReady(): void {
    const { backend } = this.#parts;
    const premature = this.#failed && !this.#trail.endsExchange(backend._pq_buffer_remaining_data());
    this.#failed = false;
    if (premature) {
      backend._pgl_pq_flush();
      this.#outlet.mute(() => backend._PostgresSendReadyForQueryIfNecessary());
    } else backend._PostgresSendReadyForQueryIfNecessary();
  }

  #step(): void {
    const { backend, main } = this.#parts;
    const handler = readWord(backend, backend._PG_exception_stack);
    const stack = main.emscripten_stack_get_current();
    try {
      backend._PostgresMainLoopOnce();
    } catch (thrown) {
      this.#failed = true;
      if (backend._pgl_setPGliteExitStatus(NO_STATUS) === TOP_LEVEL_JUMP) backend._PostgresMainLongJmp();
      else if (isForeign(thrown)) this.#raiseAtTop(thrown, handler, stack);
      else throw thrown;
    }
  }

  /** Raises an error that nothing between the thrower and the main loop has turned into one. */
  #raiseAtTop(thrown: number | RangeError, handler: number, stack: number): void {
    const { backend, main, raise } = this.#parts;
    main._emscripten_stack_restore(stack);
    writeWord(backend, backend._PG_exception_stack, handler);
    writeWord(backend, backend._error_context_stack, 0);
    try {
      raise(describeForeign(backend, main, thrown));
    } catch (jump) {
      if (backend._pgl_setPGliteExitStatus(NO_STATUS) !== TOP_LEVEL_JUMP) throw jump;
      backend._PostgresMainLongJmp();
    }
  }

  /** The backend's read: blocks until there is input. */
  #read(address: number, limit: number): number {
    while (!this.#hasInput()) {
      // Within a command only COPY FROM STDIN waits for more: all other messages came whole.
      this.#outlet.flush();
      const message = this.#receive();
      if (message.type === "cancel") {
        const bytes = copyFail("canceling statement due to user request");
        // Without its Sync: that one is the client's to send.
        this.#push({ stream: this.#outlet.stream, bytes: bytes.subarray(0, -5) });
      } else if (message.type === "close") return 0;
      else this.#enqueue(message);
    }
    const input = this.#inputs[0] as Input;
    this.#outlet.switchTo(input.stream);
    // A cancel that was meant for what is cleaned up must not hit the cleaning.
    if (input.cleaned !== undefined && this.#offset === 0) this.#forgetCancel();
    const length = Math.min(limit, input.bytes.length - this.#offset);
    this.#parts.backend.HEAPU8.set(input.bytes.subarray(this.#offset, this.#offset + length), address);
    this.#offset += length;
    this.#trail.take(length);
    this.#acknowledge(length);
    return length;
  }

  /** Whether there are bytes to read. Takes away what was read whole. */
  #hasInput(): boolean {
    for (;;) {
      const input = this.#inputs[0];
      if (input === undefined) return false;
      if (this.#offset < input.bytes.length) return true;
      this.#inputs.shift();
      this.#offset = 0;
      if (input.cleaned !== undefined) {
        this.#parts.backend._pgl_pq_flush();
        this.#outlet.flush();
        this.#post({ type: "clean", stream: input.cleaned });
      }
    }
  }

  /** Blocks until a command came. Returns whether one did; otherwise the database is to be closed. */
  #waitForCommand(): boolean {
    const { backend, control } = this.#parts;
    control.park(this.#seen, backend.HEAPU8.byteLength);
    this.#post({ type: "idle" });
    while (!this.#hasInput()) {
      const message = this.#receive();
      if (message.type === "close") return false;
      if (message.type === "cancel") control.park(this.#seen, backend.HEAPU8.byteLength);
      else this.#enqueue(message);
    }
    // A cancel that was meant for the command before and came when it had ended.
    this.#forgetCancel();
    return true;
  }

  #forgetCancel(): void {
    writeWord(this.#parts.backend, this.#parts.backend._QueryCancelPending, 0);
  }

  #enqueue(message: ToWorker): void {
    if (message.type === "data") this.#push(message);
    if (message.type === "clean") {
      this.#push({ stream: NO_STREAM, bytes: CLEANING, cleaned: message.stream });
    }
  }

  #push(input: Input): void {
    this.#trail.give(input.bytes);
    this.#inputs.push(input);
  }

  #receive(): ToWorker {
    for (;;) {
      const received = receiveMessageOnPort(this.#parts.port) as { message: ToWorker } | undefined;
      if (received) {
        this.#seen++;
        return received.message;
      }
      this.#parts.control.waitForPost(this.#seen);
    }
  }

  #acknowledge(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < ACK_BYTES) return;
    this.#post({ type: "ack", bytes: this.#unacknowledged });
    this.#unacknowledged = 0;
  }

  #post(message: FromWorker): void {
    this.#parts.port.postMessage(message);
  }
}
