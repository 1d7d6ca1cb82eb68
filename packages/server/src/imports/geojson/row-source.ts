import type { Elements } from "./elements.ts";
import type { FeatureReader } from "./feature-reader.ts";
import { Unexpected } from "./json-scanner.ts";
import type { Window } from "./window.ts";

/** Reads the rows that are in a window, one after the other. */
export class RowSource {
  /** What people call the row that was read. */
  row = 0;
  /** Position of that row. */
  start = 0;
  /** Position behind it. */
  end = 0;
  /** Why it is no JSON, if it isn't. */
  error: Unexpected | undefined;
  readonly #window: Window;
  readonly #elements: Elements;
  readonly #reader: FeatureReader;

  constructor(window: Window, elements: Elements, reader: FeatureReader) {
    this.#window = window;
    this.#elements = elements;
    this.#reader = reader;
  }

  /**
   * Reads the next row and takes it.
   *
   * @returns Whether there was one.
   * @throws {@link Unexpected} when the window ends in it, or when it is no JSON and nothing can be read behind it.
   */
  next(): boolean {
    const elements = this.#elements;
    const start = elements.next(this.#window.at);
    if (start < 0) {
      this.#window.at = -1 - start;
      return false;
    }
    this.error = undefined;
    const end = this.#read(start);
    this.row = elements.row;
    elements.take(start, end, this.error === undefined ? this.#reader.marks : 0);
    this.start = start;
    this.end = end;
    this.#window.at = end;
    return true;
  }

  #read(start: number): number {
    try {
      return this.#elements.close(this.#reader.read(start));
    } catch (error) {
      if (!(error instanceof Unexpected) || this.#window.wants(error)) throw error;
      const end = this.#elements.recover(start);
      if (end === undefined) throw error;
      this.error = error.at > end ? new Unexpected(end, "the rest of the value") : error;
      return end;
    }
  }
}
