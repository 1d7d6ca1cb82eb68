import { quoteIdent } from "../../db/identifier.ts";
import type { LayerFacts, StagedAt, StagedGeometry } from "../reader.ts";

/** Bytes of a name that PostgreSQL doesn't cut off. */
const MAX_NAME_BYTES = 63;

/** What is in a staging table, and what to select it from. */
export interface StagedFacts {
  facts: LayerFacts;
  /** A table's quoted name, or a SELECT in parentheses. */
  from: string;
}

type Keyed = Extract<StagedAt, { key: string }>;

/**
 * Gives values in a JSON column columns of their own, all in one go: looking up a thousand keys one after the other reads a
 * large object a thousand times.
 */
export function spreadKeys({ facts, from }: StagedFacts): StagedFacts {
  const keys = new Map<string, string>();
  let column: string | undefined;
  for (const { at } of facts.columns) {
    if (!isKeyed(at) || (column !== undefined && at.column !== column)) continue;
    column = at.column;
    if (Buffer.byteLength(at.key) <= MAX_NAME_BYTES && at.key !== "") keys.set(at.key, `_key${keys.size}`);
  }
  if (column === undefined || keys.size === 0) return { facts, from };
  const place = (at: StagedAt): StagedAt => {
    const name = isKeyed(at) && at.column === column ? keys.get(at.key) : undefined;
    return name === undefined ? at : { column: name };
  };
  return {
    facts: {
      ...facts,
      columns: facts.columns.map((one) => ({ ...one, at: place(one.at) })),
      geometry: facts.geometry && placeGeometry(facts.geometry, place),
    },
    from: select(from, column, keys),
  };
}

const isKeyed = (at: StagedAt): at is Keyed => "key" in at;

const placeGeometry = (geometry: StagedGeometry, place: (at: StagedAt) => StagedAt): StagedGeometry =>
  geometry.kind === "lonlat"
    ? { ...geometry, longitude: place(geometry.longitude), latitude: place(geometry.latitude) }
    : { ...geometry, at: place(geometry.at) };

function select(from: string, column: string, keys: ReadonlyMap<string, string>): string {
  const names = [...keys].map(([key, name]) => `o.${quoteIdent(key)} AS ${name}`);
  const types = [...keys.keys()].map((key) => `${quoteIdent(key)} text`);
  const record = `pg_catalog.jsonb_to_record(s.${quoteIdent(column)}) AS o (${types.join(", ")})`;
  return `(SELECT s.*, ${names.join(", ")} FROM ${from} s, ${record})`;
}
