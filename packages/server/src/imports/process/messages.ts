/** What a process that reads a file says of it, beside the bytes that it writes. */
export type ReadingMessage =
  /** Bytes of the file that were read so far. */
  | { kind: "progress"; bytes: number }
  | { kind: "found"; found: unknown }
  /** Why the file can't be read: one of the contract's codes, and a sentence for people. */
  | { kind: "failed"; code: number; message: string };
