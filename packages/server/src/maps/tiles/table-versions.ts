import { createHash } from "node:crypto";
import type { Engine } from "../../db/engine.ts";
import { createDeferred, type Deferred } from "../../deferred.ts";
import { type RelationState, readStates, type WatchedState } from "./store.ts";
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

interface Batch {
  asked: WatchedQueries[];
  states: Deferred<TablesState[]>;
}

/**
 * Reads how tables are, for caches.
 *
 * A read that is asked for begins afterwards, so that a change which was acknowledged before is in it. Reads that are
 * asked for while one runs share the next one.
 */
export class TableVersions {
  readonly #engine: Engine;
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
      await this.#engine
        .system((session) => readStates(session, asked))
        .then((found) => states.resolve(found.map(toState)), states.reject);
    }
    this.#running = false;
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
