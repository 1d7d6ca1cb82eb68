import type { Params } from "../../http/params.ts";
import { mapError } from "../map-error.ts";
import { type Fields, isFields } from "./fields.ts";
import type { LzmaThread } from "./lzma-thread.ts";

/** Parameters of a request that makes a map. */
export interface MapParams {
  /** Value of the parameter `config`; undefined where there is none. */
  config: unknown;
  /** Tokens for a named map that wants one. */
  authTokens: readonly string[];
  /** Name of the function that the answer is to be given to. */
  callback: string | undefined;
  /** Filters of dataviews and the like. */
  filters: Fields | undefined;
  /** Whether points are to be aggregated; undefined where the layers decide. */
  aggregation: boolean | undefined;
}

/** Puts the parameters that `lzma` has among the others. @throws MapError 400 on what can't be unpacked */
export async function unpackParams(params: Params, thread: LzmaThread): Promise<void> {
  const packed = params.text("lzma");
  if (packed) params.set(await thread.read(packed));
}

/** Reads the parameters of a request that makes a map. @throws MapError 400 on a value that can't be understood */
export function readMapParams(params: Params): MapParams {
  return {
    config: readConfig(params.raw("config")),
    authTokens: readAuthTokens(params),
    callback: params.text("callback"),
    filters: readFilters(params.raw("filters")),
    aggregation: readAggregation(params.text("aggregation")),
  };
}

/** Tokens of `auth_token=a&auth_token=b` and of `auth_token[]=a&auth_token[]=b`. */
export const readAuthTokens = (params: Params): string[] => [
  ...params.texts("auth_token"),
  ...params.texts("auth_token[]"),
];

/** Reads the JSON of a parameter or of a body. @throws MapError 400 of the type `type` on what is none */
export function parseMapJson(text: string, type = "unknown"): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw mapError(`SyntaxError: ${(error as Error).message}`, { type, status: 400 });
  }
}

/** Packed parameters may have it as it is, not as JSON in JSON. */
function readConfig(value: unknown): unknown {
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  if (typeof last !== "string") return last;
  return last === "" ? undefined : parseMapJson(last);
}

function readFilters(value: unknown): Fields | undefined {
  if (isFields(value)) return value;
  if (typeof value !== "string") return undefined;
  try {
    const filters: unknown = JSON.parse(value);
    return isFields(filters) ? filters : undefined;
  } catch {
    return undefined; // as the original does
  }
}

function readAggregation(text: string | undefined): boolean | undefined {
  if (text === undefined || text === "") return undefined;
  if (text === "true" || text === "false") return text === "true";
  const message = `Invalid value for 'aggregation' query param: ${text}. Valid ones are 'true' or 'false'`;
  throw mapError(message, { status: 400 });
}
