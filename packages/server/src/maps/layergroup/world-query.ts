import { fillTokens } from "../map-config/tokens.ts";
import type { TileLayer } from "../tiles/tile.ts";
import { type TileFrame, tileFrame } from "../tiles/tile-frame.ts";
import { layerQuery } from "../tiles/tile-sql.ts";

/** The tile that queries see while none is known: the world. */
const WORLD: TileFrame = tileFrame({ z: 0, x: 0, y: 0 }, 0);

/** A query with its tokens filled while no tile is known. */
export const worldSql = (sql: string): string => fillTokens(sql, WORLD);

/** A layer's query while no tile is known; with `dates_as_numbers` dates are seconds since 1970. */
export const worldQuery = (layer: TileLayer): string => layerQuery(layer, WORLD);
