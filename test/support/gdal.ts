import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const OGR2OGR = "/usr/bin/ogr2ogr";

/** Whether GDAL's programs are at hand. */
export const hasGdal: boolean = existsSync(OGR2OGR);

/** A feature as GDAL read it. */
export interface GdalFeature {
  geometry: { type: string; coordinates?: unknown; geometries?: unknown } | null;
  properties: Record<string, unknown>;
}

/** Reads a file by GDAL. @param name With the extension that tells its format. @param layer Of several. */
export async function readByGdal(file: Uint8Array | string, name: string, layer?: string): Promise<GdalFeature[]> {
  const folder = await mkdtemp(join(tmpdir(), "carto-ts-gdal-"));
  try {
    const path = join(folder, name);
    await writeFile(path, file);
    const args = ["-f", "GeoJSON", "/vsistdout/", path, ...(layer === undefined ? [] : [layer])];
    const { stdout } = await promisify(execFile)(OGR2OGR, args, { maxBuffer: 1 << 28 });
    return (JSON.parse(stdout) as { features: GdalFeature[] }).features;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What GDAL tells of a file's layers and features: `ogrinfo -al`. */
export async function describeByGdal(file: Uint8Array, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "carto-ts-gdal-"));
  try {
    const path = join(folder, name);
    await writeFile(path, file);
    return (await promisify(execFile)("/usr/bin/ogrinfo", ["-al", path])).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}
