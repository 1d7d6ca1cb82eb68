import type { ResultStream } from "../../db/result.ts";
import type { FileFormat, FileJob } from "../format.ts";
import { writeByGdal } from "./gdal-file.ts";

/**
 * FlatGeobuf, with a spatial index where every row has a geometry.
 *
 * @see docs/protocol/sql.md#flatgeobuf
 */
export const flatgeobuf: FileFormat = {
  id: "flatgeobuf",
  mime: "application/flatgeobuf",
  extension: "fgb",
  shape: "table",
  isBinary: true,
  writeFile: (result: ResultStream, job: FileJob): Promise<string> =>
    writeByGdal(result, job, {
      driver: "FlatGeobuf",
      file: "out.fgb",
      // It has no times of day, nor an index of what is nowhere.
      args: ({ geometry }) => [
        "-mapFieldType",
        "Time=String",
        ...(geometry?.isWhole ? [] : ["-lco", "SPATIAL_INDEX=NO"]),
      ],
      // Programs before GDAL 3.7 leave out what is nowhere.
      wasmOnly: ({ geometry }) => !geometry?.isWhole,
    }),
};
