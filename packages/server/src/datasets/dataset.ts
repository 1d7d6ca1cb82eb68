import type { Privacy } from "@carto-ts/protocol";
import type { SyncFacts } from "../synchronizations/facts.ts";

/** A table of an account's with what is known of it besides. */
export interface Dataset {
  /** Id of the table, of `/api/v1/tables/:id`. */
  tableId: string;
  /** Id of the dataset, of `/api/v1/viz/:id`. */
  visualizationId: string;
  /** Id of the map that a dataset is shown by. */
  mapId: string;
  /** Id of the rights on it. */
  permissionId: string;
  /** Name of the account. */
  account: string;
  /** Name of the table, in the account's schema. */
  name: string;
  /** OID of the table. */
  relation: number;
  privacy: Privacy;
  displayName: string | null;
  description: string | null;
  title: string | null;
  license: string | null;
  source: string | null;
  attributions: string | null;
  tags: readonly string[];
  locked: boolean;
  createdAt: Date;
  updatedAt: Date;
  /** The planner's estimate. */
  rowCount: number;
  /** How it is kept as a file at a URL is. */
  synchronization: SyncFacts | null;
}

/** What is to change of a dataset; null takes a text away. */
export interface Changes {
  displayName?: string | null;
  description?: string | null;
  title?: string | null;
  license?: string | null;
  source?: string | null;
  attributions?: string | null;
  tags?: readonly string[];
  locked?: boolean;
  privacy?: Privacy;
}

/** What a table holds, read as its account's master key. */
export interface TableFacts {
  /** Bytes of the table with its indexes. */
  bytes: number;
  /** PostGIS' names of the geometries' types, alphabetical; of the first 100 rows. */
  geometryTypes: readonly string[];
}

/** Facts of a table that can't be read, because somebody holds it for longer than a list waits. */
export const NO_FACTS: TableFacts = { bytes: 0, geometryTypes: [] };
