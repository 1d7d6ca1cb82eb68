import { GdalError, type GdalFailure } from "../../gdal/gdal-error.ts";
import { ImportError } from "../error.ts";
import type { SourceFile } from "../reader.ts";
import type { OgrFormat } from "./format.ts";

const TOO_BIG = 6666;
const TOO_LONG = 6667;

const LIMITS: Readonly<Record<Exclude<GdalFailure, "failed">, { code: number; what: string }>> = {
  memory: { code: TOO_BIG, what: "needs more memory than an import may have" },
  output: { code: TOO_BIG, what: "has more rows than an import may have" },
  time: { code: TOO_LONG, what: "takes longer to read than an import may" },
};

/** What SQLite was asked says nothing to people. */
const STATEMENT = /\s*\bsqlite3_\w+\(.*$/s;
/** Nor does where in GDAL's own text something went wrong. */
const PLACE = /Error occurred in \w+\.cpp at line \d+\s*|More than \d+ errors or warnings have been reported.*$/gs;
/** What a file is called while it is read. */
const WORKING_NAME = /\bdata\.\w{2,8}\b/g;

/** Why GDAL could not read a file, as an import's error; other errors as they are. */
export function toReadError(
  error: unknown,
  { file, format: { name, code } }: { file: SourceFile; format: OgrFormat },
): unknown {
  if (!(error instanceof GdalError)) return error;
  if (error.kind !== "failed") {
    const limit = LIMITS[error.kind];
    return new ImportError(limit.code, `The ${name} ${limit.what}: split it.`);
  }
  const why = error.message
    .replace(STATEMENT, "")
    .replace(PLACE, "")
    .replace(WORKING_NAME, () => file.name)
    .replace(/[.\s]+$/, "");
  return new ImportError(
    code,
    `The ${name} can't be read${why && `: ${why}`}. It may be damaged or cut off: export it once more, or as GeoPackage or GeoJSON.`,
  );
}
