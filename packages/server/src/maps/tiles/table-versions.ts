import { createHash } from "node:crypto";
import type { Engine, SystemSession } from "../../db/engine.ts";
import { createDeferred, type Deferred } from "../../deferred.ts";
import { type RelationState, readSnapshot, readStates, type WatchedState } from "./store.ts";
import type { WatchedQueries } from "./watched-queries.ts";

/** What caches may go by, at one moment. */
export interface TablesState {
  /** Differs whenever something that is read has changed; undefined where that can't be told, or the role may not read. */
  version: string | undefined;
  /** Differs when columns have changed, or a table is another one. */
  columns: string;
  /** Milliseconds since 1970 of the last change that is known of; 0 for none. */
  changedAt: number;
  /** Whether every table tells of its changes. */
  allTell: boolean;
}

/**
 * Milliseconds that a snapshot must have been known for before what is read then is kept for it. A transaction that has
 * just ended is in the snapshot a moment before every session's memory of the catalogue hears of it.
 */
const SETTLED_MS = 200;

interface Batch {
  asked: WatchedQueries[];
  states: Deferred<TablesState[]>;
}

/**
 * Reads how tables are, for caches.
 *
 * A read that is asked for begins afterwards, so that a change which was acknowledged before is in it. Reads that are
 * asked for while one runs share the next one. While no transaction ends, the database is asked for its snapshot alone: the
 * same one sees the same catalogue.
 */
export class TableVersions {
  readonly #engine: Engine;
  readonly #kept = new WeakMap<WatchedQueries, { snapshot: string; state: TablesState }>();
  #seen = { snapshot: "", since: 0 };
  #next: Batch | undefined;
  #running = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The state of what `queries` read, at a moment after this call. */
  async read(queries: WatchedQueries): Promise<TablesState> {
    this.#next ??= { asked: [], states: createDeferred() };
    const batch = this.#next;
    let at = batch.asked.indexOf(queries);
    if (at < 0) at = batch.asked.push(queries) - 1;
    if (!this.#running) void this.#run();
    const state = (await batch.states.promise)[at];
    if (!state) throw new Error("a state is missing in its batch");
    return state;
  }

  async #run(): Promise<void> {
    this.#running = true;
    // Requests of the same turn of the event loop are in the first read already.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = this.#next; batch; batch = this.#next) {
      this.#next = undefined;
      const { asked, states } = batch;
      await this.#engine.system((session) => this.#readAll(session, asked)).then(states.resolve, states.reject);
    }
    this.#running = false;
  }

  async #readAll(session: SystemSession, asked: readonly WatchedQueries[]): Promise<TablesState[]> {
    const snapshot = await readSnapshot(session);
    if (snapshot !== this.#seen.snapshot) this.#seen = { snapshot, since: performance.now() };
    const isSettled = performance.now() - this.#seen.since >= SETTLED_MS;
    const states = asked.map((queries) => {
      const kept = this.#kept.get(queries);
      return kept?.snapshot === snapshot ? kept.state : undefined;
    });
    const unknown = asked.filter((_, at) => !states[at]);
    const read = unknown.length > 0 ? (await readStates(session, unknown)).map(toState) : [];
    for (const [at, queries] of unknown.entries()) {
      const state = read[at];
      if (isSettled && state) this.#kept.set(queries, { snapshot, state });
    }
    let next = 0;
    return states.map((state) => state ?? (read[next++] as TablesState));
  }
}

function toState({ relations, calls }: WatchedState): TablesState {
  const named = relations.filter((relation) => relation.named);
  // What a query names is not always what the planner reads: the tokens of another tile make another plan.
  const tables = relations.filter((relation) => !relation.named || relation.kind !== "v");
  const allTell = tables.every(tellsAll) && named.every(({ tells }) => tells) && !calls;
  const columns = relations.map(({ oid, columns: sum, rule }) => `${oid}/${sum}/${rule}`).join(" ");
  const changes = tables.map(({ changedAt, definition }) => `${changedAt}/${definition}`);
  return {
    version: allTell && named.every(isReadable) ? digest(`${columns} ${changes.join(" ")}`) : undefined,
    columns: digest(columns),
    changedAt: Math.max(0, ...tables.map(({ changedAt }) => Math.floor(Number(changedAt ?? 0) / 1_000))),
    allTell,
  };
}

/** They are kept with every tile and every map, and may be of thousands of tables. */
const digest = (text: string): string => createHash("sha1").update(text).digest("base64url");

/** Policies may read what they like. */
const tellsAll = ({ kind, policies, tells, changedAt }: RelationState): boolean =>
  kind === "r" && !policies && tells && changedAt !== null;

const isReadable = ({ kind, readable, policies }: RelationState): boolean =>
  readable && !policies && (kind === "r" || kind === "v");
