/** The SDK with what only Node (and Deno, and Bun) has: files, and zlib. */
import { Carto as BaseCarto } from "./carto.ts";
import type { Client } from "./client.ts";
import { NodeCopy } from "./node-copy.ts";
import { NodeDatasets, NodeImports } from "./node-imports.ts";
import { NodeSql } from "./node-sql.ts";

export * from "./index.ts";
export type { CopyToFileOptions, NodeCopy } from "./node-copy.ts";
export type { NodeDatasets, NodeImports } from "./node-imports.ts";
export type { ExportToFileParams, NodeSql } from "./node-sql.ts";

/**
 * A client of one CARTO account that takes files, and writes them, as well.
 *
 * @example
 * ```ts
 * const carto = Carto.fromEnv();
 * await carto.datasets.createFromFile("cities.geojson", { privacy: "public" });
 * await carto.copy.fromFile({ table: "cities", header: true }, "cities.csv");
 * await carto.sql.exportToFile("select * from cities", "cities.gpkg");
 * await carto.copy.toFile("COPY (select * from cities) TO STDOUT WITH (FORMAT csv, HEADER)", "out.csv");
 * ```
 */
export class Carto extends BaseCarto {
  declare readonly sql: NodeSql;
  declare readonly copy: NodeCopy;
  declare readonly imports: NodeImports;
  declare readonly datasets: NodeDatasets;

  /** @internal */
  protected override createSql(client: Client): NodeSql {
    return new NodeSql(client);
  }

  /** @internal */
  protected override createCopy(client: Client): NodeCopy {
    return new NodeCopy(client);
  }

  /** @internal */
  protected override createImports(client: Client): NodeImports {
    return new NodeImports(client);
  }

  /** @internal */
  protected override createDatasets(client: Client): NodeDatasets {
    return new NodeDatasets(client, this);
  }
}
