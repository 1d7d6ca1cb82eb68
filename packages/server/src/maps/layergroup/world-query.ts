import { numberDates } from "../map-config/dates.ts";
import { fillTokens, WORLD_TOKENS } from "../map-config/tokens.ts";
import type { TileLayer } from "../tiles/tile.ts";

/** A query with its tokens filled while no tile is known. */
export const worldSql = (sql: string): string => fillTokens(sql, WORLD_TOKENS);

/** A layer's query while no tile is known; with `dates_as_numbers` dates are seconds since 1970. */
export function worldQuery({ layer, facts }: TileLayer): string {
  const sql = worldSql(layer.sql);
  return layer.datesAsNumbers ? numberDates(sql, facts) : sql;
}
