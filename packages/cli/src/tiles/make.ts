import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import type { ExitCode } from "../exit.ts";
import { writeJsonValue } from "../output/object.ts";
import { ProgressBoard } from "../output/progress.ts";
import { formatBytes, formatCount, formatDuration, plural } from "../output/units.ts";
import { fetchTile } from "./fetch-tile.ts";
import { inOrder } from "./in-order.ts";
import { openOutput, type TileOutput } from "./output.ts";
import type { Bounds } from "./pmtiles.ts";
import { countTiles, tilesOfZoom } from "./pyramid.ts";
import { openSource, type SourceFlags, type TileSource } from "./source.ts";
import { MAX_ZOOM, type TilePlace, tileId, tilePlace } from "./tile-id.ts";

/** Options of `tiles`. */
export interface TilesFlags extends SourceFlags {
  output: string;
  minZoom: number;
  maxZoom: number;
  bbox?: Bounds;
  layer?: string[];
  concurrency: number;
  progress?: "auto" | "json" | "none";
}

const WORLD: Bounds = [-180, -85.051129, 180, 85.051129];
/** More numbers than this would take gigabytes. */
const MOST_TILES = 50_000_000;

/** `tiles`: a pyramid of vector tiles into an archive or a folder, which appears when it is whole. */
export async function makeTiles(
  context: Context,
  [table]: readonly [string | undefined],
  flags: TilesFlags,
): Promise<ExitCode | undefined> {
  const { minZoom, maxZoom, output: path } = flags;
  if (minZoom > maxZoom || maxZoom > MAX_ZOOM) {
    throw new CommandError(`there are no zooms from ${minZoom} to ${maxZoom}`, `they go from 0 to ${MAX_ZOOM}`);
  }
  const source = await openSource(context, table, flags);
  const bounds = flags.bbox ?? source.bounds ?? WORLD;
  const total = countTiles({ minzoom: minZoom, maxzoom: maxZoom, bounds });
  if (total > MOST_TILES) {
    throw new CommandError(`${formatCount(total)} tiles are too many`, "name a smaller --bbox or --max-zoom");
  }
  context.doing = `make tiles of ${source.name}`;
  const output = await openOutput(path);
  try {
    const run = new TilesRun(context, source, { flags, bounds, total });
    await run.fill(output);
    const metadata = { name: source.name, vector_layers: vectorLayers(source, flags) };
    await output.commit({ minzoom: minZoom, maxzoom: maxZoom, bounds, metadata });
    if (run.counts.tiles === 0) context.warn(`there is nothing of ${source.name} on these tiles`);
    context.say(run.summary(path));
    if (context.flags.json) await writeJsonValue(context.io, { output: path, ...run.counts });
    return undefined;
  } catch (error) {
    await output.discard();
    throw error;
  }
}

/** The layers that are in the tiles, as an archive's readers know them. */
function vectorLayers({ map }: TileSource, { minZoom, maxZoom, layer }: TilesFlags): Record<string, unknown>[] {
  const layers = map.tileJson({ layer }).vector_layers ?? [];
  return layers.map(({ id, fields }) => ({ id, minzoom: minZoom, maxzoom: maxZoom, fields }));
}

/** The tiles of one command. */
class TilesRun {
  readonly counts = { tiles: 0, bytes: 0, reduced: 0 };
  readonly #context: Context;
  readonly #source: TileSource;
  readonly #options: { flags: TilesFlags; bounds: Bounds; total: number };
  readonly #started = performance.now();
  #done = 0;
  /** Numbers of the tiles of the zoom before that hold something. */
  #parents: Set<number> | undefined;

  constructor(context: Context, source: TileSource, options: { flags: TilesFlags; bounds: Bounds; total: number }) {
    this.#context = context;
    this.#source = source;
    this.#options = options;
  }

  async fill(output: TileOutput): Promise<void> {
    const { flags, bounds, total } = this.#options;
    const mode = this.#context.progressMode(flags.progress);
    const board = new ProgressBoard({ stream: this.#context.io.stderr, mode });
    const progress = board.add(this.#source.name, total, "tiles");
    try {
      for (let z = flags.minZoom; z <= flags.maxZoom; z++) {
        await this.#fillZoom(output, tilesOfZoom(bounds, z), () => progress.update({ bytes: this.#done }));
      }
    } finally {
      progress.stop();
      board.clear();
    }
  }

  summary(path: string): string {
    const { tiles, bytes, reduced } = this.counts;
    const took = formatDuration(performance.now() - this.#started);
    const less = reduced === 0 ? "" : `; ${plural(reduced, "tile")} would have been too large and have less in them`;
    return `${path}: ${plural(tiles, "tile")}, ${formatBytes(bytes)} in ${took}${less}`;
  }

  async #fillZoom(output: TileOutput, ids: Float64Array, onTile: () => void): Promise<void> {
    const held = new Set<number>();
    const { concurrency: width } = this.#options.flags;
    const results = inOrder(this.#wanted(ids, onTile), { width, run: (id) => this.#fetch(id) });
    for await (const { place, id, bytes } of results) {
      this.#done++;
      if (bytes) {
        await output.add(place, bytes);
        held.add(id);
        this.counts.tiles++;
        this.counts.bytes += bytes.length;
      }
      onTile();
    }
    this.#parents = this.#source.prunes ? held : undefined;
  }

  /** Those below tiles that hold something. */
  *#wanted(ids: Float64Array, onSkip: () => void): Generator<number> {
    const parents = this.#parents;
    for (const id of ids) {
      if (!parents || parents.has(parentOf(tilePlace(id)))) {
        yield id;
        continue;
      }
      this.#done++;
      onSkip();
    }
  }

  async #fetch(id: number): Promise<{ id: number; place: TilePlace; bytes: Uint8Array | undefined }> {
    const place = tilePlace(id);
    const bytes = await fetchTile(this.#source.map, place, {
      signal: this.#context.signal,
      layer: this.#options.flags.layer,
      onDropped: () => {
        this.counts.reduced++;
      },
    });
    return { id, place, bytes };
  }
}

const parentOf = ({ z, x, y }: TilePlace): number => tileId({ z: z - 1, x: x >> 1, y: y >> 1 });
