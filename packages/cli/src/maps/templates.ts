import { type Carto, MapError, type TemplateInput } from "@carto-ts/sdk";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { writeJsonValue } from "../output/object.ts";
import { type Column, type ListFormat, writeRecords } from "../output/records.ts";
import { plural } from "../output/units.ts";
import { agree } from "../prompt.ts";
import { readJsonFile } from "./json-file.ts";

/** Keeps the named map that a file holds. */
export async function createMap(context: Context, [file]: readonly [string]): Promise<ExitCode | undefined> {
  return save(context, file, { verb: "create", done: "created" }, (carto, template) =>
    carto.maps.named.create(template, { signal: context.signal }).catch((error: unknown) => {
      if (!(error instanceof MapError && error.message.endsWith("already exists"))) throw error;
      throw new CommandError(error.message, `carto-ts map update ${file} replaces it`, EXIT.conflict);
    }),
  );
}

/** Replaces a named map by the one that a file holds. */
export async function updateMap(context: Context, [file]: readonly [string]): Promise<ExitCode | undefined> {
  return save(context, file, { verb: "update", done: "updated" }, (carto, template) =>
    carto.maps.named.update(template, { signal: context.signal }),
  );
}

async function save(
  context: Context,
  file: string,
  { verb, done }: { verb: string; done: string },
  send: (carto: Carto, template: TemplateInput) => Promise<string>,
): Promise<undefined> {
  const template = await readJsonFile(context, file);
  if (typeof template["name"] !== "string") {
    throw new CommandError(`${file} holds no template: it has no name`, "a template has a name and a layergroup");
  }
  const carto = await context.carto();
  context.doing = `${verb} map ${template["name"]}`;
  // What else it must have, the server knows best.
  const name = await send(carto, template as unknown as TemplateInput);
  context.say(`${done} map ${name}`);
  if (context.flags.json) await writeJsonValue(context.io, { name });
}

/** Prints the template of a named map as JSON, as `map update` takes it. */
export async function getMap(context: Context, [name]: readonly [string]): Promise<ExitCode | undefined> {
  const carto = await context.carto();
  context.doing = `read map ${name}`;
  await writeJsonValue(context.io, await carto.maps.named.get(name, { signal: context.signal }));
  return undefined;
}

const COLUMNS: readonly Column<{ name: string }>[] = [{ name: "name", align: "start", cell: ({ name }) => name }];

/** Prints the names of all named maps. */
export async function listMaps(
  context: Context,
  _args: readonly [],
  flags: { format?: ListFormat },
): Promise<ExitCode | undefined> {
  const format = flags.format ?? (context.flags.json ? "json" : context.io.stdout.isTTY ? "table" : "csv");
  const carto = await context.carto();
  context.doing = "list the maps";
  const names = await carto.maps.named.list({ signal: context.signal });
  const maps = names.sort().map((name) => ({ name }));
  await writeRecords(context, maps, { columns: COLUMNS, format });
  if (format === "table") context.say(plural(maps.length, "map"), "dim");
  return undefined;
}

/** Deletes named maps, one after the other, once that was agreed to. */
export async function deleteMaps(
  context: Context,
  [names]: readonly [readonly string[]],
  { yes }: { yes?: boolean },
): Promise<ExitCode | undefined> {
  const carto = await context.carto();
  if (!yes && !(await agree(context.io, questionOf(names)))) {
    context.say("nothing was deleted");
    return EXIT.failure;
  }
  for (const name of names) {
    context.doing = `delete map ${name}`;
    await carto.maps.named.delete(name, { signal: context.signal });
    context.say(`deleted map ${name}`);
  }
  return undefined;
}

function questionOf(names: readonly string[]): string {
  const what = names.length === 1 ? `map ${names[0]}` : `${names.length} maps (${names.join(", ")})`;
  return `Delete ${what}?`;
}
