import type { SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { Column } from "../../db/result.ts";
import { BACKSLASH } from "../ascii.ts";
import { fieldEnd, RowSplitter } from "../copy-text.ts";
import { GeoColumn } from "./geo-column.ts";
import { type ParquetColumn, parquetColumn, type Stored } from "./parquet-column.ts";

/** Rows that are written together, and bytes of their text; all of them wait in memory. */
const GROUP_ROWS = 50_000;
const GROUP_BYTES = 16 * 1024 ** 2;
const UPPER_N = 0x4e;

/** A GeoParquet file under construction, of COPY text whose first column are geometries as hexadecimal WKB. */
export class ParquetFile {
  readonly #columns: readonly ParquetColumn[];
  readonly #geo = new GeoColumn();
  readonly #out = new PieceWriter();
  readonly #writer: ParquetWriter;
  readonly #splitter = new RowSplitter();
  #values: Stored[][] = [];
  #rows = 0;
  #bytes = 0;

  constructor(columns: readonly Column[]) {
    this.#columns = columns.map((column, index) =>
      index === 0 ? geometryColumn(column.name, this.#geo) : parquetColumn(column),
    );
    const elements = this.#columns.map(({ element }) => element);
    const root: SchemaElement = { name: "schema", num_children: elements.length };
    this.#writer = new ParquetWriter({ writer: this.#out, schema: [root, ...elements], createdBy: "carto-ts" });
    this.#begin();
  }

  /** Takes rows. @returns the bytes that are ready, often none. @throws UnwritableError */
  write(text: Buffer): Uint8Array<ArrayBuffer> {
    const rows = this.#splitter.push(text);
    if (rows !== undefined) this.#read(rows);
    return this.#out.take();
  }

  /** The bytes that end the file. */
  end(): Uint8Array<ArrayBuffer> {
    this.#flush();
    const name = this.#columns[0]?.element.name ?? "";
    this.#writer.kvMetadata = [{ key: "geo", value: this.#geo.metadata(name) }];
    void this.#writer.finish();
    return this.#out.take();
  }

  #begin(): void {
    this.#values = this.#columns.map(() => []);
    this.#rows = 0;
    this.#bytes = 0;
  }

  #read(text: Buffer): void {
    for (let at = 0; at < text.length; ) {
      const start = at;
      for (const [index, { read }] of this.#columns.entries()) {
        const end = fieldEnd(text, at);
        const isNull = text[at] === BACKSLASH && text[at + 1] === UPPER_N;
        this.#values[index]?.push(isNull ? null : read(text, at, end));
        at = end + 1;
      }
      this.#rows++;
      this.#bytes += at - start;
      if (this.#rows >= GROUP_ROWS || this.#bytes >= GROUP_BYTES) this.#flush();
    }
  }

  #flush(): void {
    if (this.#rows === 0) return;
    const columnData = this.#columns.map(({ element }, index) => ({
      name: element.name,
      data: this.#values[index] ?? [],
      // The least of geometries in WKB says nothing.
      statistics: index > 0,
    }));
    // Its writer waits for nothing.
    void this.#writer.write({ columnData, rowGroupSize: this.#rows });
    this.#begin();
  }
}

function geometryColumn(name: string, geo: GeoColumn): ParquetColumn {
  return {
    element: { name, type: "BYTE_ARRAY", repetition_type: "OPTIONAL" },
    read(text, start, end) {
      const wkb = Buffer.from(text.toString("latin1", start, end), "hex");
      geo.add(wkb);
      return wkb;
    },
  };
}

/** Gives the bytes of a file piece by piece. */
class PieceWriter extends ByteWriter {
  /** What was written since the last time. */
  take(): Uint8Array<ArrayBuffer> {
    const piece = this.getBytes().slice() as Uint8Array<ArrayBuffer>;
    this.index = 0;
    return piece;
  }
}
