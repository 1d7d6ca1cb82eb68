import { mkdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Carto, EXPORT_FORMATS, type ExportFormat, exportFormatOf } from "@carto-ts/sdk";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { parseTableName, quoteTableName, type TableName } from "../copy/statement.ts";
import { EXIT } from "../exit.ts";
import { isPlainRead } from "../sql/statement.ts";

/** What is to be exported, and where to. */
export interface PlanFlags {
  output?: string;
  format?: string;
  all?: boolean;
  force?: boolean;
}

/** One file to be made. */
export interface ExportItem {
  /** What it is made of, for people. */
  readonly label: string;
  readonly q: string;
  readonly format: ExportFormat;
  /** `-` is standard output. */
  readonly path: string;
  /** What a layer in the file is called. */
  readonly name: string;
  readonly skipfields: readonly string[];
  /** Whether it may be asked for again after a failure: a query may call what should run once. */
  readonly readOnly: boolean;
}

/** The files to be made. */
export interface ExportPlan {
  readonly items: readonly ExportItem[];
  /** Whether they were asked for as several, into a folder. */
  readonly several: boolean;
}

type Source = Pick<ExportItem, "label" | "q" | "skipfields" | "readOnly"> & { readonly table: TableName | undefined };

/**
 * Settles which files are made of which tables or queries, and in which format. Makes the folder that they go to.
 *
 * @throws {@link CommandError} for what can't be meant, and with the exit code of a conflict for files that are there.
 */
export async function planExports(
  context: Context,
  carto: Carto,
  targets: readonly string[],
  flags: PlanFlags,
): Promise<ExportPlan> {
  if (targets.length > 0 === (flags.all === true)) {
    throw new CommandError(
      flags.all ? "--all is all tables, and there are names besides" : "there is nothing to export",
      "name tables or a query, or say --all",
    );
  }
  const sources = targets.map(toSource);
  const several = flags.all === true || sources.length > 1 || (await isFolder(flags.output));
  const [only] = sources;
  const items =
    !several && only
      ? [toFile(only, flags)]
      : await toFolder(flags.all ? await listTables(context, carto) : sources, flags);
  if (!flags.force) await refuseExisting(items);
  if (several && flags.output !== undefined) await mkdir(flags.output, { recursive: true });
  return { items, several };
}

function toSource(target: string): Source {
  const table = parseTableName(target);
  if (table) return tableSource(table);
  if (isPlainRead(target)) {
    return { label: "the rows", q: target, table: undefined, skipfields: [], readOnly: false };
  }
  throw new CommandError(`"${target}" is neither a table nor a query`, "quote odd names: '\"My table\"'");
}

function tableSource(table: TableName): Source {
  return {
    label: table.schema === undefined ? table.table : `${table.schema}.${table.table}`,
    q: `select * from ${quoteTableName(table)}`,
    table,
    // It is the_geom again, in metres, and whoever takes the file in makes it anew.
    skipfields: ["the_geom_webmercator"],
    readOnly: true,
  };
}

async function listTables(context: Context, carto: Carto): Promise<Source[]> {
  context.doing = "list the tables";
  const q = "select t as name from CDB_UserTables() as t order by 1";
  const options = { signal: context.signal, readOnly: true };
  const { rows } = await carto.sql.query<{ name: string }>(q, {}, options);
  return rows.map(({ name }) => tableSource({ table: name }));
}

function toFile(source: Source, { output = "-", format: asked }: PlanFlags): ExportItem {
  const toStdout = output === "-";
  const format = formatOf(asked ?? (toStdout ? "csv" : undefined), output);
  // A Shapefile is several files, and comes as an archive of them.
  const path = format.id === "shp" ? output.replace(/\.shp$/i, `.${format.extension}`) : output;
  const name = toStdout ? (source.table?.table ?? "export") : basename(path, ".gz").replace(/\.[^.]*$/, "");
  return { ...source, format, path, name };
}

async function toFolder(sources: readonly Source[], flags: PlanFlags): Promise<ExportItem[]> {
  const { output: folder } = flags;
  if (folder === undefined || folder === "-") throw new CommandError("several tables need a folder", "say -o FOLDER");
  if (flags.format === undefined) throw new CommandError("a folder's name tells no format", `say --format ${NAMES}`);
  const found = await stat(folder).catch(() => undefined);
  if (found && !found.isDirectory()) throw new CommandError(`${folder} is no folder`, "say -o FOLDER");
  const format = formatOf(flags.format, folder);
  const items = sources.map((source) => {
    if (!source.table) throw new CommandError("a query has no name to call a file by", "say -o FILE");
    const path = join(folder, `${fileNameOf(source.label)}.${format.extension}`);
    return { ...source, format, path, name: source.table.table };
  });
  // Whoever names a table twice wants it once.
  return [...new Map(items.map((item) => [item.path, item])).values()];
}

/** A table's name as a file's: what could lead elsewhere or hide it is written as in a URL. */
const fileNameOf = (name: string): string =>
  name.replace(/[^\p{L}\p{M}\p{N}_ .-]|^[.-]/gu, (letter) =>
    /[.-]/.test(letter) ? `%${letter.charCodeAt(0).toString(16).toUpperCase()}` : encodeURIComponent(letter),
  );

const NAMES = EXPORT_FORMATS.map(({ id }) => id).join("|");

function formatOf(asked: string | undefined, path: string): ExportFormat {
  const format = asked === undefined ? exportFormatOf(path) : EXPORT_FORMATS.find(({ id }) => id === asked);
  if (format) return format;
  throw new CommandError(`can't tell a format from the name ${path}`, `say --format ${NAMES}`);
}

async function refuseExisting(items: readonly ExportItem[]): Promise<void> {
  for (const { path } of items) {
    const found = path === "-" ? undefined : await stat(path).catch(() => undefined);
    if (!found?.isFile()) continue;
    throw new CommandError(`${path} is there already`, "--force replaces it", EXIT.conflict);
  }
}

const isFolder = async (path: string | undefined): Promise<boolean> =>
  path !== undefined && (/[/\\]$/.test(path) || (await stat(path).catch(() => undefined))?.isDirectory() === true);
