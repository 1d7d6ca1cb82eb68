/** Kinds of work that are stored and done by whichever process takes them. */
export type JobKind = "batch" | "import";

/** A piece of work as it is stored; what it is about is its kind's own affair. */
export interface JobRecord<State = unknown> {
  jobId: string;
  account: string;
  state: State;
  /** Whether there is still something to run. */
  live: boolean;
  cancelRequested: boolean;
  /** Grows with every claim; a write needs the one it was claimed with. */
  fence: number;
  createdAt: Date;
  updatedAt: Date;
}
