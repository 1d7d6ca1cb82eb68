import type { Session, StatementOptions } from "../../db/engine.ts";
import { explain, isOneTable, isWholeTable, nodesOf } from "./explain.ts";
import type { TileAddress, TileLayer } from "./tile.ts";
import { tileFrame } from "./tile-frame.ts";
import { inBbox, layerSource } from "./tile-sql.ts";

/** Milliseconds that an estimate is good for. */
const FRESH_MS = 60_000;
/** Layers, and tiles of each, that are remembered. */
const LAYERS = 200;
const TILES = 2_000;
/** Parts of a tile's side. Statistics are finer than parts of the first zooms' tiles. */
const PARTS = 8;
const WORLD_PARTS = 16;
const WORLD_ZOOMS = 1;
const PART = "_cdb_part";

/** Whose rows are counted, and how the planner is asked. */
export interface EstimateContext extends StatementOptions {
  session: Session;
  /** Name of the session's role: names of tables may mean others in another's. */
  role: string;
  /** Pixels around the tile that are in it as well. */
  buffer: number;
}

/** What is known of all rows of a layer. */
export interface LayerRowsFacts {
  /** How many there are at most; infinite where the planner can't be sure: it knows tables, not what a query takes of them. */
  most: number;
  /** Whether they are those of one table, so that it is soon asked about many parts of them. */
  ofOneTable: boolean;
}

interface LayerEstimates {
  since: number;
  all: LayerRowsFacts | undefined;
  tiles: Map<string, readonly number[]>;
}

/** The planner's estimates of the rows that layers have, remembered for a while. */
export class RowEstimates {
  readonly #layers = new Map<string, LayerEstimates>();

  /** What is known of all rows of a layer. */
  async all(tile: TileLayer, context: EstimateContext): Promise<LayerRowsFacts> {
    const known = this.#known(tile, context);
    if (known.all) return known.all;
    const plan = await explain(context.session, `SELECT 1 FROM ${sourceAt(tile, WORLD, context)}`, context);
    const most = isWholeTable(plan) ? plan["Plan Rows"] : Number.POSITIVE_INFINITY;
    known.all = { most, ofOneTable: isOneTable(plan) };
    return known.all;
  }

  /** Rows of a layer in a tile. */
  async rows(tile: TileLayer, address: TileAddress, context: EstimateContext): Promise<number> {
    const ask = async (): Promise<number[]> => {
      const plan = await explain(context.session, rowsIn(tile, address, context), context);
      return [plan["Plan Rows"]];
    };
    const [rows = 0] = await this.#once(tile, keyOf(address), { context, ask });
    return rows;
  }

  /** Rows of a layer in 64 or 256 parts of a tile and its buffer, which are alike in size. */
  async parts(tile: TileLayer, address: TileAddress, context: EstimateContext): Promise<readonly number[]> {
    const ask = async (): Promise<number[]> => {
      const asked = partsOf(address, context.buffer).map((part, at) => {
        const rows = rowsIn(tile, part, { ...context, buffer: 0 });
        return `SELECT 1 FROM (${rows} OFFSET 0) AS ${PART}${at}`;
      });
      const nodes = nodesOf(await explain(context.session, asked.join(" UNION ALL "), context));
      const found = nodes.filter(({ Alias }) => Alias?.startsWith(PART));
      return found.map((node) => node.Plans?.[0]?.["Plan Rows"] ?? node["Plan Rows"]);
    };
    return this.#once(tile, `${keyOf(address)}/parts`, { context, ask });
  }

  async #once(
    tile: TileLayer,
    key: string,
    { context, ask }: { context: EstimateContext; ask: () => Promise<number[]> },
  ): Promise<readonly number[]> {
    const { tiles } = this.#known(tile, context);
    const rows = tiles.get(key) ?? (await ask());
    if (tiles.size >= TILES) tiles.clear();
    tiles.set(key, rows);
    return rows;
  }

  #known({ layer }: TileLayer, { role, buffer }: EstimateContext): LayerEstimates {
    const key = [role, buffer, layer.geomColumn, layer.srid, layer.sql].join("\n");
    const now = performance.now();
    const known = this.#layers.get(key);
    if (known && now - known.since < FRESH_MS) return known;
    if (this.#layers.size >= LAYERS) this.#layers.clear();
    const fresh: LayerEstimates = { since: now, all: undefined, tiles: new Map() };
    this.#layers.set(key, fresh);
    return fresh;
  }
}

const WORLD: TileAddress = { z: 0, x: 0, y: 0 };

const sourceAt = (tile: TileLayer, address: TileAddress, { buffer }: EstimateContext): string =>
  layerSource(tile, tileFrame(address, buffer));

const rowsIn = (tile: TileLayer, address: TileAddress, context: EstimateContext): string =>
  `SELECT 1 FROM ${sourceAt(tile, address, context)} WHERE ${inBbox(tile, tileFrame(address, context.buffer))}`;

/** Places of the parts, which are those of tiles between two zooms. */
function partsOf({ z, x, y }: TileAddress, buffer: number): TileAddress[] {
  const margin = buffer / 256;
  const side = z <= WORLD_ZOOMS ? WORLD_PARTS : PARTS;
  const scale = side / (1 + 2 * margin);
  return Array.from({ length: side ** 2 }, (_, at) => ({
    z: z + Math.log2(scale),
    x: (x - margin) * scale + (at % side),
    y: (y - margin) * scale + Math.floor(at / side),
  }));
}

const keyOf = ({ z, x, y }: TileAddress): string => `${z}/${x}/${y}`;
