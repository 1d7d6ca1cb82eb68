import { basename } from "node:path";
import { EXPORT_FORMATS, exportFormatOf } from "@carto-ts/protocol";
import { ConfigError } from "./errors.ts";
import { replace } from "./node-files.ts";
import { type ExportOptions, type ExportParams, Sql } from "./sql/sql.ts";
import type { SqlText } from "./sql-text.ts";

/** Parameters of {@link NodeSql.exportToFile}. */
export type ExportToFileParams = Partial<ExportParams>;

/** SQL, and its results in files. */
export class NodeSql extends Sql {
  /**
   * Runs `q` and writes its rows into a file, in the format that the extension of its name means unless `format` says
   * another: `.csv`, `.geojson`, `.gpkg`, `.zip` for a Shapefile, as {@link EXPORT_FORMATS} has them.
   *
   * The file is complete on the disk, or as it was before: it goes into a temporary file beside it, which takes its place
   * at the end. What the format names, such as a layer, is called as the file is, unless `filename` says otherwise.
   *
   * @throws As {@link Sql.export}, also for a connection that breaks on the way; {@link ConfigError} for a name that
   *   means no format; the file system's error when the file can't be written.
   */
  async exportToFile(
    q: string | SqlText,
    path: string,
    params: ExportToFileParams = {},
    options?: ExportOptions,
  ): Promise<{ bytes: number }> {
    const format = params.format ?? formatOf(path);
    const filename = params.filename ?? basename(path);
    const bytes = await replace(path, () => this.export(q, { ...params, format, filename }, options));
    return { bytes };
  }
}

function formatOf(path: string): string {
  const format = exportFormatOf(path);
  // What comes is the archive of the files that a Shapefile consists of, and nothing here compresses.
  if (format && !/\.(?:shp|gz)$/i.test(path)) return format.id;
  const names = EXPORT_FORMATS.map(({ extension }) => `.${extension}`).join(", ");
  throw new ConfigError(`The name ${basename(path)} means no format: give a format, or a name that ends in ${names}`);
}
