import { randomUUID } from "node:crypto";
import type { Account } from "../accounts/account.ts";
import type { Engine } from "../db/engine.ts";
import { PlatformError } from "../http/errors.ts";
import type { ImportWork } from "../imports/import.ts";
import { importSlotsTaken } from "../imports/refusals.ts";
import type { JobQueue } from "../worker/queue.ts";
import type { SyncFacts } from "./facts.ts";
import { outcomeOf } from "./outcome.ts";
import { changeOptions, type SyncEdit, type SyncSpec } from "./request.ts";
import { isAsAsked, readsOtherwise, toImportWork } from "./run.ts";
import {
  claimRun,
  deleteSync,
  findDue,
  insertSync,
  type Reason,
  type RunSpec,
  readEnded,
  readPause,
  readSync,
  readSyncs,
  settleRun,
  updateSync,
} from "./store.ts";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Limits of synchronizations, and of the imports that their runs are. */
export interface SyncLimits {
  syncMinIntervalS: number;
  importSlots: number;
}

/**
 * The synchronizations of all accounts.
 *
 * A run is an import, queued in the transaction that notes it. How it ended is noted by whoever looks first: a request,
 * or the scheduler. So a server that is killed leaves nothing that another can't go on with.
 */
export class Synchronizations {
  readonly #engine: Engine;
  readonly #queue: JobQueue<ImportWork>;
  readonly #limits: SyncLimits;
  readonly #onChange = new Set<() => void>();

  constructor(engine: Engine, queue: JobQueue<ImportWork>, limits: SyncLimits) {
    this.#engine = engine;
    this.#queue = queue;
    this.#limits = limits;
  }

  // -- for those who ask -----------------------------------------------------------------------------------------

  /** Makes a synchronization and queues its first run. @throws PlatformError 429 when the account has no import slot */
  async create(account: Account, { url, intervalS, tableName, options }: SyncSpec): Promise<SyncFacts> {
    const id = randomUUID();
    const logId = randomUUID();
    const common = { id, account: account.name, url, options, tableName };
    const sync: RunSpec = { ...common, tableId: undefined, columns: [], version: {} };
    const { importSlots } = this.#limits;
    const job = await this.#queue.createWith(async (session, insert) => {
      // First, for it locks the account, to which the row then refers.
      const inserted = await insert(
        { account: account.name, state: toImportWork(sync), jobId: logId },
        { jobs: importSlots, of: "live" },
      );
      if (inserted) await insertSync(session, sync, { logId, intervalS });
      return inserted;
    });
    if (!job) throw importSlotsTaken(importSlots);
    return this.get(account, id);
  }

  /** An account's synchronizations, the oldest first. */
  async list(account: Account): Promise<SyncFacts[]> {
    await this.settle(account.name);
    return this.#engine.system((session) => readSyncs(session, account.name));
  }

  /** Reads a synchronization. @throws PlatformError 404 when there is none, 401 when it is another account's */
  async get(account: Account, id: string): Promise<SyncFacts> {
    if (!UUID.test(id)) throw new PlatformError(404);
    await this.settle(account.name);
    const facts = await this.#engine.system((session) => readSync(session, id));
    if (!facts) throw new PlatformError(404);
    if (facts.account !== account.name) throw new PlatformError(401);
    return facts;
  }

  /** Changes a synchronization. @throws as {@link get} */
  async change(account: Account, id: string, { url, intervalS, params }: SyncEdit): Promise<SyncFacts> {
    const facts = await this.get(account, id);
    const options = changeOptions(facts.options, params);
    const update = { url: url ?? facts.url, options, intervalS };
    const reload = update.url !== facts.url || readsOtherwise(options, facts.options);
    await this.#engine.system((session) => updateSync(session, id, { ...update, reload }));
    for (const tell of this.#onChange) tell();
    return this.get(account, id);
  }

  /** Forgets a synchronization; its dataset stays. @throws as {@link get} */
  async remove(account: Account, id: string): Promise<void> {
    await this.get(account, id);
    await this.#engine.system((session) => deleteSync(session, id));
  }

  /**
   * Queues a run now.
   *
   * @returns false when one is on its way, the last was a moment ago, or the account has three going on
   * @throws as {@link get}
   */
  async syncNow(account: Account, id: string): Promise<boolean> {
    await this.get(account, id);
    const reason: Reason = { kind: "request", pauseS: this.#limits.syncMinIntervalS };
    return this.#start({ id, account: account.name }, reason);
  }

  // -- for the scheduler -----------------------------------------------------------------------------------------

  /** Calls `tell` when something may be due earlier than it was. */
  onChange(tell: () => void): void {
    this.#onChange.add(tell);
  }

  /** Queues the run that is due first. @returns whether there was one */
  async startDue(): Promise<boolean> {
    const due = await this.#engine.system(findDue);
    if (!due) return false;
    await this.#start(due, { kind: "due" });
    return true;
  }

  /** Notes how runs ended; those of all accounts, or of one. */
  async settle(account?: string): Promise<void> {
    const ended = await this.#engine.system((session) => readEnded(session, account));
    for (const run of ended) {
      const outcome = outcomeOf(run, run.work);
      const stored = outcome.state === "success" && !isAsAsked(run) ? { ...outcome, version: {} } : outcome;
      await this.#engine.transaction((session) => settleRun(session, run, stored));
    }
  }

  /** Milliseconds until the next one is due; undefined when none will be. */
  pause(): Promise<number | undefined> {
    return this.#engine.system(readPause);
  }

  async #start({ id, account }: { id: string; account: string }, reason: Reason): Promise<boolean> {
    const logId = randomUUID();
    const job = await this.#queue.createWith(async (session, insert) => {
      const sync = await claimRun(session, { id, account, logId }, reason);
      // Its place is not one of those that people have for their imports.
      return sync && insert({ account, state: toImportWork(sync), jobId: logId }, UNLIMITED);
    });
    return job !== undefined;
  }
}

const UNLIMITED = { jobs: Number.MAX_SAFE_INTEGER, of: "live" } as const;
