import { createReadStream, openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { CreateDatasetOptions, CreatedDatasets } from "./datasets/creation.ts";
import { Datasets } from "./datasets/datasets.ts";
import { type CreateImportOptions, Imports } from "./imports/imports.ts";
import type { UploadSource } from "./imports/source.ts";

/** Imports, of files as well. */
export class NodeImports extends Imports {
  /** Starts the import of a file, whose own name is the table's unless `name` says another. @throws As {@link create} */
  async createFromFile(path: string, options?: CreateImportOptions): Promise<string> {
    return this.create(await openFile(path), options);
  }
}

/** Datasets, made of files as well. */
export class NodeDatasets extends Datasets {
  /**
   * Makes tables of a file, whose own name is the table's unless `name` says another. A file that changes while it is
   * sent is an error.
   *
   * @throws As {@link create}; the file system's error when the file can't be read.
   */
  async createFromFile(path: string, options?: CreateDatasetOptions): Promise<CreatedDatasets> {
    return this.create(await openFile(path), options);
  }
}

async function openFile(path: string): Promise<UploadSource> {
  const found = await stat(path);
  // A pipe has no size, and its name says nothing.
  if (!found.isFile()) return createReadStream(path) as AsyncIterable<Uint8Array>;
  return new File([await openAsBlob(path)], basename(path));
}
