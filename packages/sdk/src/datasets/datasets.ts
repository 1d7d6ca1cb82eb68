import type {
  DatasetChanges,
  DatasetListParams,
  ImportedTable,
  Visualization,
  VisualizationList,
} from "@carto-ts/protocol";
import type { Client } from "../client.ts";
import { DecodeError, DependentVisualizationsError, NotFoundError } from "../errors.ts";
import type { Imports } from "../imports/imports.ts";
import type { ImportSource } from "../imports/source.ts";
import type { RequestOptions } from "../options.ts";
import { jsonBody, type Params, path } from "../request.ts";
import { json, nothing } from "../response.ts";
import type { Syncs } from "../synchronizations/syncs.ts";
import { type CreateDatasetOptions, type CreatedDatasets, Creation } from "./creation.ts";
import type { Tables } from "./tables.ts";

const PATH = "api/v1/viz";

/** Dependent maps that are asked for: the original gives as many as one wants. */
const MOST_DEPENDENTS = 100;

/** How many a server gives when nothing is said. */
const PER_PAGE = 20;

/** Which datasets to list, and in which order; by default the latest changed first. */
export interface DatasetQuery extends DatasetListParams {
  /** Datasets that others share with this account: with its `own` ones, or `only` those. @defaultValue none of them */
  shared?: "no" | "yes" | "only";
}

/** A dataset: its id or name, itself, or what an import says of it. */
export type DatasetRef = string | Pick<Visualization, "id" | "type"> | ImportedTable;

/**
 * Datasets: tables with a name, a description, a privacy. It needs the master key, but for reading what is public.
 *
 * @experimental CARTO has published the import alone; the rest is what its own pages and clients use.
 *
 * @example
 * ```ts
 * const { datasets, warnings } = await carto.datasets.create(file, { privacy: "public" });
 * for await (const dataset of carto.datasets.list({ q: "cities" })) console.log(dataset.name);
 * await carto.datasets.update("cities", { description: "All of them", license: null });
 * ```
 */
export class Datasets {
  readonly #client: Client;
  readonly #creation: Creation;

  constructor(client: Client, { imports, tables, syncs }: { imports: Imports; tables: Tables; syncs: Syncs }) {
    this.#client = client;
    this.#creation = new Creation(imports, {
      syncs,
      table: (id, options) => tables.get(id, options),
      rename: (id, name, options) => this.update(id, { name }, options),
    });
  }

  /**
   * Makes tables of a file, a URL, rows, a query or another table, and resolves when they are there.
   *
   * One request starts it; an abort while the server works on it cancels it there, where the server can. A file may hold
   * several tables: all of them are named. Some rows may have been left out: `warnings` says which.
   *
   * With `syncInterval` the server keeps the dataset as the file at the URL is, unless the first import fails.
   *
   * @throws {@link ImportError} when the import failed; {@link TimeoutError} when `timeout` passed, while it goes on;
   *   else as {@link Imports.create}.
   * @see docs/protocol/imports.md
   */
  async create(source: ImportSource, options: CreateDatasetOptions = {}): Promise<CreatedDatasets> {
    return this.#creation.run(source, options);
  }

  /**
   * Lists datasets one by one, asking for a page when the one before has been read.
   *
   * @param query `page` is where to begin, `per_page` how many are asked for at once.
   */
  async *list(query: DatasetQuery = {}, options?: RequestOptions): AsyncGenerator<Visualization, void, undefined> {
    const first = query.page ?? 1;
    let seen = (first - 1) * (query.per_page ?? PER_PAGE);
    for (let page = first; ; page++) {
      const { visualizations, total_entries: total } = await this.page({ ...query, page }, options);
      yield* visualizations;
      seen += visualizations.length;
      // Totals can be wrong, and datasets may come and go in between.
      if (visualizations.length === 0 || seen >= (total ?? Number.POSITIVE_INFINITY)) return;
    }
  }

  /** Reads one page of the datasets, and how many there are in all. */
  async page(query: DatasetQuery = {}, options?: RequestOptions): Promise<VisualizationList> {
    const params: Params = { shared: "no", ...(query as Params), type: "table" };
    const page = await this.#client.request(
      { method: "GET", path: PATH, query: params, parse: json<VisualizationList> },
      options,
    );
    if (!Array.isArray(page.visualizations)) throw new DecodeError("The answer is not a list of datasets");
    return page;
  }

  /** Reads a dataset by its id or name, with the maps that show it. @throws {@link NotFoundError} also for a map. */
  async get(idOrName: string, options?: RequestOptions): Promise<Visualization> {
    const query = { type: "table", with_dependent_visualizations: MOST_DEPENDENTS };
    const found = await this.#client.request(
      { method: "GET", path: path`api/v1/viz/${idOrName}`, query, parse: json<Visualization> },
      options,
    );
    if (found.type === "table") return found;
    throw new NotFoundError({ status: 404, messages: [`"${idOrName}" is no dataset, but of the type ${found.type}`] });
  }

  /**
   * Changes some of a dataset's properties; `null` takes a text away, and what isn't named stays. A new `name` renames
   * the table as well. By id it is one request, by name two.
   *
   * @returns The dataset as it is now: its name is made valid, and numbered where it is taken.
   */
  async update(dataset: DatasetRef, changes: DatasetChanges, options?: RequestOptions): Promise<Visualization> {
    const id = await this.#idOf(dataset, options);
    // Servers want the id in the body as well.
    const body = jsonBody({ ...changes, id });
    return this.#client.request(
      { method: "PUT", path: path`api/v1/viz/${id}`, body, parse: json<Visualization> },
      options,
    );
  }

  /**
   * Deletes a dataset and its table.
   *
   * @throws {@link DependentVisualizationsError} when maps show it, unless `force` is set: then maps of nothing else are
   *   deleted with it, and others lose its layers.
   */
  async delete(dataset: DatasetRef, options: RequestOptions & { force?: boolean | undefined } = {}): Promise<void> {
    const { force = false, ...request } = options;
    const found = await this.get(refOf(dataset), request);
    const dependents = found.dependent_visualizations ?? [];
    const count = found.dependent_visualizations_count ?? dependents.length;
    if (count > 0 && !force) throw new DependentVisualizationsError(found.name, dependents, count);
    return this.#client.request({ method: "DELETE", path: path`api/v1/viz/${found.id}`, parse: nothing }, request);
  }

  async #idOf(dataset: DatasetRef, options?: RequestOptions): Promise<string> {
    const ref = refOf(dataset);
    return UUID.test(ref) ? ref : (await this.get(ref, options)).id;
  }
}

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

// What an import says has the table's id as `id`, which is another one.
function refOf(dataset: DatasetRef): string {
  if (typeof dataset === "string") return dataset;
  return "visualization_id" in dataset ? dataset.visualization_id : dataset.id;
}
