import type { GdalRows } from "../../gdal/gdal.ts";
import type { GdalLayer } from "../../gdal/layer-info.ts";
import { ImportError } from "../error.ts";
import type { Layer, LayerFacts, ReadOptions, SourceFile } from "../reader.ts";
import { geometryCandidate, type OgrColumn, ogrColumns, ogrFacts, stagingOf } from "./columns.ts";
import type { FirstPoint } from "./ewkb.ts";
import { toReadError } from "./failure.ts";
import type { OgrFormat } from "./format.ts";
import { RowScan } from "./row-scan.ts";
import { areDegrees, noSystem, type System } from "./system.ts";

const COLLECTION = 7;
const NO_COLLECTIONS = 3201;

/** What a layer is read from. */
export interface OgrSource {
  file: SourceFile;
  format: OgrFormat;
  layer: GdalLayer;
  rows: GdalRows;
  system: System;
  /** Name of the table. */
  name: string;
}

/** A layer's rows as GDAL gives them, on their way into a staging table. */
export class OgrLayer implements Layer {
  readonly name: string;
  readonly staging: Layer["staging"];
  readonly copy = { format: "text" } as const;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly #source: OgrSource;
  readonly #options: ReadOptions;
  readonly #columns: readonly OgrColumn[];
  readonly #candidate: number | undefined;
  readonly #scan: RowScan;
  #geometries = 0;
  #isRead = false;

  constructor(source: OgrSource, options: ReadOptions) {
    this.name = source.name;
    this.#source = source;
    this.#options = options;
    this.#columns = ogrColumns(source.rows.columns, source.layer);
    this.#candidate = options.typeGuessing ? geometryCandidate(this.#columns) : undefined;
    const at = this.#columns.findIndex(({ role }) => role === "geometry");
    const geometry = at < 0 ? undefined : { at, onGeometry: (first: FirstPoint) => this.#check(first) };
    this.#scan = new RowScan({ geometry, candidate: this.#candidate });
    this.staging = stagingOf(this.#columns);
    this.chunks = this.#read();
  }

  /** Whether all rows were read: GDAL is free for the next. */
  get isRead(): boolean {
    return this.#isRead;
  }

  facts(): LayerFacts {
    const kind = this.#scan.geometryText;
    const candidate = this.#candidate === undefined ? undefined : this.#columns[this.#candidate];
    const found = ogrFacts(this.#columns, {
      typeGuessing: this.#options.typeGuessing,
      srid: this.#source.system.srid,
      text: kind && candidate && { kind, staged: candidate.staged },
    });
    return { ...found, rows: this.#scan.rows, rejected: { count: 0, rows: [] } };
  }

  /** Features are staged in their order, and all of them. */
  rowOf(staged: number): number {
    return staged;
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    const { rows } = this.#source;
    try {
      yield* this.#scan.pass(rows.chunks);
      this.#isRead = true;
    } catch (error) {
      throw toReadError(error, this.#source);
    }
  }

  #check({ kind, at }: FirstPoint): void {
    const { file, format, system } = this.#source;
    this.#geometries++;
    if (this.#geometries === 1 && kind === COLLECTION && !format.hasCollections) throw collectionFirst();
    if (system.isAssumed && at !== undefined && !areDegrees(at)) throw noSystem(file, format, at);
  }
}

const collectionFirst = (): ImportError =>
  new ImportError(
    NO_COLLECTIONS,
    "The first geometry is a GeometryCollection, which a table can't show on a map. Split it into one feature per geometry and import the file again.",
  );
