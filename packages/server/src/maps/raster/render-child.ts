// A process of its own, started by render-child-process.ts: draws what it is sent until its parent is gone. Mapnik can't
// be stopped at its work but with the process, and two threads with it end a whole one.
import process from "node:process";
import { promisify } from "node:util";
import { Blender } from "./blender.ts";
import type { EncodedGrid, Grid, Image, Mapnik, MapnikMap, VectorTile } from "./mapnik.ts";
import type { ChildMessage, RenderJob, TileJob } from "./render-job.ts";

/** Maps that are kept ready, the last used last. */
const KEPT_MAPS = 64;
/** Pixels of a grid's cell. */
const GRID_RESOLUTION = 4;
const BYTES_PER_PIXEL = 4;

const [, , addon = "", fonts = ""] = process.argv;
const send = (message: ChildMessage): void => void process.send?.(message);

/** Draws one job after the other. */
class Renderer {
  readonly #mapnik: Mapnik;
  readonly #maps = new Map<string, MapnikMap>();

  constructor(mapnik: Mapnik) {
    this.#mapnik = mapnik;
  }

  async draw(job: TileJob): Promise<Buffer[]> {
    const map = await this.#map(job.xml, job.size);
    const tile = await this.#tile(job);
    return job.as.kind === "grid" ? [await this.#grid(map, tile, job.as)] : this.#pictures(map, tile, job);
  }

  async #map(xml: string, size: number): Promise<MapnikMap> {
    const key = `${size} ${xml}`;
    const known = this.#maps.get(key);
    const fresh = new this.#mapnik.Map(size, size);
    const map = known ?? (await promisify(fresh.fromString.bind(fresh))(xml, { strict: true }));
    this.#maps.delete(key);
    this.#maps.set(key, map);
    const [oldest] = this.#maps.keys();
    if (this.#maps.size > KEPT_MAPS && oldest !== undefined) this.#maps.delete(oldest);
    return map;
  }

  async #tile({ z, x, y, mvt, extent, buffer, size, scale }: TileJob): Promise<VectorTile> {
    const bufferUnits = Math.round((buffer * scale * extent) / size);
    const tile = new this.#mapnik.VectorTile(z, x, y, { tile_size: extent, buffer_size: bufferUnits });
    const bytes = Buffer.from(mvt.buffer, mvt.byteOffset, mvt.byteLength);
    if (bytes.length > 0) await promisify(tile.setData.bind(tile))(bytes);
    return tile;
  }

  async #pictures(map: MapnikMap, tile: VectorTile, { size, scale, buffer, as }: TileJob): Promise<Buffer[]> {
    if (as.kind !== "png") return [];
    const surface = new this.#mapnik.Image(size, size);
    const options = { scale, buffer_size: buffer * scale };
    const image = await promisify(tile.render.bind(tile)<Image>)(map, surface, options);
    const encode = (one: Image): Promise<Buffer> => promisify(one.encode.bind(one))(as.encoding);
    if (as.cut === 1) return [await encode(image)];
    const pieces: Buffer[] = [];
    for (const piece of cutUp(image.data(), size, as.cut)) {
      const side = size / as.cut;
      pieces.push(await encode(this.#mapnik.Image.fromBufferSync(side, side, piece)));
    }
    return pieces;
  }

  async #grid(
    map: MapnikMap,
    tile: VectorTile,
    { layer, fields }: { layer: number; fields: readonly string[] },
  ): Promise<Buffer> {
    const surface = new this.#mapnik.Grid(256, 256);
    const drawn = await promisify(tile.render.bind(tile)<Grid>)(map, surface, { layer, fields });
    const grid = await promisify(drawn.encode.bind(drawn))({ resolution: GRID_RESOLUTION });
    return Buffer.from(JSON.stringify(withKeysFromOne(grid)));
  }
}

/** Features of vector tiles are counted from 0, and 0 is no key to many clients. */
function withKeysFromOne({ grid, keys, data }: EncodedGrid): EncodedGrid {
  const after = (key: string): string => (key === "" ? "" : String(Number(key) + 1));
  return {
    grid,
    keys: keys.map(after),
    data: Object.fromEntries(Object.entries(data).map(([key, values]) => [after(key), values])),
  };
}

/** The squares of a picture's pixels, row by row: views of an image would be encoded as a whole. */
function cutUp(pixels: Buffer, size: number, cut: number): Buffer[] {
  const side = size / cut;
  const row = side * BYTES_PER_PIXEL;
  return Array.from({ length: cut * cut }, (_, n) => {
    const [top, left] = [Math.floor(n / cut) * side, (n % cut) * row];
    const piece = Buffer.allocUnsafe(side * row);
    for (let y = 0; y < side; y++) {
      const from = (top + y) * size * BYTES_PER_PIXEL + left;
      pixels.copy(piece, y * row, from, from + row);
    }
    return piece;
  });
}

try {
  const loaded = { exports: {} };
  process.dlopen(loaded, addon);
  const mapnik = loaded.exports as Mapnik;
  mapnik.register_fonts(fonts, { recurse: true });
  const [renderer, blender] = [new Renderer(mapnik), new Blender(mapnik)];
  const draw = (job: RenderJob): Promise<Buffer[]> => (job.kind === "tile" ? renderer.draw(job) : blender.draw(job));
  process.on("message", ({ id, job }: { id: number; job: RenderJob }) => {
    draw(job).then(
      (pieces) => send({ kind: "done", id, pieces, rss: process.memoryUsage.rss() }),
      (error: Error) => send({ kind: "failed", id, message: error.message }),
    );
  });
  send({ kind: "ready", faces: mapnik.fonts() });
} catch (error) {
  send({ kind: "unusable", message: (error as Error).message });
}
// Not process.exit(), which would wait for what is being drawn.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
