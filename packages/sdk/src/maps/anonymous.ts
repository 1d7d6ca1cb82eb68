import type { MapConfig, MapFilters } from "@carto-ts/protocol";
import type { Client } from "../client.ts";
import type { RequestOptions } from "../options.ts";
import { jsonBody } from "../request.ts";
import { Instance, type InstantiationSpec, instantiated } from "./instance.ts";
import { Layergroup } from "./layergroup.ts";
import { MAPS_PATH } from "./tile-url.ts";

/** Options of {@link AnonymousMaps.instantiate}. */
export interface InstantiateOptions extends RequestOptions {
  /** `true` aggregates points of layers that say nothing of it as well, `false` of none. @defaultValue as the layers say */
  aggregation?: boolean | undefined;
  /** Narrows the rows that layers and dataviews show. @defaultValue all rows */
  filters?: MapFilters | undefined;
  /**
   * How the config is sent. `get` puts it into the URL, so that caches keep the answer: only for maps of a few
   * kilobytes, whose SQL may be seen.
   *
   * @defaultValue "post"
   */
  method?: "get" | "post" | undefined;
}

/** Maps made of a MapConfig on the spot. Any key may make them, also none; their queries run with its rights. */
export class AnonymousMaps {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Has the server check a map and make it ready to be drawn.
   *
   * The same config gives the same map: it may be instantiated as often as one likes.
   *
   * @param config Not changed, and copied: later changes to it don't reach the map.
   * @throws {@link MapError} for a config or a query that the server refuses, `contexts` say in which layer;
   *   {@link PermissionError} for a table that the key may not read; {@link NotFoundError} for one that isn't there.
   *
   * @example
   * ```ts
   * const map = await carto.maps.anonymous.instantiate({
   *   version: "1.8.0",
   *   layers: [{ id: "cities", options: { sql: "select * from cities" } }],
   * });
   * ```
   */
  async instantiate(config: MapConfig, options: InstantiateOptions = {}): Promise<Layergroup> {
    const { aggregation, filters, method = "post", ...request } = options;
    const query = { aggregation, filters: filters && JSON.stringify(filters) };
    const text = JSON.stringify(config);
    // A key in the body would be in the URLs of the answer, and JSON needs a preflight anyway.
    const common = { path: MAPS_PATH, retry: "idempotent", keyIn: "header", parse: instantiated } as const;
    const spec: InstantiationSpec =
      method === "get"
        ? { ...common, method: "GET", query: { config: text, ...query } }
        : { ...common, method: "POST", query, body: jsonBody(JSON.parse(text)) };
    const instance = await Instance.create(this.#client, spec, request);
    return new Layergroup(this.#client, { instance, named: false, tokens: [] });
  }
}
