/** The SDK with what only Node (and Deno, and Bun) has: files, and zlib. */
import { Carto as BaseCarto } from "./carto.ts";
import type { Client } from "./client.ts";
import { NodeCopy } from "./node-copy.ts";

export * from "./index.ts";
export type { CopyToFileOptions, NodeCopy } from "./node-copy.ts";

/**
 * A client of one CARTO account that copies from and to files as well.
 *
 * @example
 * ```ts
 * const carto = Carto.fromEnv();
 * await carto.copy.fromFile({ table: "cities", header: true }, "cities.csv");
 * await carto.copy.toFile("COPY (select * from cities) TO STDOUT WITH (FORMAT csv, HEADER)", "out.csv");
 * ```
 */
export class Carto extends BaseCarto {
  declare readonly copy: NodeCopy;

  /** @internal */
  protected override createCopy(client: Client): NodeCopy {
    return new NodeCopy(client);
  }
}
