import { type Layergroup, type MapConfig, PermissionError, type TemplateParams } from "@carto-ts/sdk";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { writeFacts, writeJsonValue } from "../output/object.ts";
import { readJsonFile } from "./json-file.ts";

/** What makes a map: a named one, or a MapConfig. */
export interface MapFlags {
  /** A MapConfig's file. */
  config?: string;
  /** Placeholders' values, `name=value`. */
  param?: string[];
  authToken?: string[];
}

/** Makes a map and prints where its tiles are. */
export async function instantiateMap(
  context: Context,
  [name]: readonly [string | undefined],
  flags: MapFlags,
): Promise<ExitCode | undefined> {
  const map = await openMap(context, name, flags);
  if (context.machine) await writeJsonValue(context.io, describe(map));
  else await writeFacts(context.io, factsOf(map));
  return undefined;
}

/** Makes the map that was asked for. @throws {@link CommandError} when it is not clear which. */
export async function openMap(context: Context, name: string | undefined, flags: MapFlags): Promise<Layergroup> {
  const { config, authToken, param } = flags;
  if ((name === undefined) === (config === undefined)) {
    throw new CommandError("which map?", "give the name of a named map, or --config FILE with a MapConfig");
  }
  const { signal } = context;
  if (config !== undefined) {
    if (param || authToken) throw new CommandError("--param and --auth-token are for named maps");
    const json = await readJsonFile(context, config);
    const carto = await context.carto();
    context.doing = `make the map of ${config}`;
    // The server says better than we could what is wrong with it.
    return carto.maps.anonymous.instantiate(json as unknown as MapConfig, { signal });
  }
  const carto = await context.carto();
  context.doing = `make map ${name}`;
  const options = { authToken, signal };
  return carto.maps.named.instantiate(name ?? "", parseParams(param ?? []), options).catch((error: unknown) => {
    if (!(error instanceof PermissionError)) throw error;
    throw new CommandError(error.message, "it opens with one of its tokens: --auth-token TOKEN", EXIT.auth);
  });
}

/** Reads placeholders' values, `name=value`. @throws {@link CommandError} */
export function parseParams(pairs: readonly string[]): TemplateParams {
  const params: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw new CommandError(`"${pair}" gives no placeholder a value`, "--param color=red");
    params[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return params;
}

/** What is known of a map, for programs. Its URLs are without keys. */
function describe(map: Layergroup): Record<string, unknown> {
  return { layergroupid: map.id, tiles: map.tileUrl(), last_updated: map.lastUpdated, metadata: map.metadata };
}

function factsOf(map: Layergroup): (readonly [string, string])[] {
  return [
    ["layergroup", map.id],
    ["tiles", map.tileUrl()],
    ...map.layers.map(({ id, type, meta }): [string, string] => {
      const features = meta.stats?.["estimatedFeatureCount"];
      return [
        "layer",
        `${id} (${type}${typeof features === "number" && features >= 0 ? `, some ${features} features` : ""})`,
      ];
    }),
  ];
}
