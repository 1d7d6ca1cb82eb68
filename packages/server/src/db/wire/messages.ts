/** Frontend messages of PostgreSQL's protocol version 3, as bytes. */

const EMPTY = Buffer.from([0]);

/** Builds one message: its letter, its length, its body. */
function message(letter: string, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  const head = Buffer.allocUnsafe(5);
  head.write(letter, 0, "latin1");
  head.writeInt32BE(length, 1);
  return Buffer.concat([head, ...parts], length + 1);
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const zeroEnded = (text: string): Buffer => Buffer.from(`${text}\0`, "utf8");

/** Parse into the unnamed statement, all parameter types left open. */
const parse = (text: string): Buffer => message("P", EMPTY, zeroEnded(text), Buffer.from([0, 0]));

const DESCRIBE_STATEMENT = message("D", Buffer.from("S\0"));
const DESCRIBE_PORTAL = message("D", Buffer.from("P\0"));
const BIND = message("B", EMPTY, EMPTY, Buffer.from([0, 0, 0, 0, 0, 0]));
const EXECUTE = message("E", EMPTY, Buffer.from([0, 0, 0, 0]));
const SYNC_MESSAGE = message("S");
const FLUSH = message("H");

/** Sync: ends an exchange of the extended protocol. */
export const SYNC: Buffer = SYNC_MESSAGE;

/** CopyDone followed by Sync. */
export const COPY_DONE: Buffer = Buffer.concat([message("c"), SYNC_MESSAGE]);

/** CopyFail with a reason, followed by Sync. */
export const copyFail = (reason: string): Buffer => Buffer.concat([message("f", zeroEnded(reason)), SYNC_MESSAGE]);

/** The head of a CopyData message whose body has `length` bytes. */
export function copyDataHead(length: number): Buffer {
  const head = Buffer.allocUnsafe(5);
  head[0] = 0x64;
  head.writeInt32BE(length + 4, 1);
  return head;
}

/** One simple query, of any number of statements. */
export const simpleQuery = (text: string): Buffer => message("Q", zeroEnded(text));

/** One statement by the extended protocol, described and executed; a second statement in it is refused. */
export function extendedQuery(text: string): Buffer {
  const parseLength = lengthOfParse(Buffer.byteLength(text));
  const bytes = Buffer.allocUnsafe(parseLength + AFTER_PARSE.length);
  AFTER_PARSE.copy(bytes, writeParse(bytes, 0, parseLength, text));
  return bytes;
}

const AFTER_PARSE = Buffer.concat([BIND, DESCRIBE_PORTAL, EXECUTE, SYNC_MESSAGE]);

/** Describes the columns of one statement without running it. */
export const describeQuery = (text: string): Buffer => Buffer.concat([parse(text), DESCRIBE_STATEMENT, SYNC_MESSAGE]);

const AFTER_COPY = Buffer.concat([BIND, EXECUTE, SYNC_MESSAGE]);
const COPY_HEAD = "COPY (";
const COPY_TAIL = "\n) TO STDOUT";

/**
 * Describes `text`, then executes `COPY (text) TO STDOUT`, in one write: one round trip for a result with its column
 * types. The newline ends a comment that `text` may end with. Written into one buffer, for every small query does it.
 */
export function describeAndCopy(text: string): Buffer {
  const parseLength = lengthOfParse(Buffer.byteLength(text));
  const copyLength = parseLength + COPY_HEAD.length + COPY_TAIL.length;
  const bytes = Buffer.allocUnsafe(parseLength + DESCRIBE_STATEMENT.length + copyLength + AFTER_COPY.length);
  let at = writeParse(bytes, 0, parseLength, text);
  at += DESCRIBE_STATEMENT.copy(bytes, at);
  at = writeParse(bytes, at, copyLength, COPY_HEAD + text + COPY_TAIL);
  AFTER_COPY.copy(bytes, at);
  return bytes;
}

/** Bytes of a Parse message: letter, length, no name, the text and its zero, no parameter types. */
const lengthOfParse = (textLength: number): number => 1 + 4 + 1 + textLength + 1 + 2;

/** Writes a Parse message of `length` bytes into the unnamed statement; returns where it ends. */
function writeParse(bytes: Buffer, at: number, length: number, text: string): number {
  bytes[at] = 0x50;
  bytes.writeInt32BE(length - 1, at + 1);
  bytes[at + 5] = 0;
  const end = at + 6 + bytes.write(text, at + 6);
  bytes[end] = 0;
  bytes[end + 1] = 0;
  bytes[end + 2] = 0;
  return end + 3;
}

/** What is sent to run a statement that has a name. */
export interface NamedStatement {
  name: string;
  /** Text to prepare first; undefined where the connection has the statement already. */
  text: string | undefined;
  /** Name of a statement to be forgotten first. */
  forget: string | undefined;
}

const TEXT_VALUES = Buffer.from([0, 0]);
const BINARY_RESULT = Buffer.from([0, 1, 0, 1]);

/** Executes a prepared statement, `values` in text format, its result in binary. */
export function namedQuery({ name, text, forget }: NamedStatement, values: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  if (forget !== undefined) parts.push(message("C", Buffer.from("S"), zeroEnded(forget)));
  if (text !== undefined) parts.push(message("P", zeroEnded(name), zeroEnded(text), Buffer.from([0, 0])));
  const bound = values.flatMap((value) => [int32(Buffer.byteLength(value)), Buffer.from(value)]);
  parts.push(message("B", EMPTY, zeroEnded(name), TEXT_VALUES, int16(values.length), ...bound, BINARY_RESULT));
  parts.push(EXECUTE, SYNC_MESSAGE);
  return Buffer.concat(parts);
}

/** Executes a COPY TO STDOUT. */
export const copyOutQuery = (text: string): Buffer => Buffer.concat([parse(text), BIND, EXECUTE, SYNC_MESSAGE]);

/** Executes a COPY FROM STDIN; no Sync, for the server would ignore it while it takes data. */
export const copyInQuery = (text: string): Buffer => Buffer.concat([parse(text), BIND, EXECUTE, FLUSH]);
