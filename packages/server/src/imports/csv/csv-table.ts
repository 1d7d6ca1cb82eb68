import type { FileHandle } from "node:fs/promises";
import { ImportError } from "../error.ts";
import { detectDelimiter } from "./dialect.ts";
import type { TextEncoding } from "./encoding.ts";
import { countLineEnds, lengthOf, lineEndAt } from "./line-end.ts";
import { type Field, parseRecord } from "./record-parser.ts";
import { MAX_RECORD_BYTES } from "./record-scanner.ts";
import { openText, type TextSource, type TextWindow } from "./text-source.ts";

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** Columns that a table may have besides the three that are CARTO's: PostgreSQL's limit is 1,600. */
export const MAX_COLUMNS = 1_597;

/** Bytes that tell whether a file is text. */
const BEGINNING = 4_096;

/** An opened file whose header was read. */
export interface CsvTable {
  source: TextSource;
  /** The text from where it was read so far; the rows begin at `from`. */
  window: TextWindow;
  from: number;
  /** Line that the rows begin in. */
  line: number;
  /** Byte between fields. */
  delimiter: number;
  headers: readonly string[];
}

/** How a table is opened. */
export interface TableOptions extends TextEncoding {
  /** Whether the file's name says that there are tabs between fields. */
  tabs: boolean;
  /** Called with the position in the file after each read. */
  onRead(position: number): void;
}

/**
 * Reads a file's header: its first line that isn't blank. A line `sep=;` before it, as Excel knows it, names the
 * delimiter.
 *
 * @throws ImportError when there is none, or it can't be one.
 */
export async function openTable(handle: FileHandle, options: TableOptions): Promise<CsvTable> {
  const source = openText(handle, options);
  const window = await source.next(Buffer.alloc(0));
  if (isBinary(window)) throw notText();
  const start = await skipBlankLines(source, { window, from: 0, line: 1 });
  const hint = separatorHint(start);
  const place = hint ? await skipBlankLines(source, hint.place) : start;
  const delimiter = hint?.delimiter ?? detectDelimiter(place.window, place.from, options.tabs);
  const { fields, after } = await readHeader(source, place, delimiter);
  if (fields.length > MAX_COLUMNS) {
    throw new ImportError(
      2004,
      `The file has ${fields.length} columns, but a table can have ${MAX_COLUMNS}. Leave some out, or split the file.`,
    );
  }
  return { source, ...after, delimiter, headers: fields.map(({ text }, i) => headerName(text, i)) };
}

/** A place in a text. */
type Place = Pick<CsvTable, "window" | "from" | "line">;

async function skipBlankLines(source: TextSource, start: Place): Promise<Place> {
  let { window, from, line } = start;
  for (;;) {
    const { bytes, end, last } = window;
    let p = from;
    while (p < end && (bytes[p] as number) <= SPACE && bytes[p] !== 0) p++;
    if (p < end) {
      // Blanks in the header's own line are the header's.
      let begin = p;
      while (begin > from && bytes[begin - 1] !== LINE_FEED && bytes[begin - 1] !== CARRIAGE_RETURN) begin--;
      return { window, from: begin, line: line + countLineEnds(bytes.subarray(from, begin)) };
    }
    if (last) throw new ImportError(1005, "The file is empty. The first line of a CSV file names its columns.");
    line += countLineEnds(bytes.subarray(from, end));
    window = await source.next(Buffer.alloc(0));
    from = 0;
  }
}

function separatorHint({ window, from, line }: Place): { delimiter: number; place: Place } | undefined {
  const found = /^"?sep=([^\w"\s]|\t| )"?\r?\n/i.exec(
    window.bytes.toString("latin1", from, Math.min(from + 10, window.end)),
  );
  const delimiter = found?.[1]?.charCodeAt(0);
  if (!found || delimiter === undefined || delimiter >= 0x80) return undefined;
  return { delimiter, place: { window, from: from + found[0].length, line: line + 1 } };
}

async function readHeader(
  source: TextSource,
  start: Place,
  delimiter: number,
): Promise<{ fields: readonly Field[]; after: Place }> {
  let { window, from, line } = start;
  for (;;) {
    const record = parseRecord(window, from, delimiter);
    const { bytes, end } = window;
    const lineEnd = record.kind === "record" ? lineEndAt(window, record.end) : -1;
    if (record.kind === "record" && lineEnd >= 0) {
      line += 1 + countLineEnds(bytes.subarray(from, record.end));
      return { fields: record.fields, after: { window, from: record.end + lengthOf(lineEnd), line } };
    }
    if (record.kind === "unclosed" || end - from > MAX_RECORD_BYTES) {
      throw new ImportError(
        2003,
        `The header in line ${line} has no end: a quote in it is never closed. Close it, or double it if it belongs to a name.`,
      );
    }
    window = await source.next(bytes.subarray(from, end));
    from = 0;
  }
}

/** Whether a text begins with so many control characters that it is none. */
function isBinary({ bytes, end }: TextWindow): boolean {
  const beginning = bytes.subarray(0, Math.min(end, BEGINNING));
  const controls = beginning.filter((byte) => byte < SPACE && (byte < TAB || byte > CARRIAGE_RETURN)).length;
  return controls > beginning.length / 20;
}

const notText = (): ImportError =>
  new ImportError(
    1002,
    "The file is no text, and of no known format. If it is a table of another program's, export it as CSV in UTF-8 and " +
      "import that; if it is a map's data, convert it to GeoJSON.",
  );

function headerName(text: Buffer, index: number): string {
  if (text.includes(0)) throw notText();
  const name = text.toString("utf8");
  return name.trim() === "" ? `field_${index + 1}` : name;
}
