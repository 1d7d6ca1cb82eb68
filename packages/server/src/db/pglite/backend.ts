/** What the engine calls in PGlite's Emscripten module; names with `_` are C symbols, the numbers are addresses. */
export interface Backend {
  readonly HEAPU8: Uint8Array;
  readonly HEAPU32: Uint32Array;
  readonly FS: {
    filesystems: { NODEFS: { stream_ops: { fsync?: (stream: { nfd?: number }) => number } } };
  };
  addFunction(callback: (address: number, length: number) => number, signature: "iii"): number;
  _malloc(bytes: number): number;
  /** Replaces how the backend reads from and writes to its client. */
  _pgl_set_rw_cbs(read: number, write: number): void;
  /** Handles one message of the client; throws for an error at the top level. */
  _PostgresMainLoopOnce(): void;
  /** Recovers from an error at the top level. */
  _PostgresMainLongJmp(): void;
  _PostgresSendReadyForQueryIfNecessary(): void;
  _pgl_pq_flush(): void;
  /** Bytes of input that the backend has read and not yet handled. */
  _pq_buffer_remaining_data(): number;
  /** Sets the status that an exit left, and returns the one before. */
  _pgl_setPGliteExitStatus(status: number): number;
  _errstart(level: number, domain: number): number;
  _errcode(code: number): number;
  _errmsg_internal(format: number, args: number): number;
  _errfinish(file: number, line: number, functionName: number): void;
  readonly _PG_exception_stack: number;
  readonly _error_context_stack: number;
  readonly _QueryCancelPending: number;
  readonly _InterruptPending: number;
  readonly _MyLatch: number;
}

/** Reads the 32-bit word at `address`. */
export function readWord(backend: Backend, address: number): number {
  return backend.HEAPU32[address >>> 2] ?? 0;
}

/** Writes the 32-bit word at `address`. */
export function writeWord(backend: Backend, address: number, value: number): void {
  backend.HEAPU32[address >>> 2] = value;
}

/** Reads the zero-ended string at `address`, at most `limit` bytes of it. */
export function readText(backend: Backend, address: number, limit: number): string {
  const heap = backend.HEAPU8;
  let end = address;
  while (end < address + limit && heap[end]) end++;
  // A copy: Buffer methods refuse some views of shared memory.
  return Buffer.from(heap.slice(address, end)).toString("utf8");
}
