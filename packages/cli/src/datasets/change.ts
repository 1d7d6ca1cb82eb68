import type { Privacy } from "@carto-ts/sdk";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { writeJsonValue } from "../output/object.ts";
import { agree } from "../prompt.ts";

/** Options of `dataset delete`. */
export interface DeleteFlags {
  yes?: boolean;
  force?: boolean;
}

/** Renames a dataset and its table, and says what it is called now. */
export async function renameDataset(
  context: Context,
  [name, newName]: readonly [string, string],
): Promise<ExitCode | undefined> {
  const carto = await context.carto();
  context.doing = `rename dataset ${name}`;
  const changed = await carto.datasets.update(name, { name: newName }, { signal: context.signal });
  const other = changed.name === newName ? "" : ", for the name is taken, or none that a table can have";
  context.say(`${name} is called ${changed.name} now${other}`);
  if (context.flags.json) await writeJsonValue(context.io, changed);
  return undefined;
}

/** Sets who may read a dataset. */
export async function setPrivacy(
  context: Context,
  [name, privacy]: readonly [string, Privacy],
): Promise<ExitCode | undefined> {
  const carto = await context.carto();
  context.doing = `make dataset ${name} ${privacy}`;
  const changed = await carto.datasets.update(name, { privacy }, { signal: context.signal });
  context.say(`${changed.name} is ${changed.privacy.toLowerCase()}`);
  if (context.flags.json) await writeJsonValue(context.io, changed);
  return undefined;
}

/** Deletes datasets, one after the other, once that was agreed to; the first that can't be deleted ends it. */
export async function deleteDatasets(
  context: Context,
  [names]: readonly [readonly string[]],
  { yes, force }: DeleteFlags,
): Promise<ExitCode | undefined> {
  const carto = await context.carto();
  if (!yes && !(await agree(context.io, questionOf(names)))) {
    context.say("nothing was deleted");
    return EXIT.failure;
  }
  for (const name of names) {
    context.doing = `delete dataset ${name}`;
    await carto.datasets.delete(name, { signal: context.signal, force });
    context.say(`deleted ${name}`);
  }
  return undefined;
}

function questionOf(names: readonly string[]): string {
  const what = names.length === 1 ? `dataset ${names[0]}` : `${names.length} datasets (${names.join(", ")})`;
  return `Delete ${what} with all rows?`;
}
