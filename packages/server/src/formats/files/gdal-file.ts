import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ResultStream } from "../../db/result.ts";
import { GdalError } from "../../gdal/gdal-error.ts";
import type { FileJob } from "../format.ts";
import { type Carrier, writeCarrier } from "./carrier.ts";

/** How GDAL writes a format. */
export interface GdalFileOptions {
  /** GDAL's name of the driver. */
  driver: string;
  /** Name of the file to make. */
  file: string;
  /** Type of the layer's geometries; undefined where nothing tells. @defaultValue the one that all can be taken for */
  geometryType?(carrier: Carrier): string | undefined;
  /** Further options of ogr2ogr. */
  args(carrier: Carrier): readonly string[];
  /** See {@link Translation.wasmOnly}. */
  wasmOnly?(carrier: Carrier): boolean;
  /** Options to try where GDAL failed with these words; undefined lets it fail. */
  retry?(words: string, carrier: Carrier): readonly string[] | undefined;
}

/** Writes a result as a file of one layer, named as the file will be. @returns the file's path */
export async function writeByGdal(result: ResultStream, job: FileJob, options: GdalFileOptions): Promise<string> {
  const carrier = await writeCarrier(result, job);
  const { driver, file: target } = options;
  // Programs of GDAL 3.6 don't take a single column for CSV.
  const isNarrow = carrier.fields.length + (carrier.geometry ? 1 : 0) === 1;
  const wasmOnly = isNarrow || (options.wasmOnly?.(carrier) ?? false);
  const args = ["-nln", layerName(job.name), ...geometryArgs(carrier, options), ...carrier.rename];
  await using gdal = await job.openGdal();
  const write = (more: readonly string[]): Promise<void> =>
    gdal.translate({ source: carrier.source, layers: [], driver, target, args: [...args, ...more], wasmOnly });
  try {
    await write(options.args(carrier));
  } catch (error) {
    const again = error instanceof GdalError ? options.retry?.(error.message, carrier) : undefined;
    if (!again) throw error;
    await rm(join(job.folder, target), { force: true });
    await write(again);
  }
  return join(job.folder, target);
}

function geometryArgs(carrier: Carrier, { geometryType }: GdalFileOptions): string[] {
  const { geometry } = carrier;
  if (!geometry) return ["-nlt", "NONE"];
  const type = geometryType ? geometryType(carrier) : geometry.commonType;
  const reference = geometry.srid > 0 ? ["-a_srs", `EPSG:${geometry.srid}`] : [];
  return [...(type === undefined ? [] : ["-nlt", type]), ...reference];
}

/** Without what can't stand in an argument, or begin the name of a table. */
const layerName = (name: string): string => name.replace(/\p{Cc}/gu, "_").replace(/^[^\p{L}\p{N}_]/u, "_$&");
