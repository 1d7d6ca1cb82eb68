import { Exchange } from "./exchange.ts";
import { type NamedStatement, namedQuery } from "./messages.ts";

const PARSE_COMPLETE = 0x31;
const DATA_ROW = 0x44;
/** Of a DataRow: the number of fields and the first one's length. */
const FIELD = 6;

/** An {@link Exchange} that runs a prepared statement and keeps the first row's first value, as it is. */
export class ValueExchange extends Exchange {
  /** Whether the connection has the statement. */
  prepared: boolean;
  /** The value; null for NULL or no row. To be read after the end. */
  value: Buffer | null = null;
  #rows = 0;

  constructor(statement: NamedStatement, values: readonly string[]) {
    super({ kind: "rows", messages: namedQuery(statement, values) });
    this.prepared = statement.text === undefined;
  }

  override onMessage(letter: number, body: Buffer): void {
    if (letter === DATA_ROW) this.#onRow(body);
    else super.onMessage(letter, body);
    if (letter === PARSE_COMPLETE) this.prepared = true;
  }

  #onRow(body: Buffer): void {
    this.#rows += 1;
    if (this.#rows > 1 || body.readInt16BE(0) === 0 || body.readInt32BE(2) < 0) return;
    const field = body.subarray(FIELD, FIELD + body.readInt32BE(2));
    // What came in many pieces has been put together for it alone; a small one would keep a whole chunk alive.
    this.value = field.length * 2 > field.buffer.byteLength ? field : Buffer.from(field);
  }
}
