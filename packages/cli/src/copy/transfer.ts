import type { Carto, ResponseMeta } from "@carto-ts/sdk";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import type { ExitCode } from "../exit.ts";
import { extensionOf } from "../output/format.ts";
import { writeJsonValue } from "../output/object.ts";
import { createProgress, type Progress } from "../output/progress.ts";
import { openSink } from "../output/sink.ts";
import { formatBytes, formatDuration, plural } from "../output/units.ts";
import { openSource, readHeader, type Source } from "./source.ts";
import { type CopyFormat, type CopyLayout, copyToStatement, isCopyStatement, parseTableName } from "./statement.ts";

/** Options of `copy from` and `copy to`. */
export interface CopyFlags {
  format?: CopyFormat;
  header?: boolean;
  columns?: string[];
  delimiter?: string;
  null?: string;
  output?: string;
  progress?: "auto" | "json" | "none";
}

const EXTENSIONS: Readonly<Record<string, CopyFormat>> = {
  csv: "csv",
  tsv: "text",
  tab: "text",
  txt: "text",
  bin: "binary",
  dmp: "text",
};

/** How the file is laid out: what the flags say, else what its name says, else CSV. */
export function layoutOf(path: string | undefined, flags: CopyFlags): CopyLayout {
  const format = flags.format ?? EXTENSIONS[extensionOf(path ?? "")] ?? "csv";
  const { columns } = flags;
  const delimiter = flags.delimiter === "\\t" ? "\t" : flags.delimiter;
  return { format, header: flags.header ?? format === "csv", columns, delimiter, null: flags.null };
}

/** Copies a file into a table; says on stderr how much, and with `--json` on stdout. */
export async function copyFrom(
  context: Context,
  [path, target]: readonly [string, string],
  flags: CopyFlags,
): Promise<ExitCode | undefined> {
  const carto = await context.carto();
  context.doing = `copy ${path === "-" ? "standard input" : path} into ${isCopyStatement(target) ? "the table" : target}`;
  let bytes = 0;
  let progress: Progress | undefined;
  const source = await openSource(context.io, path, (read) => {
    bytes = read;
    progress?.update({ bytes });
  });
  const total = source.total === undefined ? {} : { total: source.total };
  progress = createProgress({
    stream: context.io.stderr,
    mode: context.progressMode(flags.progress),
    label: path === "-" ? "stdin" : path,
    ...total,
  });
  const started = performance.now();
  try {
    const result = await send(context, carto, { target, layout: layoutOf(path, flags), source });
    progress.stop();
    context.say(`copied ${plural(result.total_rows, "row")}, ${summary(bytes, performance.now() - started)}`);
    if (context.flags.json) await writeJsonValue(context.io, result);
  } finally {
    progress.stop();
    source.close();
  }
  return undefined;
}

async function send(
  context: Context,
  carto: Carto,
  upload: { target: string; layout: CopyLayout; source: Source },
): Promise<{ total_rows: number; time: number }> {
  const { target, layout, source } = upload;
  const { bytes } = source;
  // A server that has refused the data must not be kept waiting for by input that is slow to come.
  const onMeta = ({ status }: ResponseMeta): void => void (status >= 400 && source.close());
  const options = { signal: context.signal, onMeta };
  if (isCopyStatement(target)) return carto.copy.from(target.trim(), bytes, options);
  const name = parseTableName(target);
  if (!name)
    throw new CommandError(`"${target}" is neither a table nor a COPY statement`, "quote odd names: '\"My table\"'");
  const { format, header, columns, delimiter } = layout;
  const separator = delimiter ?? (format === "csv" ? "," : "\t");
  const headed = header && format !== "binary" ? await readHeader(bytes, format, separator) : undefined;
  const chosen = columns ?? headed?.columns;
  return carto.copy.from(
    {
      ...name,
      format,
      ...(format === "csv" && { header }),
      ...(chosen && { columns: chosen }),
      ...(delimiter !== undefined && { delimiter }),
      ...(layout.null !== undefined && { null: layout.null }),
    },
    headed?.bytes ?? bytes,
    options,
  );
}

/** Copies a table or a query into a file or to stdout. */
export async function copyTo(
  context: Context,
  [target]: readonly [string],
  flags: CopyFlags,
): Promise<ExitCode | undefined> {
  const toFile = flags.output !== undefined && flags.output !== "-";
  const query = copyToStatement(target, layoutOf(flags.output, flags));
  const carto = await context.carto();
  context.doing = `copy ${parseTableName(target) ? target : "the rows"} to ${toFile ? flags.output : "standard output"}`;
  const started = performance.now();
  const sink = await openSink(context.io, flags.output);
  // A bar on the terminal that the data itself is written to would be torn by it.
  const mode = !toFile && context.io.stdout.isTTY ? "off" : context.progressMode(flags.progress);
  const progress = createProgress({ stream: context.io.stderr, mode, label: flags.output ?? "stdout" });
  let bytes = 0;
  try {
    for await (const chunk of await carto.copy.to(query, { signal: context.signal })) {
      await sink.write(chunk);
      bytes += chunk.byteLength;
      progress.update({ bytes });
    }
    await sink.commit();
    progress.stop();
    context.say(`copied ${summary(bytes, performance.now() - started)}`);
  } catch (error) {
    await sink.discard();
    throw error;
  } finally {
    progress.stop();
  }
  return undefined;
}

function summary(bytes: number, ms: number): string {
  return `${formatBytes(bytes)} in ${formatDuration(ms)}, ${formatBytes(ms > 0 ? (bytes / ms) * 1000 : 0)}/s`;
}
