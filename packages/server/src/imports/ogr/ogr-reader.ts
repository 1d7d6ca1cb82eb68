import { parse } from "node:path";
import type { GdalRows, RowOptions } from "../../gdal/gdal.ts";
import type { GdalLayer } from "../../gdal/layer-info.ts";
import { refuseBomb } from "../archive/workbook.ts";
import { ImportError } from "../error.ts";
import type { Layer, Reader, ReadOptions, SourceFile } from "../reader.ts";
import { rowArgs } from "./columns.ts";
import { toReadError } from "./failure.ts";
import type { OgrFormat } from "./format.ts";
import { GdalJob } from "./gdal-job.ts";
import { OgrLayer } from "./ogr-layer.ts";
import { refuseIncomplete } from "./parts.ts";
import { farthestCorner, refuseCut, textEncoding } from "./shapefile.ts";
import { areDegrees, noSystem, type System, systemOf } from "./system.ts";

const EMPTY = 1005;

/**
 * Reads what GDAL reads, in a process of its own that sees the file and nothing else.
 *
 * A table for each layer that has rows, called after the file, and after the layer too where there are several; of a workbook
 * the first sheet. Fields have the types that the file gives them. What the file numbers its features by becomes `cartodb_id`.
 *
 * @throws ImportError 1005, 1006, 3008, 3101, 3201, 6666, 6667, and the format's own code when it is damaged
 */
export function ogrReader(format: OgrFormat): Reader {
  return async function* readOgr(file: SourceFile, options: ReadOptions): AsyncGenerator<Layer, void, undefined> {
    const openOptions = await prepare(file, format);
    await using job = await GdalJob.open(file, { format, options, openOptions });
    yield* new OgrFile(job, { file, format, options }).layers();
  };
}

/** Looks at what GDAL doesn't. @returns options to open it with */
async function prepare(file: SourceFile, format: OgrFormat): Promise<readonly string[]> {
  if (format.firstOnly) await refuseBomb(file);
  await refuseIncomplete(file, format);
  if (format.extension !== "shp") return [];
  await refuseCut(file);
  const encoding = await textEncoding(file);
  return encoding === undefined ? [] : [`ENCODING=${encoding}`];
}

interface Reading {
  file: SourceFile;
  format: OgrFormat;
  options: ReadOptions;
}

/** A file in GDAL's hands. */
class OgrFile {
  readonly #job: GdalJob;
  readonly #reading: Reading;

  constructor(job: GdalJob, reading: Reading) {
    this.#job = job;
    this.#reading = reading;
  }

  async *layers(): AsyncGenerator<Layer, void, undefined> {
    const { file, options } = this.#reading;
    const layers = await this.#telling(() => this.#findLayers());
    const base = parse(file.name).name.replace(/\.osm$/i, "");
    for (const [i, layer] of layers.entries()) {
      const onProgress = (share: number): void =>
        options.onProgress(Math.floor(((i + share) * file.size) / layers.length));
      const opened = await this.#telling(() =>
        this.#open(layer, layers.length === 1 ? base : `${base}_${layer.name}`, onProgress),
      );
      yield opened;
      // Whoever didn't want its rows left GDAL with them.
      if (!opened.isRead) await this.#job.abandon();
    }
  }

  /** The layers that have rows; one without any is a table without any if it is all that there is. */
  async #findLayers(): Promise<GdalLayer[]> {
    const { format, file } = this.#reading;
    const gdal = await this.#job.gdal();
    const all = await this.#job.patiently(gdal.layers(this.#job.source));
    const looked = format.firstOnly ? all.slice(0, 1) : all;
    const found: GdalLayer[] = [];
    for (const layer of looked) if (looked.length === 1 || (await this.#hasRows(layer))) found.push(layer);
    const [only] = found.length === 0 && looked.length === 1 ? looked : found;
    if (only === undefined || (only.fields.length === 0 && only.geometryType === "None"))
      throw new ImportError(EMPTY, `There are no rows in ${file.name}: there is nothing in it to import.`);
    return found;
  }

  async #hasRows(layer: GdalLayer): Promise<boolean> {
    const { name, count } = layer;
    if (count !== undefined) return count > 0;
    const { chunks } = await this.#copy(name, { args: [...rowArgs(layer), "-limit", "1"] });
    let bytes = 0;
    for await (const chunk of chunks) bytes += chunk.byteLength;
    return bytes > 0;
  }

  async #open(layer: GdalLayer, name: string, onProgress: (share: number) => void): Promise<OgrLayer> {
    const { file, format, options } = this.#reading;
    const system = await this.#systemOf(layer);
    let before: number | undefined;
    const rows = await this.#copy(layer.name, {
      args: [...rowArgs(layer), ...system.args],
      // It counts from its start on, and some files are read more than once.
      onProgress: (bytes) => {
        before ??= bytes;
        onProgress(Math.min(1, (bytes - before) / Math.max(1, file.size)));
      },
    });
    return new OgrLayer({ file, format, layer, rows, system, name }, options);
  }

  async #copy(layer: string, options: RowOptions): Promise<GdalRows> {
    const gdal = await this.#job.gdal();
    const { columns, chunks } = await this.#job.patiently(gdal.copyRows(this.#job.source, layer, options));
    return { columns, chunks: this.#job.patientlyEach(chunks) };
  }

  async #systemOf(layer: GdalLayer): Promise<System> {
    const { file, format, options } = this.#reading;
    const system = await systemOf(layer, format, options);
    const corner = system.isAssumed && format.extension === "shp" ? await farthestCorner(file) : undefined;
    if (corner !== undefined && !areDegrees(corner)) throw noSystem(file, format, corner);
    return system;
  }

  async #telling<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toReadError(error, this.#reading);
    }
  }
}
