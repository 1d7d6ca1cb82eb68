/** A column of the rows that GDAL gives: its name, and the type that PostgreSQL would have for it (`VARCHAR(80)`). */
export interface GdalColumn {
  name: string;
  /** As GDAL writes it in SQL; `geometry` for a geometry. */
  type: string;
}

/** The rows of a dump. */
export interface DumpedRows {
  columns: readonly GdalColumn[];
  /** COPY's text, without the line that ends it. To be iterated once. */
  chunks: AsyncGenerator<Buffer, void, undefined>;
}

/** Bytes of SQL before the first row at most. */
const MAX_HEAD = 4 * 1024 ** 2;
const ROWS_END = Buffer.from("\n\\.\n");

/**
 * Takes the columns and the rows out of an SQL dump of one layer, as GDAL's PGDump writes it for COPY.
 *
 * None of the SQL is ever run: names in it are the file's. Without a row there is no COPY, and all columns are told.
 *
 * @param marker What ends the dump wherever it stands; undefined where the stream does.
 * @throws Error where there is no end of the head
 */
export async function readDump(source: AsyncIterable<Buffer>, marker: string | undefined): Promise<DumpedRows> {
  const bytes = marker === undefined ? source : upTo(source, Buffer.from(marker));
  const chunks = bytes[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  for (;;) {
    const { done, value } = await chunks.next();
    if (value) head = Buffer.concat([head, value]);
    const statements = statementsOf(head);
    const copy = statements.findIndex(({ text }) => text.startsWith("COPY "));
    if (copy >= 0 || done) {
      const found = statements[copy];
      // From the newline behind the statement, so that an end in the first line is one as any other.
      const rest = found ? head.subarray(found.end) : ROWS_END;
      return { columns: columnsOf(statements), chunks: rowsOf(rest, chunks) };
    }
    if (head.length > MAX_HEAD) throw new Error("the layer has too many columns, or too long names");
  }
}

/** What comes before the marker. Reads nothing behind it. */
async function* upTo(source: AsyncIterable<Buffer>, marker: Buffer): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const end = bytes.indexOf(marker);
    if (end >= 0) return yield bytes.subarray(0, end);
    const sure = Math.max(0, bytes.length - marker.length + 1);
    held = bytes.subarray(sure);
    if (sure > 0) yield bytes.subarray(0, sure);
  }
  yield held;
}

async function* rowsOf(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let held = head;
  let isFirst = true;
  const take = (bytes: Buffer): Buffer => {
    const rows = isFirst ? bytes.subarray(1) : bytes;
    isFirst &&= bytes.length === 0;
    return rows;
  };
  for (;;) {
    const end = held.indexOf(ROWS_END);
    if (end >= 0) {
      const last = take(held.subarray(0, end + 1));
      if (last.length > 0) yield last;
      break;
    }
    const sure = Math.max(0, held.length - ROWS_END.length + 1);
    const rows = take(held.subarray(0, sure));
    held = held.subarray(sure);
    if (rows.length > 0) yield rows;
    const { done, value } = await chunks.next();
    if (done) return;
    held = Buffer.concat([held, value]);
  }
  while (!(await chunks.next()).done); // what follows is SQL
}

interface Statement {
  text: string;
  /** Where it ends in the bytes, behind its semicolon. */
  end: number;
}

const QUOTES = [0x22, 0x27];
const SEMICOLON = 0x3b;

/** The whole statements in a piece of SQL. A name may hold anything, so that quotes must be followed. */
function statementsOf(sql: Buffer): Statement[] {
  const found: Statement[] = [];
  let quote = 0;
  let start = 0;
  for (let i = 0; i < sql.length; i++) {
    const byte = sql[i] ?? 0;
    if (quote !== 0) quote = byte === quote ? 0 : quote;
    else if (QUOTES.includes(byte)) quote = byte;
    else if (byte === SEMICOLON) {
      const text = sql.toString("utf8", start, i).trim();
      found.push({ text, end: i + 1 });
      start = i + 1;
      // Rows follow, in which quotes mean nothing.
      if (text.startsWith("COPY ")) break;
    }
  }
  return found;
}

const NAME = '"((?:[^"]|"")*)"';
const TABLE = `${NAME}\\.${NAME}`;
const COLUMN = new RegExp(`^ALTER TABLE ${TABLE} ADD COLUMN ${NAME} (.*)$`, "s");
const GEOMETRY = /^SELECT AddGeometryColumn\('(?:[^']|'')*','(?:[^']|'')*','((?:[^']|'')*)',/;
const KEY = new RegExp(`^CREATE TABLE ${TABLE} \\( ${NAME} (\\w*SERIAL)`);
const COPY = new RegExp(`^COPY ${TABLE} \\((.*)\\) FROM STDIN$`, "s");

/** Columns in the order of the rows. */
function columnsOf(statements: readonly Statement[]): GdalColumn[] {
  const told = statements.flatMap(({ text }) => columnOf(text) ?? []);
  const list = COPY.exec(statements.at(-1)?.text ?? "")?.[3];
  if (list === undefined) return told.filter(({ type }) => !/SERIAL$/.test(type));
  const names = [...list.matchAll(new RegExp(NAME, "g"))].map(([, name = ""]) => unquoted(name));
  return names.map((name) => ({ name, type: told.find((column) => column.name === name)?.type ?? "VARCHAR" }));
}

function columnOf(statement: string): GdalColumn | undefined {
  const geometry = GEOMETRY.exec(statement)?.[1];
  if (geometry !== undefined) return { name: geometry.replaceAll("''", "'"), type: "geometry" };
  const [, , , name, type] = COLUMN.exec(statement) ?? KEY.exec(statement) ?? [];
  if (name === undefined || type === undefined) return undefined;
  return { name: unquoted(name), type: type.replace(/ (?:NOT NULL|DEFAULT|UNIQUE|CONSTRAINT)\b.*$/s, "") };
}

const unquoted = (name: string): string => name.replaceAll('""', '"');
