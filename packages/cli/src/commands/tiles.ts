import { type Command, InvalidArgumentError, Option } from "commander";
import { reflow } from "../help.ts";
import { collect, parseBounds, parseCount, parseList } from "../options.ts";
import { runs, type Session } from "../session.ts";
import { makeTiles, type TilesFlags } from "../tiles/make.ts";

const DESCRIPTION = `Make vector tiles of a table, a query or a map, in one file or in a folder

Examples:
  $ carto-ts tiles cities -o cities.pmtiles
  $ carto-ts tiles --sql "select * from roads where class < 3" -o roads.pmtiles --max-zoom 12
  $ carto-ts tiles --map traffic --auth-token secret --bbox -4,40,-3,41 -o tiles

A name ending in .pmtiles makes a PMTiles archive, any other a folder of z/x/y.mvt with a tiles.json. Either appears when
it is whole. Tiles without anything in them are left out. Where no --bbox is given, the data's own bounds are taken for
tables and queries, and the world for maps.`;

/** `carto-ts tiles`. */
export function addTiles(program: Command, session: Session): void {
  const command = program
    .command("tiles")
    .summary("make vector tiles, into one file or a folder")
    .description(reflow(DESCRIPTION))
    .argument("[table]", "a table")
    .option("--sql <query>", "a query instead")
    .option("--map <name>", "a named map instead")
    .option("--config <file>", "a MapConfig instead; - is standard input")
    .option("--param <name=value>", "value of a named map's placeholder (repeatable)", collect)
    .option("--auth-token <token>", "what opens the named map (repeatable)", collect)
    .requiredOption("-o, --output <path>", "tiles.pmtiles, or a folder")
    .option("--min-zoom <zoom>", "from this zoom on", parseCount, 0)
    .option("--max-zoom <zoom>", "up to this zoom", parseCount, 8)
    .option("--bbox <west,south,east,north>", "only tiles that meet it, in degrees", parseBounds)
    .option("--layer <ids>", "only these layers of the map: a,b", parseList)
    .option("--concurrency <count>", "tiles asked for at once", parseWidth, 4)
    .addOption(
      new Option("--progress <how>", "on stderr; auto is a bar on a terminal").choices(["auto", "json", "none"]),
    );
  runs<[string | undefined], TilesFlags>(command, session, makeTiles);
}

function parseWidth(text: string): number {
  const width = parseCount(text);
  if (width < 1 || width > 64) throw new InvalidArgumentError("It must be 1 to 64.");
  return width;
}
