import { setTimeout as wait } from "node:timers/promises";
import {
  ConnectionError,
  type FetchTileOptions,
  type Layergroup,
  QueryTimeoutError,
  RateLimitError,
  ServerError,
} from "@carto-ts/sdk";
import { CommandError } from "../command-error.ts";
import { EXIT } from "../exit.ts";
import type { TilePlace } from "./tile-id.ts";

/** How long a tile waits for a server that is asked too much, and for one that is not there, in milliseconds. */
const PATIENCE_MS = { busy: 600_000, away: 60_000 } as const;
const PAUSE_MS = 1000;

/**
 * Reads a tile as one of very many: a server that restarts, or that has enough of us for now, is waited for.
 *
 * @throws {@link CommandError} for a tile that takes the server too long.
 */
export async function fetchTile(
  map: Pick<Layergroup, "fetchTile">,
  place: TilePlace,
  options: FetchTileOptions & { signal: AbortSignal },
): Promise<Uint8Array | undefined> {
  const since = performance.now();
  for (;;) {
    try {
      return await map.fetchTile(place, options);
    } catch (error) {
      if (error instanceof QueryTimeoutError) throw tooSlow(place);
      if (performance.now() - since >= patienceWith(error)) throw error;
      await wait(pauseAfter(error), undefined, { signal: options.signal });
    }
  }
}

// The client has tried again a few times by then.
function patienceWith(error: unknown): number {
  if (error instanceof RateLimitError) return PATIENCE_MS.busy;
  const away = error instanceof ConnectionError || (error instanceof ServerError && error.status !== 500);
  return away ? PATIENCE_MS.away : 0;
}

function pauseAfter(error: unknown): number {
  const seconds = error instanceof RateLimitError ? error.retryAfter : undefined;
  return seconds === undefined ? PAUSE_MS : seconds * 1000;
}

function tooSlow({ z, x, y }: TilePlace): CommandError {
  const hint = `begin with a higher --min-zoom than ${z}, or show fewer rows at low zooms, by --sql or an aggregation`;
  return new CommandError(`tile ${z}/${x}/${y} takes the server longer than it may`, hint, EXIT.timeout);
}
