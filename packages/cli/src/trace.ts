import type { Hooks } from "@carto-ts/sdk";
import { formatDuration } from "./output/units.ts";

/** Hooks that tell of every request: method, URL without its key, status, time to the answer, request id. */
export function traceHooks(write: (line: string) => void): Hooks {
  return {
    onRequest: ({ method, url, attempt }) => write(`> ${method} ${url}${attempt > 1 ? ` (attempt ${attempt})` : ""}`),
    onResponse: ({ meta, error, duration }) => {
      const outcome = meta ? `${meta.status}` : `no answer: ${error instanceof Error ? error.message : String(error)}`;
      const id = meta?.requestId ? `, request id ${meta.requestId}` : "";
      const left = meta?.rateLimit.remaining === undefined ? "" : `, ${meta.rateLimit.remaining} requests left`;
      write(`< ${outcome} after ${formatDuration(duration)}${id}${left}`);
    },
  };
}
