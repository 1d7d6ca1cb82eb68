import { ImportError } from "../error.ts";
import { XmlScanner } from "./xml-scanner.ts";

const UNREADABLE = 2001;
const TOO_BIG = 6666;
/** Characters that one Placemark or Schema may have. */
const MAX_PIECE = 32 * 1024 ** 2;
/** Elements that it may have: a DOM of them takes a kilobyte for each. */
const MAX_ELEMENTS = 300_000;
/** Elements that may be in each other, outside of Placemarks. */
const MAX_DEPTH = 1_000;

/** A Folder or Document with Placemarks of its own, or what is around both. */
export interface Container {
  /** The XML that its name is written in. */
  name: string | undefined;
  /** Placemarks that are in it, and in no Folder within it. */
  placemarks: number;
}

/** An element with all that is in it. */
export interface Piece {
  kind: "Placemark" | "Schema";
  xml: string;
  /** Line that it begins in, from 1. */
  line: number;
  /** Number of the container that it is in. */
  container: number;
}

/** An element that is open around what is read. */
interface OpenElement {
  name: string;
  line: number;
  /** Number of the container that it is. */
  container: number | undefined;
}

/**
 * Cuts a KML document into its Placemarks, so that none of it need be in memory but one of them.
 *
 * What is within a Placemark is not looked at; what is outside must be well-formed.
 */
export class KmlPieces {
  /** Containers so far, in the order that they begin in; the first is the document itself. */
  readonly containers: Container[] = [{ name: undefined, placemarks: 0 }];
  /** Declarations of namespaces so far, by prefix. */
  readonly namespaces: Map<string, string> = new Map();
  /** Prefix of KML's own elements, with its colon. */
  prefix = "";
  /** Whether there are links to further documents. */
  hasLinks = false;
  readonly #scanner = new XmlScanner();
  readonly #chunks: AsyncIterator<string>;
  readonly #open: OpenElement[] = [];
  #hasRoot = false;

  constructor(chunks: AsyncIterable<string>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The Placemarks and Schemas in their order. @throws ImportError 2001, 6666 */
  async *read(): AsyncGenerator<Piece, void, undefined> {
    const scanner = this.#scanner;
    while (await this.#next()) {
      const { markup } = scanner;
      if (markup === "doctype") throw hasDoctype();
      if (markup === "close") this.#close();
      if (markup !== "open" && markup !== "empty") continue;
      const piece = this.#begin(markup === "empty");
      if (piece === undefined) continue;
      const { xml, line } = await this.#takeElement();
      if (piece === "name") this.#container().name ??= xml;
      else yield { kind: piece, xml, line, container: this.#containerNumber() };
    }
    const open = this.#open.at(-1);
    if (open) throw broken(open.line, `<${open.name}> is never closed: the file may have been cut off`);
    if (!this.#hasRoot) throw broken(1, "there is no element in it");
  }

  /** Goes on to the next markup. @returns false at the document's end. @param keep What to keep of the text. */
  async #next(keep?: () => number): Promise<boolean> {
    const scanner = this.#scanner;
    while (!scanner.next()) {
      const { done, value } = await this.#chunks.next();
      if (done) {
        const rest = scanner.text.slice(scanner.end);
        if (rest.includes("<")) throw broken(scanner.lineOf(scanner.end), "the file ends in the middle of a tag");
        return false;
      }
      const kept = keep?.() ?? scanner.end;
      if (scanner.text.length - kept > MAX_PIECE) throw tooBig(scanner.lineOf(kept));
      this.#dropped += scanner.push(value, kept);
    }
    return true;
  }

  /** Characters that are not here any more. */
  #dropped = 0;

  /** Looks at an element that begins. @returns what it is, where all of it is wanted */
  #begin(isEmpty: boolean): Piece["kind"] | "name" | undefined {
    const { name } = this.#scanner;
    this.#takeAttributes();
    const local = name.slice(name.indexOf(":") + 1);
    if (local === "NetworkLink") this.hasLinks = true;
    if (local === "Placemark") this.#container().placemarks++;
    if (local === "Placemark" || (local === "Schema" && !isEmpty)) return local;
    if (local === "name" && !isEmpty && this.#open.at(-1)?.container !== undefined) return "name";
    if (!isEmpty) this.#push(name, local === "Folder" || local === "Document");
    return undefined;
  }

  #takeAttributes(): void {
    const { text, start, end, name } = this.#scanner;
    const tag = text.slice(start, end);
    if (!this.#hasRoot && name.includes(":")) this.prefix = name.slice(0, name.indexOf(":") + 1);
    this.#hasRoot = true;
    for (const [, prefix = "", value = ""] of tag.matchAll(/\sxmlns:([\w.-]+)\s*=\s*("[^"<]*"|'[^'<]*')/g)) {
      if (this.namespaces.size < MAX_DEPTH) this.namespaces.set(prefix, value);
    }
  }

  #push(name: string, isContainer: boolean): void {
    const line = this.#scanner.lineOf(this.#scanner.start);
    if (this.#open.length === MAX_DEPTH) throw broken(line, `more than ${MAX_DEPTH} elements are in each other`);
    const container = isContainer ? this.containers.push({ name: undefined, placemarks: 0 }) - 1 : undefined;
    this.#open.push({ name, line, container });
  }

  #close(): void {
    const { name, start } = this.#scanner;
    const open = this.#open.pop();
    if (open?.name === name) return;
    const what = open ? `</${name}> closes <${open.name}> of line ${open.line}` : `</${name}> closes nothing`;
    throw broken(this.#scanner.lineOf(start), what);
  }

  /** Takes the element that begins, with its end. */
  async #takeElement(): Promise<{ xml: string; line: number }> {
    const scanner = this.#scanner;
    const { name } = scanner;
    const line = scanner.lineOf(scanner.start);
    const from = this.#dropped + scanner.start;
    let elements = 0;
    for (let depth = scanner.markup === "empty" ? 0 : 1; depth > 0; ) {
      if (!(await this.#next(() => from - this.#dropped)))
        throw broken(line, `<${name}> is never closed: the file may have been cut off`);
      if (scanner.markup === "doctype") throw hasDoctype();
      if ((scanner.markup === "open" || scanner.markup === "empty") && ++elements > MAX_ELEMENTS) throw tooMany(line);
      if (scanner.name !== name) continue;
      if (scanner.markup === "open") depth++;
      else if (scanner.markup === "close") depth--;
    }
    return { xml: scanner.text.slice(from - this.#dropped, scanner.end), line };
  }

  #containerNumber(): number {
    return this.#open.findLast(({ container }) => container !== undefined)?.container ?? 0;
  }

  #container(): Container {
    return this.containers[this.#containerNumber()] as Container;
  }
}

/** The error of a document that is not well-formed; `what` is a clause. */
export function broken(line: number, what: string): ImportError {
  return new ImportError(UNREADABLE, `The file is no valid XML: line ${line}: ${what}. Correct it, or export it anew.`);
}

const hasDoctype = (): ImportError =>
  new ImportError(
    UNREADABLE,
    "The file has a DOCTYPE, which KML has no use for and which can ask for files and endless texts: remove it.",
  );

const tooMany = (line: number): ImportError =>
  new ImportError(
    TOO_BIG,
    `The element in line ${line} has more than ${MAX_ELEMENTS} elements in it: split it, or its track.`,
  );

const tooBig = (line: number): ImportError =>
  new ImportError(
    TOO_BIG,
    `The element in line ${line} has more than ${MAX_PIECE / 1024 ** 2} million characters: simplify its geometry or split it.`,
  );
