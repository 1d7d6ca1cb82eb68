import {
  AuthenticationError,
  type Carto,
  NotFoundError,
  PermissionError,
  type Table,
  type Visualization,
} from "@carto-ts/sdk";
import type { Context } from "../context.ts";
import type { ExitCode } from "../exit.ts";
import { writeFacts, writeJsonValue } from "../output/object.ts";
import { formatBytes, formatCount } from "../output/units.ts";
import { geometryOf, privacyOf } from "./list.ts";

/** Prints a dataset: for people with its columns, for programs as the server describes it. */
export async function showDataset(context: Context, [name]: readonly [string]): Promise<ExitCode | undefined> {
  const carto = await context.carto();
  context.doing = `read dataset ${name}`;
  const dataset = await carto.datasets.get(name, { signal: context.signal });
  await writeDataset(context, dataset, context.machine ? undefined : await tableOf(context, carto, dataset));
  return undefined;
}

/** Prints a dataset, with its columns where they are known. */
export async function writeDataset(context: Context, dataset: Visualization, table?: Table): Promise<void> {
  if (context.machine) return writeJsonValue(context.io, dataset);
  const { table_size: size = dataset.table.size } = table ?? {};
  const rows = table?.rows_counted ?? dataset.table.row_count;
  const maps = (dataset.dependent_visualizations ?? []).map((map) => map.name);
  await writeFacts(context.io, [
    ["dataset", dataset.name],
    ["title", dataset.title ?? undefined],
    ["description", dataset.description ?? undefined],
    ["privacy", privacyOf(dataset)],
    ["rows", rows === undefined ? undefined : formatCount(rows)],
    ["size", size === undefined ? undefined : formatBytes(size)],
    ["geometry", geometryOf(dataset) ?? undefined],
    ["tags", dataset.tags.join(", ") || undefined],
    ["license", dataset.license ?? undefined],
    ["attributions", dataset.attributions ?? undefined],
    ["maps", maps.join(", ") || undefined],
    ["created", dataset.created_at],
    ["updated", dataset.updated_at],
    ["id", dataset.id],
    ...(table?.schema ?? []).map(
      ([name, type, , kind]) => ["column", `${name} ${kind ? `${type} (${kind})` : type}`] as const,
    ),
  ]);
}

// A dataset may be seen by who may not see the table.
async function tableOf(context: Context, carto: Carto, { name }: Visualization): Promise<Table | undefined> {
  try {
    return await carto.tables.get(name, { signal: context.signal });
  } catch (error) {
    const hidden = [AuthenticationError, PermissionError, NotFoundError].some((type) => error instanceof type);
    if (!hidden) throw error;
    return undefined;
  }
}
