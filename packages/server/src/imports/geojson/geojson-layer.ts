import { parse } from "node:path";
import { ImportError } from "../error.ts";
import type { Layer, LayerFacts, ReadOptions, SourceFile } from "../reader.ts";
import { stagingColumns, tableFacts } from "./columns.ts";
import type { Document } from "./document.ts";
import { describe, toInvalidJson } from "./failure.ts";
import { FeatureReader, NOT_UTF8, type Shape } from "./feature-reader.ts";
import { Unexpected } from "./json-scanner.ts";
import { ObjectGeometry } from "./object-geometry.ts";
import { Rejections } from "./rejections.ts";
import { RowNumbers } from "./row-numbers.ts";
import { RowSource } from "./row-source.ts";
import { StagingRows } from "./staging-rows.ts";
import type { Window } from "./window.ts";

/** Properties that get a column of the staging table; others share one. */
const MAX_STAGED = 250;
/** Rows whose properties get one. */
const SAMPLE_ROWS = 1_000;

/** What a layer is read from. */
interface Source {
  file: SourceFile;
  window: Window;
  document: Document;
  /** What the rows are. */
  shape: Shape;
}

/** The rows of a JSON file, and what was found out about them. */
export class GeojsonLayer implements Layer {
  readonly name: string;
  readonly staging: Layer["staging"];
  readonly copy = { format: "text" } as const;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly #source: Source;
  readonly #options: ReadOptions;
  readonly #reader: FeatureReader;
  readonly #rows: StagingRows;
  readonly #rejections = new Rejections();
  readonly #numbers = new RowNumbers();
  readonly #objects: ObjectGeometry;
  #hasGeometry = false;

  /** Looks at the first rows, which must be in the source's window as far as it goes. */
  constructor(source: Source, options: ReadOptions) {
    const { file, window, shape } = source;
    this.name = parse(file.name).name;
    this.#source = source;
    this.#options = options;
    this.#reader = new FeatureReader(window.scanner, shape);
    this.#rows = new StagingRows(window.scanner, this.#reader);
    this.#objects = new ObjectGeometry(window.scanner, this.#reader);
    this.#sample();
    this.staging = stagingColumns(shape, this.#reader.slots.columns);
    this.chunks = this.#read();
  }

  facts(): LayerFacts {
    const facts = tableFacts({
      reader: this.#reader,
      types: this.#rows.types,
      objects: this.#objects,
      srid: this.#source.document.srid,
      typeGuessing: this.#options.typeGuessing,
    });
    return { ...facts, rows: this.#rows.rows, rejected: this.#rejections.facts() };
  }

  rowOf(staged: number): number {
    return this.#numbers.rowOf(staged);
  }

  /** Gives columns to the properties of the first rows; what is wrong with these shows when they are read. */
  #sample(): void {
    const { window, document } = this.#source;
    const start = window.at;
    const source = new RowSource(window, document.elements(), this.#reader);
    try {
      for (let row = 0; row < SAMPLE_ROWS && source.next(); row++);
    } catch (error) {
      if (!(error instanceof Unexpected)) throw error;
    }
    window.at = start;
    this.#reader.slots.columns = Math.min(this.#reader.keys.names.length, MAX_STAGED);
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    const { window, document, file } = this.#source;
    const source = new RowSource(window, document.elements(), this.#reader);
    try {
      for (let state = this.#readRows(source); ; state = this.#readRows(source)) {
        if (this.#rows.hasSome) yield this.#rows.take();
        if (state === "ended") break;
        if (state === "wants more") await window.fill();
      }
      await document.finish();
    } catch (error) {
      throw error instanceof Unexpected ? await toInvalidJson(error, window, file.path) : error;
    }
    this.#refuseNothing();
  }

  /** Reads rows as far as the window or a chunk goes. */
  #readRows(source: RowSource): "ended" | "wants more" | "full" {
    try {
      while (source.next()) {
        this.#take(source);
        if (this.#rows.isFull) return "full";
      }
      return "ended";
    } catch (error) {
      if (this.#source.window.wants(error)) return "wants more";
      throw error;
    }
  }

  #take({ start, end, row, error }: RowSource): void {
    const { window } = this.#source;
    const problem = error === undefined ? this.#reader.problem : describe(error, window);
    if (problem !== undefined) {
      this.#rejections.add(row, problem, window.scanner.bytes.subarray(start, end));
      return;
    }
    this.#lookAtGeometry(row);
    this.#rows.write(end - start);
    this.#numbers.add(row);
  }

  #lookAtGeometry(row: number): void {
    if (this.#source.shape === "objects") this.#objects.look();
    if (this.#hasGeometry || this.#reader.geometryStart < 0) return;
    if (this.#reader.isCollection) throw geometryCollection(row);
    this.#hasGeometry = true;
  }

  /** @throws {@link ImportError} where rows were rejected and none is left. */
  #refuseNothing(): void {
    const { count, rows } = this.#rejections.facts();
    const [first] = rows;
    if (this.#rows.rows > 0 || first === undefined) return;
    const what = count === 1 ? "Its only row could not be taken" : `None of its ${count} rows could be taken`;
    const isEncoding = this.#rejections.onlyReason === NOT_UTF8;
    const advice = isEncoding ? "Save the file as UTF-8" : "Make it GeoJSON";
    const message = `${what}; row ${first.row}: ${first.reason}. ${advice} and import it again.`;
    throw new ImportError(isEncoding ? 2007 : 3007, message);
  }
}

function geometryCollection(row: number): ImportError {
  const message = `The first geometry (row ${row}) is a GeometryCollection, which a table can't show on a map. Split it into one feature per geometry and import the file again.`;
  return new ImportError(3201, message);
}
