import { open } from "node:fs/promises";
import { ImportError } from "../error.ts";
import type { Layer, LayerFacts, Reader, ReadOptions, SourceFile } from "../reader.ts";
import type { Rejections } from "../rejections.ts";
import { RowNumbers } from "../row-numbers.ts";
import { ColumnGuess, type GuessedColumn } from "./column-guess.ts";
import { CommaColumns } from "./comma-columns.ts";
import { type CsvTable, openTable } from "./csv-table.ts";
import { detectEncoding } from "./encoding.ts";
import { encodingInName } from "./encoding-name.ts";
import { roleOf, stagedName, tableFacts } from "./facts.ts";
import { RecordScanner, type RowVisitor } from "./record-scanner.ts";
import { rejectedLines } from "./rejected-lines.ts";

/**
 * Reads CSV and its kin: one layer, whose rows go to COPY in the file's own bytes wherever COPY reads these as they are
 * meant. Rows that can't be read are left out and listed.
 *
 * With `decimalComma` the file is read twice: which commas are decimal ones is known at its end.
 */
export const readCsv: Reader = async function* (file: SourceFile, options: ReadOptions): AsyncGenerator<Layer> {
  if (file.size === 0)
    throw new ImportError(1005, "The file is empty: it has 0 bytes. Look whether it was saved whole.");
  const asked = encodingInName(file.name);
  const handle = await open(file.path);
  try {
    const encoding = await detectEncoding(handle, asked);
    const passes = options.typeGuessing && options.decimalComma ? 2 : 1;
    const openPass = (pass: number): Promise<CsvTable> => {
      const onRead = (position: number): void => options.onProgress(Math.floor((pass * file.size + position) / passes));
      return openTable(handle, { ...encoding, tabs: /\.(?:tsv|tab)$/i.test(file.name), onRead });
    };
    const reopen = passes === 1 ? undefined : (): Promise<CsvTable> => openPass(1);
    yield new CsvLayer(await openPass(0), { ...options, name: file.name, encoding: encoding.encoding, reopen });
  } finally {
    await handle.close();
  }
};

interface LayerOptions extends ReadOptions {
  /** The file's name. */
  name: string;
  /** WHATWG's name of its encoding. */
  encoding: string;
  /** Opens the table again for a second pass, if there is to be one. */
  reopen: (() => Promise<CsvTable>) | undefined;
}

/** What a pass over the rows adds up. */
interface Tally {
  rejections: Rejections;
  lines: RowNumbers;
}

const emptyTally = (): Tally => ({ rejections: rejectedLines(), lines: new RowNumbers() });

class CsvLayer implements Layer {
  readonly name: string;
  readonly staging: Layer["staging"];
  readonly copy: Layer["copy"];
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly #options: LayerOptions;
  readonly #table: CsvTable;
  readonly #guess: ColumnGuess;
  readonly #tally: Tally = emptyTally();

  constructor(table: CsvTable, options: LayerOptions) {
    this.#table = table;
    this.#options = options;
    this.#guess = new ColumnGuess(table.headers.map(roleOf), options);
    this.name = options.name.replace(/\.(?:csv|tsv|tab|txt)$/i, "");
    this.staging = table.headers.map((_, index) => ({ name: stagedName(index), type: "text" }));
    this.copy = { format: "csv", delimiter: String.fromCharCode(table.delimiter) };
    this.chunks = this.#read();
  }

  facts(): LayerFacts {
    return {
      ...tableFacts(this.#table.headers, this.#guess.columns(), this.#options),
      rows: this.#tally.lines.count,
      rejected: this.#tally.rejections.summary(),
    };
  }

  rowOf(staged: number): number {
    return this.#tally.lines.rowOf(staged);
  }

  async *#read(): AsyncGenerator<Buffer, void, undefined> {
    const { reopen } = this.#options;
    if (reopen === undefined) {
      yield* this.#scan(this.#table, this.#guess, this.#tally);
    } else {
      for await (const _ of this.#scan(this.#table, this.#guess, emptyTally()));
      const commas = new CommaColumns(this.#guess.columns().flatMap((column, i) => (hasCommas(column) ? [i] : [])));
      yield* this.#scan(await reopen(), commas, this.#tally);
    }
    this.#throwIfNothingIsLeft();
  }

  async *#scan(table: CsvTable, visitor: RowVisitor, tally: Tally): AsyncGenerator<Buffer, void, undefined> {
    const { source, delimiter, line, headers } = table;
    const { encoding, signal } = this.#options;
    const scanner = new RecordScanner({ columns: headers.length, delimiter, line, encoding, visitor, ...tally });
    let { window, from } = table;
    for (;;) {
      signal.throwIfAborted();
      const at = scanner.scan(window, from);
      const rows = scanner.take();
      if (rows) yield rows;
      if (window.last) return;
      window = await source.next(window.bytes.subarray(at, window.end));
      from = 0;
    }
  }

  #throwIfNothingIsLeft(): void {
    const { count, rows } = this.#tally.rejections.summary();
    const [first] = rows;
    if (first === undefined || this.#tally.lines.count > 0) return;
    throw new ImportError(
      2003,
      `None of the file's ${count} rows could be read. The first is line ${first.row}: ${first.reason}. ` +
        `Look whether the first line names all columns, with ${delimiterName(this.#table.delimiter)} between them.`,
    );
  }
}

/** Whether a column's decimal commas are to be points: it is a column of numbers, or of a coordinate's. */
const hasCommas = ({ commas, type, role }: GuessedColumn): boolean =>
  commas && (type !== "text" || role === "coordinate");

function delimiterName(delimiter: number): string {
  if (delimiter === 0x09) return "tabs";
  return delimiter === 0x20 ? "spaces" : `"${String.fromCharCode(delimiter)}"`;
}
