import type { Role } from "../../db/engine.ts";
import type { Guard } from "../../db/guard/guard.ts";
import type { RelationName } from "../../db/guard/inspect.ts";
import { isHarmless } from "../../db/guard/policy.ts";
import type { QueryLayer } from "../map-config/map-config.ts";
import { fillTokens, WORLD_TOKENS } from "../map-config/tokens.ts";

/** What a map's queries read, and the role that they run as. */
export interface WatchedQueries {
  role: Role;
  /** Relations that the queries name. */
  named: readonly RelationName[];
  /** Tables that the planner reads for them: also those behind views. */
  tables: readonly { schema: string; name: string }[];
  /** Whether the queries call only functions by names that are known, and so read only what they name. */
  known: boolean;
  /** Names that would be no known function's, if there were functions of a user's by them. */
  calls: readonly string[];
}

/** Finds out what there is to watch for caches of a map that is read in `role`. */
export async function watchQueries(
  { queries, tables }: { queries: readonly Pick<QueryLayer, "sql">[]; tables: WatchedQueries["tables"] },
  role: Role,
  guard: Guard,
): Promise<WatchedQueries> {
  const texts = queries.map(({ sql }) => fillTokens(sql, WORLD_TOKENS));
  const inspections = await Promise.all(texts.map(async (text) => guard.inspect(text)));
  return {
    role,
    named: distinct(inspections.flatMap(({ relations }) => relations)),
    tables,
    calls: [...new Set(inspections.flatMap(({ functions, attributes }) => [...functions, ...attributes]))],
    known: inspections.every((inspection) => inspection.parsed && isHarmless(inspection)),
  };
}

/** A query may name a table as often as it likes. */
const distinct = (relations: readonly RelationName[]): RelationName[] => [
  ...new Map(relations.map((relation) => [JSON.stringify([relation.schema, relation.name]), relation])).values(),
];
