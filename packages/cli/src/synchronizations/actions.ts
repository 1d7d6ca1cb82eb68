import type { Synchronization } from "@carto-ts/sdk";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { writeJsonValue } from "../output/object.ts";
import { type ListFormat, writeRecords } from "../output/records.ts";
import { formatEvery, plural } from "../output/units.ts";
import { findSync } from "./find.ts";
import { FOR_PEOPLE, FOR_PROGRAMS, writeSync } from "./output.ts";

/** Prints all synchronizations, the oldest first. */
export async function listSyncs(
  context: Context,
  _args: readonly [],
  flags: { format?: ListFormat },
): Promise<ExitCode | undefined> {
  const terminal = context.io.stdout.isTTY === true;
  const format = flags.format ?? (context.flags.json ? "json" : terminal ? "table" : "csv");
  const carto = await context.carto();
  context.doing = "list the synchronizations";
  const syncs: Synchronization[] = [];
  for await (const sync of carto.syncs.list({ signal: context.signal })) syncs.push(sync);
  await writeRecords(context, syncs, { format, columns: terminal && format === "table" ? FOR_PEOPLE : FOR_PROGRAMS });
  if (format === "table") context.say(plural(syncs.length, "synchronization"), "dim");
  return undefined;
}

/** Prints one synchronization. */
export async function showSync(context: Context, [given]: readonly [string]): Promise<ExitCode | undefined> {
  const carto = await context.carto();
  context.doing = `read the synchronization of ${given}`;
  await writeSync(context, await findSync(context, carto, given));
  return undefined;
}

/** Has a synchronization run, and waits for its end if that is asked for. */
export async function syncNow(
  context: Context,
  [given]: readonly [string],
  { wait = false }: { wait?: boolean },
): Promise<ExitCode | undefined> {
  const carto = await context.carto();
  context.doing = `synchronize ${given}`;
  const sync = await findSync(context, carto, given);
  if (!(await carto.syncs.force(sync, { signal: context.signal }))) {
    throw new CommandError(
      `${given} can't be synchronized now`,
      "a run is on its way, the last one was less than 15 minutes ago, or three others go on: carto-ts sync list",
      EXIT.conflict,
    );
  }
  context.say(`${given} is being synchronized`);
  if (!wait) return undefined;
  const ended = await carto.syncs.wait(sync, { signal: context.signal });
  context.say(`${ended.name ?? given} is as ${ended.url} is`);
  if (context.flags.json) await writeJsonValue(context.io, ended);
  return undefined;
}

/** Changes how often a synchronization runs. */
export async function setInterval(
  context: Context,
  [given, interval]: readonly [string, number],
): Promise<ExitCode | undefined> {
  const carto = await context.carto();
  context.doing = `change the synchronization of ${given}`;
  const sync = await findSync(context, carto, given);
  const changed = await carto.syncs.update(sync, { interval }, { signal: context.signal });
  context.say(`${given} is synchronized ${inWords(changed.interval)}`);
  if (context.flags.json) await writeJsonValue(context.io, changed);
  return undefined;
}

/** Ends a synchronization; its dataset stays. */
export async function deleteSync(context: Context, [given]: readonly [string]): Promise<ExitCode | undefined> {
  const carto = await context.carto();
  context.doing = `end the synchronization of ${given}`;
  await carto.syncs.delete(await findSync(context, carto, given), { signal: context.signal });
  context.say(`${given} is not synchronized any more; the dataset stays`);
  return undefined;
}

const inWords = (interval: number): string => (interval === 0 ? "when asked" : `every ${formatEvery(interval)}`);
