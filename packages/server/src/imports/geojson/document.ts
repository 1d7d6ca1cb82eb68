import { ImportError } from "../error.ts";
import { readSrid } from "./crs.ts";
import { ArrayElements, type Elements, SequenceElements, SingleElement } from "./elements.ts";
import { type JsonScanner, Unexpected } from "./json-scanner.ts";
import { KeyTable } from "./key-table.ts";
import { type Members, walkMembers } from "./members.ts";
import { parseString } from "./text.ts";
import type { Window } from "./window.ts";

const NEWLINE = 0x0a;
const RECORD_SEPARATOR = 0x1e;
const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

// Numbers of a collection's members.
const TYPE = 0;
const FEATURES = 1;
const CRS = 2;
const MEMBERS = ["type", "features", "crs"];

/** Names of files that hold a value a line, even where only one. */
const LINES = /\.(ndjson|jsonl|ldjson|geojsonl|geojsons|geojsonseq)$/i;

/**
 * How a file is written: a FeatureCollection, an array, one feature or geometry, texts behind record separators, or
 * values one a line.
 */
export type Form = "collection" | "array" | "single" | "sequence" | "lines";

/** What is around the rows of a file. */
export class Document {
  /** How the file is written. */
  form: Form = "collection";
  /** SRID of the coordinates where the file says another than 4326; certain once {@link finish} has read on. */
  srid: number | undefined;
  readonly #window: Window;
  readonly #scanner: JsonScanner;
  readonly #members: Members;
  #type: string | undefined;
  #crs: unknown;
  /** Position of the first feature, or -1. */
  #features = -1;

  private constructor(window: Window) {
    this.#window = window;
    this.#scanner = window.scanner;
    this.#members = {
      keys: new KeyTable(window.scanner, MEMBERS),
      take: (key, start) => this.#takeMember(key, start),
    };
  }

  /**
   * Finds out how a file is written, and takes all that is before its first row.
   *
   * @param name The file's name.
   * @throws {@link Unexpected}, {@link ImportError} 1005 for an empty file, 3007, 3008.
   */
  static async open(window: Window, name: string): Promise<Document> {
    const document = new Document(window);
    window.at = await window.parse((at) => document.#skipSpace(at));
    if (window.at >= window.end) throw emptyFile();
    const first = window.scanner.bytes[window.at];
    if (first === OPEN_BRACE) await document.#openObject(LINES.test(name));
    else if (first === OPEN_BRACKET) {
      document.form = "array";
      window.at++;
    } else if (first === RECORD_SEPARATOR) document.form = "sequence";
    else if (LINES.test(name)) document.form = "lines";
    else throw new Unexpected(window.at, "an object or an array");
    return document;
  }

  /** The rows from the window's position on. */
  elements(): Elements {
    switch (this.form) {
      case "single":
        return new SingleElement();
      case "lines":
        return new SequenceElements(this.#window, NEWLINE);
      case "sequence":
        return new SequenceElements(this.#window, RECORD_SEPARATOR);
      default:
        return new ArrayElements(this.#scanner);
    }
  }

  /** Takes all that is behind the last row. @throws {@link Unexpected}, {@link ImportError} 3008. */
  async finish(): Promise<void> {
    const window = this.#window;
    while (this.form === "collection") {
      const next = await window.parse((at) => this.#scanner.skipSeparator(at, CLOSE_BRACE));
      if (next < 0) {
        window.at = -1 - next;
        break;
      }
      window.at = next;
      window.at = await window.parse((at) => this.#skipMember(at));
    }
    if (this.form === "collection") this.srid = readSrid(this.#crs);
    window.at = await window.parse((at) => this.#skipSpace(at));
    if (window.at < window.end) throw new Unexpected(window.at, "the end of the file");
  }

  async #openObject(isLines: boolean): Promise<void> {
    const window = this.#window;
    const length = await this.#headLength(isLines);
    if (this.#features >= 0 || this.#type === "Feature") this.srid = readSrid(this.#crs);
    if (this.#features >= 0) {
      window.at = this.#features;
      if (this.#type !== undefined && this.#type !== "FeatureCollection") throw notCollection(this.#type);
      return;
    }
    const isOnly = !isLines && (await window.parse((at) => this.#skipSpace(at + length) >= window.end));
    this.form = isOnly ? "single" : "lines";
  }

  /** Length of the first object if it isn't a collection; of nothing where it is no JSON but further lines may be. */
  async #headLength(isLines: boolean): Promise<number> {
    try {
      return await this.#window.parse((at) => {
        this.#features = -1;
        return walkMembers(this.#scanner, at + 1, this.#members) - at;
      });
    } catch (error) {
      if (isLines && error instanceof Unexpected) return 0;
      throw error;
    }
  }

  #takeMember(key: number, start: number): number {
    const scanner = this.#scanner;
    const { bytes } = scanner;
    if (key === FEATURES && bytes[start] === OPEN_BRACKET) {
      if (this.#features >= 0) throw new Unexpected(start, 'one member "features" only');
      this.#features = start + 1;
      return -1;
    }
    const end = scanner.skipValue(start, 1);
    if (key === TYPE && bytes[start] === QUOTE) this.#type = parseString(bytes.subarray(start + 1, end - 1));
    if (key === CRS) this.#crs = JSON.parse(bytes.toString("utf8", start, end));
    return end;
  }

  #skipMember(at: number): number {
    const { keys } = this.#members;
    const start = this.#scanner.skipSpace(at);
    if (this.#scanner.bytes[start] !== QUOTE) throw new Unexpected(start, "a member's name in quotes");
    const key = keys.read(start + 1, -1);
    return this.#takeMember(key, this.#scanner.skipColon(keys.end + 1));
  }

  /** Skips whitespace up to another byte or the file's end. */
  #skipSpace(start: number): number {
    const p = this.#scanner.skipSpace(start);
    if (p >= this.#window.end && !this.#window.ended) throw new Unexpected(p, "more");
    return p;
  }
}

function emptyFile(): ImportError {
  return new ImportError(1005, "The file is empty: there is nothing in it to import.");
}

function notCollection(type: string): ImportError {
  const shown = JSON.stringify(type.slice(0, 40));
  const message = `The file has "features" but its type is ${shown}, not "FeatureCollection". Convert it to GeoJSON and import it again.`;
  return new ImportError(3007, message);
}
