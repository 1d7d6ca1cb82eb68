/**
 * Counters that the main thread and the worker share, for the worker has no event loop while the database runs.
 *
 * They count modulo 2^32; compare them by difference.
 */
const POSTED = 0;
const PARKED = 1;
const SENT = 2;
const TAKEN = 3;
const HEAP_PAGES = 4;
const LENGTH = 5;

/** More than can ever be outstanding. */
const GATE_OPEN = 0x4000_0000;

/** Bytes of a WebAssembly memory page. */
const PAGE = 65_536;

/** Makes the memory for a {@link Control}. */
export function createControlBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(LENGTH * Int32Array.BYTES_PER_ELEMENT);
}

/** The counters, and waiting for them; either side makes one over the same buffer. */
export class Control {
  readonly #cells: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#cells = new Int32Array(buffer);
  }

  /** Main thread: a message was posted; wakes the worker. */
  posted(): void {
    Atomics.add(this.#cells, POSTED, 1);
    Atomics.notify(this.#cells, POSTED);
  }

  /** Worker: blocks until more than `seen` messages were posted. */
  waitForPost(seen: number): void {
    Atomics.wait(this.#cells, POSTED, seen | 0);
  }

  /** Worker: waits for a command, having read `seen` messages. */
  park(seen: number, heapBytes: number): void {
    Atomics.store(this.#cells, HEAP_PAGES, heapBytes / PAGE);
    Atomics.store(this.#cells, PARKED, seen | 0);
  }

  /** Main thread: whether the worker has done all that was posted and waits for a command. */
  get idle(): boolean {
    return Atomics.load(this.#cells, PARKED) === Atomics.load(this.#cells, POSTED);
  }

  /** Main thread: size of the database's memory when it was last idle, in bytes. */
  get heapBytes(): number {
    return Atomics.load(this.#cells, HEAP_PAGES) * PAGE;
  }

  /** Worker: `bytes` of output were posted. */
  sent(bytes: number): void {
    Atomics.add(this.#cells, SENT, bytes);
  }

  /** Main thread: `bytes` of output were read, or dropped. */
  taken(bytes: number): void {
    Atomics.add(this.#cells, TAKEN, bytes);
    Atomics.notify(this.#cells, TAKEN);
  }

  /** Main thread: nothing is held back any more, for nobody reads it. */
  openGate(): void {
    this.taken(GATE_OPEN);
  }

  /**
   * Worker: blocks while more than `limit` bytes of output are sent and not yet taken, at most `ms`.
   *
   * @returns `room` when there is room, `progress` when some was taken but not enough, else `stalled`.
   */
  waitForRoom(limit: number, ms: number): "room" | "progress" | "stalled" {
    const taken = Atomics.load(this.#cells, TAKEN);
    if (((Atomics.load(this.#cells, SENT) - taken) | 0) <= limit) return "room";
    return Atomics.wait(this.#cells, TAKEN, taken, ms) === "timed-out" ? "stalled" : "progress";
  }
}
