import { type JobItem, type JobStepState, MAX_JOB_PAYLOAD } from "@carto-ts/protocol";
import { HttpError } from "../http/errors.ts";
import type { JobState } from "./state.ts";

/** Refuses a body that is no job but data. @throws {@link HttpError} 400 with the contract's text. */
export function refuseLarge(body: unknown): void {
  const size = JSON.stringify(body ?? {}).length;
  if (size <= MAX_JOB_PAYLOAD) return;
  throw new HttpError(
    400,
    `Your payload is too large: ${size} bytes. Max size allowed is ${MAX_JOB_PAYLOAD} bytes (16kb). ` +
      "Are you trying to import data?. Please, check out import api http://docs.cartodb.com/cartodb-platform/import-api/",
  );
}

/** Reads the `query` of a new job, in any of its three forms. @throws {@link HttpError} 400 with the contract's texts. */
export function parseJob(query: unknown): JobState {
  if (query === undefined || query === null || query === "") throw new HttpError(400, "You must indicate a valid SQL");
  refuseNul(query);
  if (typeof query === "string") return { query, status: "pending" };
  if (Array.isArray(query)) return parseItems(query);
  if (typeof query === "object") return parsePlan(query as Record<string, unknown>);
  throw noClass();
}

/** @throws {@link HttpError} 400 where a string within `value` has a NUL. */
function refuseNul(value: unknown): void {
  JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "string" && part.includes("\0"))
      throw new HttpError(400, "a NUL character can't be sent to PostgreSQL");
    return part;
  });
}

// An empty list would stay pending for ever, and objects in a list of strings would never be run.
const noClass = (): HttpError => new HttpError(400, "there is no job class for the provided query");

const isStatement = (value: unknown): value is string => typeof value === "string" && value !== "";

function parseItems(queries: readonly unknown[]): JobState {
  if (queries.length === 0 || !queries.every(isStatement)) throw noClass();
  const items = queries.map((query): JobItem => ({ query, status: "pending" }));
  return { query: items, status: "pending" };
}

function parsePlan({ query, ...rest }: Record<string, unknown>): JobState {
  if (!Array.isArray(query) || query.length === 0) throw noClass();
  const fallbacks = parseFallbacks(rest);
  const has = Object.keys(fallbacks).length > 0;
  const state: JobState = { query: { query: query.map(parseStep), ...fallbacks }, status: "pending" };
  return has ? { ...state, fallback_status: "pending" } : state;
}

function parseStep(value: unknown): JobStepState {
  if (typeof value !== "object" || value === null) throw noClass();
  const step = value as Record<string, unknown>;
  const { query, timeout, id } = step;
  if (!isStatement(query)) throw noClass();
  const fallbacks = parseFallbacks(step);
  const parsed: JobStepState = { query, ...fallbacks, status: "pending" };
  if (timeout !== undefined) {
    if (typeof timeout !== "number") throw noClass();
    parsed.timeout = timeout;
  }
  if (typeof id === "string") parsed.id = id;
  if (Object.keys(fallbacks).length > 0) parsed.fallback_status = "pending";
  return parsed;
}

function parseFallbacks({ onsuccess, onerror }: Record<string, unknown>): { onsuccess?: string; onerror?: string } {
  for (const fallback of [onsuccess, onerror]) if (fallback !== undefined && !isStatement(fallback)) throw noClass();
  return {
    ...(isStatement(onsuccess) ? { onsuccess } : {}),
    ...(isStatement(onerror) ? { onerror } : {}),
  };
}
