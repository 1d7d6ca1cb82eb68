import type { Privacy } from "@carto-ts/protocol";
import type { Account } from "../accounts/account.ts";
import type { AbortSource, Engine, Session, SystemSession } from "../db/engine.ts";
import { asPgError, PgError, StatementTimeoutError } from "../db/pg-error.ts";
import { HttpError, PlatformError } from "../http/errors.ts";
import type { Update } from "./changes.ts";
import { type Changes, type Dataset, NO_FACTS, type TableFacts } from "./dataset.ts";
import { analyze, readFacts, readSchemaBytes, readWithin } from "./facts.ts";
import { linkTables } from "./ghosts.ts";
import type { ListFilter, ListQuery } from "./list-params.ts";
import { changeTable, registerTable, removeTable } from "./register.ts";
import { waitBriefly } from "./relation.ts";
import {
  type DatasetRef,
  type Page,
  type Read,
  readCount,
  readDataset,
  readPage,
  readRelations,
  writeDataset,
} from "./store.ts";

/** Milliseconds that reading what tables hold may take; the answer goes without it then. */
const FACTS_MS = 5_000;
/** SQLSTATEs of a lock that was not had in time, and of two that waited for each other. */
const IN_USE = new Set(["55P03", "40P01"]);
/** SQLSTATEs of a table that went, was renamed or came between two statements: user SQL asks for no lock of ours. */
const CHANGED = new Set(["42P01", "42P07", "42710", "23505"]);
const DEPENDENT_OBJECTS = "2BP01";

/** A dataset with what its table holds. */
export interface DatasetWithFacts {
  dataset: Dataset;
  facts: TableFacts;
}

/** A page of datasets, and what it is a page of. */
export interface Listing extends Omit<Page, "datasets" | "stale"> {
  items: DatasetWithFacts[];
}

/** Who reads. */
export interface Reader {
  account: Account;
  /** Whether all of the account's datasets may be told, and not only the public ones. */
  isOwner: boolean;
  signal: AbortSource;
}

/**
 * The datasets of all accounts.
 *
 * Which there are is decided by the accounts' tables whenever somebody asks, so that tables made, renamed or dropped by
 * SQL need no further step.
 */
export class Datasets {
  readonly #engine: Engine;
  readonly #timeoutMs: number;

  constructor(engine: Engine, { queryTimeoutMs }: { queryTimeoutMs: number }) {
    this.#engine = engine;
    this.#timeoutMs = queryTimeoutMs;
  }

  /** Reads a page of an account's datasets. */
  async list(reader: Reader, query: ListQuery): Promise<Listing> {
    if (!query.datasets) return { items: [], matching: 0, own: 0, locked: 0 };
    const { account, isOwner, signal } = reader;
    const filter: ListFilter = isOwner ? query.filter : { ...query.filter, privacy: "public" };
    const relations = await this.#candidates(reader, query);
    const sized = filter.order.some(({ by }) => by === "size");
    const read = (session: SystemSession): Promise<Page> => readPage(session, account, { filter, relations });
    // A size is only known of a table that nobody alters.
    const page = await this.#fresh(account, read, { waits: sized });
    const wanted = query.shown.table && query.shown.size;
    const facts = await this.#facts(account, wanted ? page.datasets : [], signal);
    return { ...page, items: page.datasets.map((dataset) => withFacts(dataset, facts)) };
  }

  /** The dataset that a request names, and how many its account has; undefined where there is none. */
  async find(account: Account, ref: DatasetRef): Promise<{ dataset: Dataset; own: number } | undefined> {
    const { datasets, own } = await this.#fresh(account, (session) => readDataset(session, account, ref));
    const [dataset] = datasets;
    return dataset && { dataset, own };
  }

  /** What a dataset's table holds. */
  async facts(account: Account, dataset: Dataset, signal: AbortSource): Promise<TableFacts> {
    return withFacts(dataset, await this.#facts(account, [dataset], signal)).facts;
  }

  /** How many datasets an account has. */
  async count(account: Account): Promise<number> {
    return (await this.#fresh(account, (session) => readCount(session, account))).own;
  }

  /** Bytes that an account's tables count for: half of what they take with their indexes. */
  async bytes(account: Account, signal: AbortSource): Promise<number> {
    await using session = await this.asOwner(account, { signal });
    return Math.round((await readSchemaBytes(session, account.schema)) / 2);
  }

  /** Changes a dataset. @throws {@link HttpError} 400 in words where its table is in use. */
  update(account: Account, { tableId }: Dataset, { changes, name }: Update): Promise<Dataset> {
    return this.#change(account, tableId, (session, dataset) =>
      changeTable(session, account, { dataset, changes, name }),
    );
  }

  /** Drops a dataset's table. @throws {@link HttpError} 400 naming what depends on it. */
  remove(account: Account, { tableId }: Dataset): Promise<void> {
    return this.#change(account, tableId, (session, dataset) => removeTable(session, account, dataset));
  }

  /** A session in the role of an account's master key, for what touches rows and runs what owners may have written. */
  asOwner(account: Account, { signal, timeoutMs = this.#timeoutMs }: OwnerOptions): Promise<Session> {
    const master = account.keys.find(({ type }) => type === "master");
    if (!master) throw new Error(`account ${account.name} has no master key`);
    return this.#engine.session(master.role, { signal, timeoutMs });
  }

  /** Reads; and where the account's tables have changed meanwhile, follows them and reads again. */
  async #fresh<T extends Pick<Read, "stale">>(
    account: Account,
    read: (session: SystemSession) => Promise<T>,
    { waits = false }: { waits?: boolean } = {},
  ): Promise<T> {
    const run = (): Promise<T> => (waits ? this.#briefly(read) : this.#engine.system(read));
    const first = await run();
    if (!first.stale) return first;
    const unknown = await this.#link(account);
    if (unknown.length > 0) await this.#analyze(account, unknown);
    return run();
  }

  async #link(account: Account): Promise<string[]> {
    try {
      return await this.#briefly((session) => linkTables(session, account));
    } catch (error) {
      // Somebody is just writing the same; the next one who asks is told of it.
      if (error instanceof HttpError) return [];
      throw error;
    }
  }

  /** Best effort: what is missing then are estimates. */
  async #analyze(account: Account, names: readonly string[]): Promise<void> {
    try {
      await using session = await this.asOwner(account, { signal: NEVER, timeoutMs: FACTS_MS });
      await analyze(session, account.schema, names);
    } catch (error) {
      if (!isOfStatement(error)) throw error;
    }
  }

  async #facts(account: Account, datasets: readonly Dataset[], signal: AbortSource): Promise<Map<number, TableFacts>> {
    if (datasets.length === 0) return new Map();
    try {
      await using session = await this.asOwner(account, { signal, timeoutMs: FACTS_MS });
      return await readFacts(session, account.schema, datasets);
    } catch (error) {
      if (isOfStatement(error)) return new Map();
      throw error;
    }
  }

  /** The only tables that may be listed, where the list is narrowed by more than what is stored of them. */
  async #candidates({ account, isOwner, signal }: Reader, { box, nothing }: ListQuery): Promise<number[] | undefined> {
    if (nothing) return [];
    if (!box) return undefined;
    await this.count(account);
    const tables = await this.#engine.system((session) => readRelations(session, account, { listed: !isOwner }));
    await using session = await this.asOwner(account, { signal });
    return await readWithin(session, account.schema, { tables, box });
  }

  async #change<T>(
    account: Account,
    tableId: string,
    change: (session: SystemSession, dataset: Dataset) => Promise<T>,
  ): Promise<T> {
    return this.#briefly(async (session) => {
      await linkTables(session, account);
      const { datasets } = await readDataset(session, account, { kind: "table", names: [], id: tableId });
      if (!datasets[0]) throw new PlatformError(404);
      return change(session, datasets[0]);
    });
  }

  /** Makes a dataset of a table that the account has just made, and writes what is told of it. */
  register(account: Account, table: { name: string; privacy: Privacy }, changes: Changes): Promise<Dataset> {
    return this.#briefly(async (session) => {
      const dataset = await registerTable(session, account, table);
      return (await writeDataset(session, dataset.tableId, changes)) ?? dataset;
    });
  }

  /** One transaction of the server's own that doesn't wait long for others'. @throws {@link HttpError} 400 where it would. */
  async #briefly<T>(use: (session: SystemSession) => Promise<T>): Promise<T> {
    try {
      return await this.#engine.transaction(async (session) => {
        await waitBriefly(session);
        return use(session);
      });
    } catch (error) {
      throw toRefusal(error);
    }
  }
}

interface OwnerOptions {
  signal: AbortSource;
  timeoutMs?: number;
}

/** For work that goes on when its client has left. */
const NEVER: AbortSource = { aborted: false, reason: undefined, addEventListener() {}, removeEventListener() {} };

const withFacts = (dataset: Dataset, facts: ReadonlyMap<number, TableFacts>): DatasetWithFacts => ({
  dataset,
  facts: facts.get(dataset.relation) ?? NO_FACTS,
});

const isOfStatement = (error: unknown): boolean => error instanceof PgError || error instanceof StatementTimeoutError;

/** What the database's refusal of a change is told as. */
function toRefusal(error: unknown): unknown {
  const refusal = asPgError(error);
  if (refusal && IN_USE.has(refusal.code)) {
    return new HttpError(400, "A table is in use by another statement. Try again when that has ended");
  }
  if (refusal && CHANGED.has(refusal.code)) {
    return new HttpError(
      400,
      `Another statement changed the account's tables meanwhile: ${refusal.message}. Try again`,
    );
  }
  if (refusal?.code === DEPENDENT_OBJECTS) {
    const objects = refusal.detail === undefined ? "" : `: ${refusal.detail.replaceAll("\n", ", ")}`;
    return new HttpError(400, `${refusal.message}${objects}`);
  }
  return error;
}
