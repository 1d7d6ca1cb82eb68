import type { InstantiatedMap } from "@carto-ts/protocol";
import type { Client } from "../client.ts";
import { ApiError, DecodeError, TimeoutError } from "../errors.ts";
import { Lifetime } from "../lifetime.ts";
import type { RequestOptions } from "../options.ts";
import type { RequestSpec } from "../request.ts";
import { json } from "../response.ts";
import type { ResponseContext } from "../response-context.ts";

/** A request that makes a map. Its body is a copy of the caller's, so that the map can be made again. */
export type InstantiationSpec = RequestSpec<InstantiatedMap>;

/** A map as the server keeps it: for some hours after it was last asked for. When it is gone, it is made again. */
export class Instance {
  readonly #client: Client;
  readonly #spec: InstantiationSpec;
  /** What goes for every time that the map is made. */
  readonly #options: RequestOptions;
  #answer: InstantiatedMap;
  #renewal: Promise<void> | undefined;

  private constructor(
    client: Client,
    { spec, options }: { spec: InstantiationSpec; options: RequestOptions },
    answer: InstantiatedMap,
  ) {
    this.#client = client;
    this.#spec = spec;
    this.#options = options;
    this.#answer = answer;
  }

  /** Makes the map. */
  static async create(client: Client, spec: InstantiationSpec, options: RequestOptions): Promise<Instance> {
    const answer = await client.request(spec, options);
    return new Instance(client, { spec, options: { headers: options.headers } }, answer);
  }

  /** What the server said of the map when it was last made. */
  get answer(): InstantiatedMap {
    return this.#answer;
  }

  /**
   * Asks something of the map. If the server no longer knows it, it is made again and asked once more.
   *
   * @param about Makes the request for the map with this id.
   */
  async ask<T>(about: (id: string) => RequestSpec<T>, options: RequestOptions = {}): Promise<T> {
    const asked = this.#answer;
    const left = this.#countDown(options);
    try {
      return await this.#client.request(about(asked.layergroupid), left());
    } catch (error) {
      if (!isForgotten(error)) throw error;
      // Another call may have seen it first, and be done.
      if (this.#answer === asked) await this.renew(left());
      return this.#client.request(about(this.#answer.layergroupid), left());
    }
  }

  /** Makes the map again, in one request for all who want it at the moment; each may stop waiting for it. */
  async renew({ signal, totalTimeout }: RequestOptions = {}): Promise<void> {
    const lifetime = new Lifetime(this.#client.settings.runtime, signal);
    const limit = totalTimeout ?? 0;
    const late = (): Error => new TimeoutError(`Making the map again took longer than ${limit} ms`, limit);
    lifetime.arm(limit > 0 ? limit : undefined, late);
    try {
      this.#renewal ??= this.#make();
      await lifetime.race(this.#renewal);
    } finally {
      lifetime.release();
    }
  }

  async #make(): Promise<void> {
    try {
      this.#answer = await this.#client.request(this.#spec, this.#options);
    } finally {
      this.#renewal = undefined;
    }
  }

  /** The options for each further request of a call, with the time that is left for the call. */
  #countDown(options: RequestOptions): () => RequestOptions {
    const { runtime, totalTimeout: usual } = this.#client.settings;
    const limit = options.totalTimeout ?? usual ?? 0;
    if (limit === 0) return () => options;
    const end = runtime.now() + limit;
    return () => ({ ...options, totalTimeout: Math.max(1, end - runtime.now()) });
  }
}

function isForgotten(error: unknown): boolean {
  return error instanceof ApiError && error.message.startsWith("Invalid or nonexistent map configuration token");
}

/** Reads the answer to an instantiation, without the keys that some servers write into the URLs in it. */
export async function instantiated(response: Response, context: ResponseContext): Promise<InstantiatedMap> {
  const answer = await json<Partial<InstantiatedMap> | null>(response, context);
  if (typeof answer?.layergroupid !== "string" || !Array.isArray(answer.metadata?.layers)) {
    throw new DecodeError(`The answer to ${context.label} is no map`);
  }
  return withoutKeys(answer) as InstantiatedMap;
}

function withoutKeys(value: unknown): unknown {
  if (typeof value === "string") return /^https?:\/\/\S*$/.test(value) ? withoutKey(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutKeys);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutKeys(part)]));
}

function withoutKey(url: string): string {
  return url.replace(/([?&])(?:api|map)_key=[^&#]*&?/g, "$1").replace(/[?&](?=#|$)/, "");
}
