import { setTimeout as sleep } from "node:timers/promises";
import type { Account } from "../accounts/account.ts";
import { PlatformError } from "../http/errors.ts";
import type { JobQueue } from "../worker/queue.ts";
import {
  CANCELLED,
  failed,
  type ImportJob,
  type ImportOptions,
  type ImportSource,
  type ImportWork,
  isOver,
  newImport,
} from "./import.ts";
import { importSlotsTaken } from "./refusals.ts";

/** How long a cancel waits for the import's worker. */
const CANCEL_MS = 5_000;
const LISTED = 500;
const LISTED_MS = 24 * 3_600_000;

/** The imports of all accounts, for those who ask. */
export class Imports {
  readonly #queue: JobQueue<ImportWork>;
  readonly #limits: { importSlots: number };

  constructor(queue: JobQueue<ImportWork>, limits: { importSlots: number }) {
    this.#queue = queue;
    this.#limits = limits;
  }

  /**
   * Queues an import.
   *
   * @throws PlatformError 429 when the account has as many at once as it may
   */
  async create(account: Account, source: ImportSource, options: ImportOptions): Promise<ImportJob> {
    const { importSlots } = this.#limits;
    // An import of nothing takes nobody's place: clients of the original begin with one.
    const cap = source.kind === "none" ? Number.MAX_SAFE_INTEGER : importSlots;
    const job = { account: account.name, state: newImport(source, options), needsPlace: source.kind === "upload" };
    const record = await this.#queue.create(job, { jobs: cap, of: "live" });
    if (record) return record;
    throw importSlotsTaken(importSlots);
  }

  /** Reads an account's import. @throws PlatformError 404 when there is none */
  async get(account: Account, id: string): Promise<ImportJob> {
    const record = await this.#queue.find(account.name, id);
    if (!record) throw new PlatformError(404);
    return record;
  }

  /** Ids of an account's imports of the last day that have not ended, the latest first. */
  async list(account: Account): Promise<string[]> {
    const since = Date.now() - LISTED_MS;
    const jobs = await this.#queue.list(account.name, LISTED);
    return jobs
      .filter(({ state, createdAt }) => !isOver(state) && createdAt.getTime() > since)
      .map(({ jobId }) => jobId);
  }

  /** Cancels an import, unless it has ended, and waits until it is. What it had made is gone then. */
  async cancel(account: Account, id: string): Promise<ImportJob> {
    const record = await this.get(account, id);
    if (!record.live) return record;
    await this.#queue.requestCancel(record, failed(record.state, CANCELLED));
    for (const until = Date.now() + CANCEL_MS; Date.now() < until; await sleep(25)) {
      const now = await this.get(account, id);
      if (!now.live) return now;
    }
    return this.get(account, id);
  }
}
