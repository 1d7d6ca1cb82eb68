import type { MapDataview, MapErrorContext } from "@carto-ts/protocol";
import { MapError, mapError } from "../map-error.ts";
import { type Fields, idOf, isFields, isNothing } from "./fields.ts";

/**
 * Reads the dataviews of a MapConfig, whose sources are to be among `nodes`. Their options are looked at when one is
 * asked for.
 *
 * @throws {@link MapError} with everything that is wrong with them
 */
export function readDataviews(given: unknown, nodes: ReadonlyMap<string, unknown>): Record<string, MapDataview> {
  const dataviews: Record<string, MapDataview> = Object.create(null);
  if (isNothing(given)) return dataviews;
  if (!isFields(given)) {
    const found = Array.isArray(given) ? "array" : typeof given;
    throw mapError(`"dataviews" must be a valid JSON object: "${found}" type found`, { type: "dataview" });
  }
  const wrong: MapErrorContext[] = [];
  for (const [name, fields] of Object.entries(given)) {
    const dataview = readDataview(name, isFields(fields) ? fields : {});
    if (isFields(dataview)) dataviews[name] = dataview;
    else wrong.push({ type: "dataview", message: dataview });
  }
  if (wrong.length === 0) wrong.push(...unknownSources(dataviews, nodes));
  if (wrong.length > 0) throw new MapError(wrong, 400);
  return dataviews;
}

/** A dataview, or what is wrong with it. */
function readDataview(name: string, { source, type, options }: Fields): (MapDataview & Fields) | string {
  const id = isFields(source) ? idOf(source["id"]) : undefined;
  if (id === undefined) return `Dataview "${name}" is missing \`source.id\` attribute`;
  if (typeof type !== "string" || type === "") return `Dataview "${name}" is missing \`type\` attribute`;
  return { source: { id }, type, options: isFields(options) ? { ...options } : {} };
}

function unknownSources(
  dataviews: Readonly<Record<string, MapDataview>>,
  nodes: ReadonlyMap<string, unknown>,
): MapErrorContext[] {
  return Object.entries(dataviews)
    .filter(([, { source }]) => !nodes.has(source.id))
    .map(([name, { source }]) => ({
      type: "analysis",
      message: `Node with \`source.id="${source.id}"\` not found in analyses for dataview "${name}"`,
    }));
}
