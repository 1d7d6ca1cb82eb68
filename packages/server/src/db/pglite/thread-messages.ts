/** What the worker is started with. */
export interface WorkerInput {
  /** Directory of the database's files; made from the template when it holds none. */
  dataDir: string;
  /** Whether commits wait until the operating system has written them. */
  durable: boolean;
  /** Whether to share the engine's memory, without which nothing can be cancelled. */
  shared: boolean;
  /** See `Control`. */
  control: SharedArrayBuffer;
}

/** From the main thread to the worker. */
export type ToWorker =
  /** Whole frontend messages of one stream. */
  | { type: "data"; stream: number; bytes: Uint8Array }
  /** The stream is gone: end what it left open. Answered by `clean`. */
  | { type: "clean"; stream: number }
  /** The running COPY FROM STDIN is cancelled; of no effect when none waits for data. */
  | { type: "cancel" }
  /** Shut the database down. Answered by `closed`. */
  | { type: "close" };

/** What the main thread must know of an open database. */
export interface Ready {
  type: "ready";
  /** The engine's memory, when it is shared. */
  memory: SharedArrayBuffer | undefined;
  /** Addresses of the C `int`s that, set to 1, cancel the running statement. */
  cancelAddresses: readonly number[];
  /** Settings that a server reports to a client when it connects. */
  parameters: readonly (readonly [name: string, value: string])[];
}

/** From the worker to the main thread. */
export type FromWorker =
  | Ready
  /** Backend messages for one stream, cut anywhere. */
  | { type: "output"; stream: number; bytes: Uint8Array }
  /** So many bytes of input were read since the last time. */
  | { type: "ack"; bytes: number }
  /** All that was posted is done. */
  | { type: "idle" }
  | { type: "clean"; stream: number }
  | { type: "closed" }
  /** Something worth a line in the log. */
  | { type: "log"; event: string; detail: Record<string, unknown> }
  /** The database can't go on; the worker ends. */
  | { type: "fatal"; message: string };
