import type { Privacy } from "@carto-ts/protocol";
import type { Account } from "../accounts/account.ts";
import type { SystemSession } from "../db/engine.ts";
import { freeTableName, toTableName } from "../imports/names/table-name.ts";
import type { Changes, Dataset } from "./dataset.ts";
import { linkTables } from "./ghosts.ts";
import { dropRelation, readTakenNames, renameRelation, setReaders, touchRelation } from "./relation.ts";
import { deleteDataset, readByName, readTableName, writeDataset, writeRelation } from "./store.ts";

/**
 * Makes a table of the account's schema a dataset, or brings the one that it is up to date, in the transaction at hand.
 *
 * The table has been through CDB_CartodbfyTable and belongs to a role of the account, or of the server. A dataset of that
 * name keeps its ids, also when the table is a new one; with an `id`, the one with that table's id does. With a privacy, grants or revokes everybody's right to read it. Holds up the
 * account's lists until the transaction ends, so call it late.
 *
 * @throws Error when the table is none that can be a dataset.
 */
export async function registerTable(
  session: SystemSession,
  account: Account,
  { name, privacy, id }: { name: string; privacy: Privacy | undefined; id?: string | undefined },
): Promise<Dataset> {
  if (id !== undefined) await writeRelation(session, id, { schema: account.schema, name });
  if (privacy !== undefined) await setReaders(session, { schema: account.schema, name }, privacy);
  await linkTables(session, account);
  const dataset = await readByName(session, account, name);
  if (!dataset) {
    throw new Error(
      `table ${account.schema}.${name} can't become a dataset: it lacks what CDB_CartodbfyTable gives, or belongs to another role`,
    );
  }
  await touchRelation(session, dataset.relation);
  return expect(await writeDataset(session, dataset.tableId, privacy === undefined ? {} : { privacy }), name);
}

/** Name of the table that a dataset is, by the table's id; it may be another than the dataset has by now. */
export function tableNameOf(session: SystemSession, account: Account, tableId: string): Promise<string | undefined> {
  return readTableName(session, account, tableId);
}

/** Writes changes of a dataset, in the transaction at hand: also the name of its table, and who may read that. */
export async function changeTable(
  session: SystemSession,
  account: Account,
  { dataset, changes, name }: { dataset: Dataset; changes: Changes; name: string | undefined },
): Promise<Dataset> {
  const renamed = name === undefined ? dataset.name : await renameTable(session, account, { dataset, name });
  if (changes.privacy !== undefined && changes.privacy !== dataset.privacy) {
    await setReaders(session, { schema: account.schema, name: renamed }, changes.privacy);
    await touchRelation(session, dataset.relation);
  }
  return expect(await writeDataset(session, dataset.tableId, { ...changes, name: renamed }), renamed);
}

/**
 * Gives a dataset's table another name, in the transaction at hand: the one asked for, made a valid one, and with a number
 * where that is taken. The dataset itself is left as it is.
 *
 * @returns the name that it has now.
 */
async function renameTable(
  session: SystemSession,
  { schema }: Account,
  { dataset, name }: { dataset: Dataset; name: string },
): Promise<string> {
  // Clients send back the name that they read, which SQL may have given and toTableName would not.
  if (name === dataset.name) return name;
  const wanted = toTableName(name);
  if (wanted === dataset.name) return wanted;
  const taken = await readTakenNames(session, schema);
  taken.delete(dataset.name);
  const free = freeTableName(wanted, (candidate) => taken.has(candidate));
  if (free !== dataset.name) await renameRelation(session, { schema, name: dataset.name }, free);
  return free;
}

/** Drops a dataset's table and forgets the dataset, in the transaction at hand. What depends on the table stops it. */
export async function removeTable(session: SystemSession, { schema }: Account, dataset: Dataset): Promise<void> {
  await dropRelation(session, { schema, name: dataset.name });
  await deleteDataset(session, dataset.tableId);
}

function expect(dataset: Dataset | undefined, name: string): Dataset {
  if (!dataset) throw new Error(`dataset ${name} vanished while it was written`);
  return dataset;
}
