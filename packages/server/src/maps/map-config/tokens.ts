/** SQL expressions for the tokens of a layer's query. */
export interface SqlTokens {
  /** `!bbox!`: the tile and its buffer, a geometry in EPSG:3857. */
  bbox: string;
  /** `!tile_bbox!`: the tile without its buffer. */
  tileBbox: string;
  /** `!scale_denominator!`: scale as that of a map on paper. */
  scaleDenominator: string;
  /** `!pixel_width!` and `!pixel_height!`: metres of a pixel, of which a tile has 256. */
  pixelSize: string;
}

const WORLD = "ST_MakeEnvelope(-20037508.342789245, -20037508.342789245, 20037508.342789245, 20037508.342789245, 3857)";

/** What queries see while no tile is known: the one tile of zoom 0, its numbers of the type that they have in tiles. */
export const WORLD_TOKENS: SqlTokens = {
  bbox: WORLD,
  tileBbox: WORLD,
  scaleDenominator: "(559082264.02871777343)::float8",
  pixelSize: "(156543.03392804097656)::float8",
};

const EXPRESSIONS: ReadonlyMap<string, keyof SqlTokens> = new Map([
  ["!bbox!", "bbox"],
  ["!tile_bbox!", "tileBbox"],
  ["!scale_denominator!", "scaleDenominator"],
  ["!pixel_width!", "pixelSize"],
  ["!pixel_height!", "pixelSize"],
]);

const TOKEN = /!(?:bbox|tile_bbox|scale_denominator|pixel_width|pixel_height)!/g;

/**
 * Puts expressions in the place of a query's tokens, wherever they are: also in strings and comments, as the original.
 *
 * What is put in isn't looked at again.
 */
export function fillTokens(sql: string, tokens: SqlTokens): string {
  return sql.replace(TOKEN, (token) => {
    const name = EXPRESSIONS.get(token);
    return name === undefined ? token : tokens[name];
  });
}

/** Whether a query has tokens, so that it is another one for each tile. */
export const hasTokens = (sql: string): boolean => sql.search(TOKEN) >= 0;
