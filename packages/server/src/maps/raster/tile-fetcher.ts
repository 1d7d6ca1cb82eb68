import type { AbortSource } from "../../db/engine.ts";
import type { AddressGuard } from "../../imports/fetch/address-guard.ts";
import { openUrl } from "../../imports/fetch/open-url.ts";
import { parseSourceUrl } from "../../imports/fetch/source-url.ts";
import { MapError } from "../map-error.ts";

const MOST_BYTES = 4 * 1024 ** 2;
const OK = 200;

/** How tiles from elsewhere are fetched. */
export interface TileFetcher {
  guard: AddressGuard;
  /** Milliseconds that one may take. */
  timeoutMs: number;
}

/** A tile from elsewhere that can't be had. */
export class TileFetchError extends MapError {
  /** Whether its server did not answer in time. */
  readonly isLate: boolean;

  constructor(what: string, subtype: "timeout" | undefined) {
    const message = `Unable to fetch http tile: ${what}`;
    super([{ type: "unknown", message, ...(subtype ? { subtype } : {}) }], 400);
    this.isLate = subtype !== undefined;
  }
}

/** Fetches a tile from a public address. @throws TileFetchError */
export async function fetchTile(url: string, { guard, timeoutMs }: TileFetcher, signal: AbortSource): Promise<Buffer> {
  const ending = new AbortController();
  const leave = (): void => ending.abort(signal.reason);
  signal.addEventListener("abort", leave);
  const timer = setTimeout(() => ending.abort(tooLate(url)), timeoutMs);
  try {
    const options = { guard, signal: ending.signal, connectMs: timeoutMs, stallMs: timeoutMs };
    await using answer = await openUrl(parseSourceUrl(url, guard), options);
    if (answer.status !== OK) throw notFetched(url, ` [${answer.status}]`);
    return await readAll(answer.body, url);
  } catch (error) {
    if (ending.signal.aborted) throw ending.signal.reason;
    throw error instanceof TileFetchError ? error : notFetched(url, "");
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}

async function readAll(body: AsyncIterable<Uint8Array>, url: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw notFetched(url, " [it is larger than 4 MB]");
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const notFetched = (url: string, why: string): TileFetchError => new TileFetchError(`${url}${why}`, undefined);

const tooLate = (url: string): TileFetchError => new TileFetchError(`${url} [it did not come in time]`, "timeout");
