import type { Table } from "@carto-ts/protocol";
import type { Client } from "../client.ts";
import type { RequestOptions } from "../options.ts";
import { path } from "../request.ts";
import { json } from "../response.ts";

/**
 * Tables: what the database has behind a dataset. It needs the master key.
 *
 * @experimental CARTO has never published this API.
 */
export class Tables {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Reads a table with its columns and row count, by its id or name, or `schema.name`. @throws {@link NotFoundError} */
  async get(idOrName: string, options?: RequestOptions): Promise<Table> {
    return this.#client.request({ method: "GET", path: path`api/v1/tables/${idOrName}`, parse: json<Table> }, options);
  }
}
