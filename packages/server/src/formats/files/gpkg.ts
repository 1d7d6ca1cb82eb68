import type { ResultStream } from "../../db/result.ts";
import type { FileFormat, FileJob } from "../format.ts";
import { type Carrier, freeName } from "./carrier.ts";
import { writeByGdal } from "./gdal-file.ts";

const KEY = "cartodb_id";

/**
 * A GeoPackage. A column `cartodb_id` is its features' ids where it can be: whole numbers, each once.
 *
 * @see docs/protocol/sql.md#geopackage
 */
export const gpkg: FileFormat = {
  id: "gpkg",
  mime: "application/x-sqlite3; charset=utf-8",
  extension: "gpkg",
  shape: "table",
  isBinary: true,
  writeFile: (result: ResultStream, job: FileJob): Promise<string> =>
    writeByGdal(result, job, {
      driver: "GPKG",
      file: "out.gpkg",
      args: (carrier) => layerOptions(carrier, canBeKey(carrier) ? KEY : freeName(carrier, "fid")),
      retry: (words, carrier) =>
        /UNIQUE constraint failed|Inconsistent values/.test(words)
          ? layerOptions(carrier, freeName(carrier, "fid"))
          : undefined,
    }),
};

const layerOptions = ({ geometryName }: Carrier, key: string): string[] => [
  "-lco",
  `FID=${key}`,
  "-lco",
  `GEOMETRY_NAME=${geometryName}`,
];

/** Whether the column, if there is one, has whole numbers. SQLite's names have no case. */
function canBeKey({ fields }: Carrier): boolean {
  const column = fields.find(({ name }) => name.toLowerCase() === KEY);
  return column === undefined || column.type.startsWith("Integer");
}
