import { createWriteStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import type { ResultStream } from "../../db/result.ts";
import type { FileFormat, FileJob } from "../format.ts";
import { writeByGdal } from "./gdal-file.ts";

const BASE = "out";
/** What a Shapefile is made of, in the order that it is packed in. */
const PARTS: readonly string[] = [".shp", ".shx", ".dbf", ".prj", ".cpg"];

/**
 * A Shapefile, its parts packed in a zip. All geometries must be of the kind of the first.
 *
 * @see docs/protocol/sql.md#shapefile
 */
export const shp: FileFormat = {
  id: "shp",
  mime: "application/zip; charset=utf-8",
  extension: "zip",
  shape: "table",
  isBinary: true,
  async writeFile(result: ResultStream, job: FileJob): Promise<string> {
    await writeByGdal(result, job, {
      driver: "ESRI Shapefile",
      file: `${BASE}.shp`,
      // Without any, a kind is made up: readers expect the file.
      geometryType: ({ geometry }) => geometry?.firstType ?? "POINT",
      // A DBF has no times of day: a field of them would be left out.
      args: () => ["-mapFieldType", "Time=String", "-lco", "ENCODING=UTF-8", "-lco", "RESIZE=YES"],
    });
    return pack(job);
  },
};

async function pack({ folder, name }: FileJob): Promise<string> {
  const path = join(folder, `${BASE}.zip`);
  const zip = new ZipFile();
  const parts = (await readdir(folder)).filter((file) => file.startsWith(`${BASE}.`) && PARTS.includes(extname(file)));
  parts.sort((a, b) => PARTS.indexOf(extname(a)) - PARTS.indexOf(extname(b)));
  for (const part of parts) zip.addFile(join(folder, part), `${name}${extname(part)}`);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path, { flags: "wx", mode: 0o600 }));
  return path;
}
