import type { Privacy } from "@carto-ts/protocol";

/** A table that is a dataset, as the database has it. */
export interface PhysicalTable {
  /** OID. */
  relation: number;
  name: string;
  /** Whether everybody may read it. */
  readable: boolean;
}

/** A dataset to be. */
export interface MadeTable {
  /** OID of its table. */
  relation: number;
  name: string;
  privacy: Privacy;
}

/** A dataset as it is stored. */
export interface StoredTable extends MadeTable {
  tableId: string;
}

/** What is to be written so that datasets and tables are the same. */
export interface Matching {
  /** Ids of datasets whose tables are gone. */
  gone: string[];
  /** Datasets that have another name, table or privacy now, as they are now. */
  changed: StoredTable[];
  /** Tables that are new. */
  made: MadeTable[];
}

/**
 * Finds out which dataset each table is. Pure.
 *
 * A dataset is known again by its table's OID, so that renaming keeps it; then by its name, for CDB_CartodbfyTable, and an
 * import that overwrites, write a new table. A privacy that the rights in the database contradict follows them.
 */
export function matchTables(tables: readonly PhysicalTable[], stored: readonly StoredTable[]): Matching {
  const relations = new Set(tables.map(({ relation }) => relation));
  const byRelation = new Map(stored.map((dataset) => [dataset.relation, dataset]));
  const tableless = stored.filter(({ relation }) => !relations.has(relation));
  const byName = new Map(tableless.map((dataset) => [dataset.name, dataset]));
  const changed: StoredTable[] = [];
  const made: MadeTable[] = [];
  const found = new Set<string>();
  for (const { relation, name, readable } of tables) {
    const dataset = byRelation.get(relation) ?? byName.get(name);
    if (!dataset) {
      made.push({ relation, name, privacy: readable ? "public" : "private" });
      continue;
    }
    const { tableId } = dataset;
    found.add(tableId);
    const contradicted = (dataset.privacy === "private") === readable;
    const privacy = contradicted ? (readable ? "public" : "private") : dataset.privacy;
    if (contradicted || relation !== dataset.relation || name !== dataset.name) {
      changed.push({ tableId, relation, name, privacy });
    }
  }
  return { gone: stored.map(({ tableId }) => tableId).filter((tableId) => !found.has(tableId)), changed, made };
}
