import { parse } from "node:path";
import { ImportError } from "../error.ts";
import type { Layer, LayerFacts, ReadOptions, SourceFile } from "../reader.ts";
import { beginning, Rejections } from "../rejections.ts";
import { RowNumbers } from "../row-numbers.ts";
import { stagingColumns, tableFacts } from "./columns.ts";
import type { Document } from "./document.ts";
import { describe, toInvalidJson } from "./failure.ts";
import { FeatureReader, NOT_UTF8, type Shape } from "./feature-reader.ts";
import { Unexpected } from "./json-scanner.ts";
import { ObjectGeometry } from "./object-geometry.ts";
import { RowSource } from "./row-source.ts";
import { StagingRows } from "./staging-rows.ts";
import type { Window } from "./window.ts";

/** Properties that get a column of the staging table; others share one. */
const MAX_STAGED = 250;
/** Rows that are looked at to choose these properties. */
const SAMPLE_ROWS = 1_000;
/** A property is rare when fewer than one row in so many has it. */
const RARE = 50;

/** Rows that must not all be rejected, or the file is taken for something else. */
const HOPELESS = 10_000;

/** Characters of a rejected row that are shown. */
const SHOWN = 100;

/** On one line, whatever the file's indentation is. */
const shownObject = (text: Buffer): string =>
  beginning(text, SHOWN, (shown) => shown.replace(/[\s\p{Cc}]+/gu, " ").trim());

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
  readonly #rejections = new Rejections(shownObject);
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
    this.staging = stagingColumns(shape, this.#reader.slots.staged);
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
    return { ...facts, rows: this.#rows.rows, rejected: this.#rejections.summary() };
  }

  rowOf(staged: number): number {
    return this.#numbers.rowOf(staged);
  }

  /**
   * Gives columns to the properties that the first rows have, but for rare ones: in every row a column costs a little,
   * a value without one much. What is wrong with these rows shows when they are read.
   */
  #sample(): void {
    const { window, document } = this.#source;
    const { slots, keys } = this.#reader;
    const start = window.at;
    const source = new RowSource(window, document.elements(), this.#reader);
    const counts: number[] = [];
    let rows = 0;
    try {
      for (; rows < SAMPLE_ROWS && source.next(); rows++) {
        for (const slot of keys.names.keys()) counts[slot] = (counts[slot] ?? 0) + (slots.has(slot) ? 1 : 0);
      }
    } catch (error) {
      if (!(error instanceof Unexpected)) throw error;
    }
    window.at = start;
    const frequent = [...counts.keys()].filter((slot) => (counts[slot] ?? 0) * RARE >= rows);
    slots.stage(frequent.slice(0, MAX_STAGED));
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
    if (this.#rows.rows === 0 && this.#rejections.count > 0) throw this.#nothingLeft();
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
    const problem = this.#problemOf(error);
    if (problem !== undefined) {
      this.#rejections.add(row, problem, this.#source.window.scanner.bytes.subarray(start, end));
      if (this.#rejections.count === HOPELESS && this.#rows.rows === 0) throw this.#nothingLeft();
      return;
    }
    this.#lookAtGeometry(row);
    this.#rows.write(end - start);
    this.#numbers.add(row);
  }

  #problemOf(error: Unexpected | undefined): string | undefined {
    if (error === undefined) return this.#reader.problem;
    return this.#rejections.isListing ? describe(error, this.#source.window) : error.message;
  }

  #lookAtGeometry(row: number): void {
    if (this.#source.shape === "objects") this.#objects.look();
    if (this.#hasGeometry || this.#reader.geometryStart < 0) return;
    if (this.#reader.isCollection) throw geometryCollection(row);
    this.#hasGeometry = true;
  }

  #nothingLeft(): ImportError {
    const { count, onlyReason } = this.#rejections;
    const [first] = this.#rejections.summary().rows;
    const what = count === 1 ? "The only row could not be taken" : `None of ${count} rows could be taken`;
    const isEncoding = onlyReason === NOT_UTF8;
    const advice = isEncoding ? "Save the file as UTF-8" : "Make it GeoJSON";
    const message = `${what}; row ${first?.row}: ${first?.reason}. ${advice} and import it again.`;
    return new ImportError(isEncoding ? 2007 : 3007, message);
  }
}

function geometryCollection(row: number): ImportError {
  const message = `The first geometry (row ${row}) is a GeometryCollection, which a table can't show on a map. Split it into one feature per geometry and import the file again.`;
  return new ImportError(3201, message);
}
