import type { MapAnalysis } from "@carto-ts/protocol";
import { type MapError, mapError } from "../map-error.ts";
import { type Fields, idOf, isFields, isNothing, shown } from "./fields.ts";
import { cleanSql } from "./sql-text.ts";

/** Analyses by what layers and dataviews name them by, with what they were given as. */
export interface Analyses {
  list: readonly MapAnalysis[];
  /** Queries by the analyses' ids. */
  queries: ReadonlyMap<string, string>;
}

/** Reads the analyses of a MapConfig. @throws {@link MapError} of the type `analysis` */
export function readAnalyses(given: unknown): Analyses {
  if (isNothing(given)) return { list: [], queries: new Map() };
  if (!Array.isArray(given)) throw mapError('"analyses" must be an array', { type: "analysis" });
  const queries = new Map<string, string>();
  const list = given.map((item: unknown) => {
    const analysis = readAnalysis(item);
    if (analysis.id !== undefined) queries.set(analysis.id, cleanSql(String(analysis.params["query"])));
    return analysis;
  });
  return { list, queries };
}

function readAnalysis(given: unknown): MapAnalysis {
  const fields: Fields = isFields(given) ? given : {};
  const { id, type, params } = fields;
  if (type !== "source") {
    const message = `Unknown analysis type: "${shown(type)}". This server has analyses of type "source" alone`;
    throw analysisError(fields, message);
  }
  const query = isFields(params) ? params["query"] : undefined;
  if (isNothing(query)) throw analysisError(fields, 'Missing required param "query"');
  if (typeof query !== "string") {
    throw analysisError(fields, `Invalid type for param "query", expects "string" type, got \`${shown(query)}\``);
  }
  const analysis: MapAnalysis = { type, params: { ...(params as Fields), query } };
  const name = idOf(id);
  if (name !== undefined) analysis.id = name;
  return analysis;
}

function analysisError({ id, type }: Fields, message: string): MapError {
  return mapError(message, { type: "analysis", analysis: { id: idOf(id), type: shown(type) } });
}
