import type { ResultStream } from "../../db/result.ts";
import type { FileFormat, FileJob } from "../format.ts";
import { freeName } from "./carrier.ts";
import { writeByGdal } from "./gdal-file.ts";

/**
 * A SQLite database with SpatiaLite's tables.
 *
 * @see docs/protocol/sql.md#spatialite
 */
export const spatialite: FileFormat = {
  id: "spatialite",
  mime: "application/x-sqlite3; charset=utf-8",
  extension: "sqlite",
  shape: "table",
  isBinary: true,
  writeFile: (result: ResultStream, job: FileJob): Promise<string> =>
    writeByGdal(result, job, {
      driver: "SQLite",
      file: "out.sqlite",
      args: (carrier) => [
        ...["-dsco", "SPATIALITE=YES"],
        ...["-lco", `FID=${freeName(carrier, "ogc_fid")}`, "-lco", `GEOMETRY_NAME=${carrier.geometryName}`],
      ],
    }),
};
