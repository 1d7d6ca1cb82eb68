import { writeBlocks } from "../copy/rows.ts";
import { type CopyChunk, openSource, readAll, sizeOf } from "../copy/source.ts";
import { ConfigError } from "../errors.ts";
import type { Params } from "../request.ts";
import { type SqlText, toSql } from "../sql-text.ts";
import { fileName, rowsFileName } from "./file-name.ts";
import { rowHead, rowWriter } from "./row-csv.ts";

/** A row to import: values by column name. Keys that are no columns are left out. */
export type ImportRow = object;

/** A SELECT whose rows become a table. */
export interface QuerySource {
  readonly sql: string | SqlText;
}

/** A table to duplicate. */
export interface TableCopySource {
  readonly tableCopy: string;
}

/** What can be uploaded: the bytes of a file, or rows. */
export type UploadSource =
  | Blob
  | Uint8Array
  | ReadableStream<CopyChunk>
  | AsyncIterable<CopyChunk>
  | Iterable<CopyChunk>
  | AsyncIterable<ImportRow>
  | Iterable<ImportRow>;

/**
 * What can be imported.
 *
 * A `File` has a name; a Blob, bytes and streams need one with an extension, `{ name: "cities.csv" }`. A string is a
 * URL, http or https, that the server downloads. Rows are objects; what a stream or iterable holds, its first item says.
 */
export type ImportSource = string | URL | QuerySource | TableCopySource | UploadSource;

/** The parameters of a source that is not uploaded. @throws {@link ConfigError} for a string that is no URL. */
export function remoteParams(source: ImportSource, name: string | undefined): Params | undefined {
  if (typeof source === "string" || source instanceof URL) {
    if (name === undefined) return { url: checkUrl(source) };
    throw new ConfigError(
      "The file at a URL names its table itself: leave `name` out, and rename the dataset afterwards",
    );
  }
  if (isIterable(source) || source instanceof Blob || typeof source !== "object") return undefined;
  if ("sql" in source) return { sql: toSql(source.sql), table_name: name };
  return "tableCopy" in source ? { table_copy: source.tableCopy, table_name: name } : undefined;
}

/** Data to be uploaded as a file. */
export interface OpenFile {
  readonly name: string;
  readonly contentType: string;
  /** Bytes, where they are known beforehand. */
  readonly size: number | undefined;
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Whether the data is made of rows. */
  readonly hasRows: boolean;
  /** Closes the source at once, even while a piece of it is being waited for. */
  cancel(): void;
}

/** What is needed to open a source. */
export interface Opening {
  readonly name: string | undefined;
  /** Columns of rows. @defaultValue the keys of the first row */
  readonly columns: readonly string[] | undefined;
  onRow(): void;
  /** Settles as a promise does, or rejects on an abort: the first item of a source may be long in coming. */
  race<T>(promise: Promise<T>): Promise<T>;
}

/** Opens what is uploaded. Reads the first item of a stream or an iterable. @throws {@link ConfigError} */
export async function openUpload(source: UploadSource, opening: Opening): Promise<OpenFile> {
  if (!(source instanceof Blob || source instanceof Uint8Array)) return openItems(source, opening);
  const known: { name?: string; type?: string } = source instanceof Blob ? source : {};
  const name = fileName(opening.name, known);
  const contentType = known.type || "application/octet-stream";
  return { name, contentType, size: sizeOf(source), hasRows: false, ...openSource(source) };
}

async function openItems(source: Exclude<UploadSource, Blob | Uint8Array>, opening: Opening): Promise<OpenFile> {
  const { iterator, cancel } = iterate(source);
  const close = (): void => {
    cancel();
    void Promise.resolve(iterator.return?.()).catch(() => {});
  };
  try {
    const first = await opening.race(Promise.resolve(iterator.next()));
    const isRows = first.done ? opening.columns !== undefined : isRow(first.value);
    const file = isRows ? openRows(first, iterator, opening) : openData(first, iterator, opening);
    return { ...file, cancel: close };
  } catch (error) {
    close();
    throw error;
  }
}

function openRows(
  first: IteratorResult<object>,
  rest: Items<object>,
  { name, columns: asked, onRow }: Opening,
): Omit<OpenFile, "cancel"> {
  const columns = asked ?? (first.done ? [] : Object.keys(first.value));
  if (columns.length === 0) throw new ConfigError("There is no column: name them in `columns`");
  const lines = writeBlocks(rest, first, { head: rowHead(columns), write: rowWriter(columns), onRow });
  const { pieces } = openSource(lines);
  return { name: rowsFileName(name), contentType: "text/csv", size: undefined, hasRows: true, pieces };
}

function openData(first: IteratorResult<unknown>, rest: Items<unknown>, { name }: Opening): Omit<OpenFile, "cancel"> {
  if (first.done) throw new ConfigError("The source is empty: there are neither rows nor bytes in it");
  // A piece that is neither text nor bytes is refused there.
  const { pieces } = openSource(resume(first.value, rest) as AsyncIterable<CopyChunk>);
  return { name: fileName(name, {}), contentType: "application/octet-stream", size: undefined, hasRows: false, pieces };
}

type Items<T> = Iterator<T> | AsyncIterator<T>;

function iterate(source: Exclude<UploadSource, Blob | Uint8Array>): { iterator: Items<object>; cancel: () => void } {
  if (source instanceof ReadableStream) {
    const reader = source.getReader();
    return { iterator: readAll(reader) as Items<object>, cancel: () => void reader.cancel().catch(() => {}) };
  }
  if (!isIterable(source)) {
    throw new ConfigError("The source is neither a File, a Blob, a URL, a stream, rows, { sql } nor { tableCopy }");
  }
  const { destroy } = source as { destroy?: () => void };
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  return { iterator: iterator as Items<object>, cancel: () => destroy?.call(source) };
}

async function* resume(first: unknown, rest: Items<unknown>): AsyncGenerator<unknown, void, undefined> {
  let ended = false;
  try {
    yield first;
    for (;;) {
      const { done, value } = await rest.next();
      ended = done === true;
      if (ended) return;
      yield value;
    }
  } finally {
    if (!ended) await rest.return?.();
  }
}

function isRow(item: unknown): boolean {
  return typeof item === "object" && item !== null && !(item instanceof Uint8Array);
}

function isIterable(source: unknown): source is Iterable<unknown> | AsyncIterable<unknown> {
  return typeof source === "object" && source !== null && (Symbol.asyncIterator in source || Symbol.iterator in source);
}

/**
 * The address of a file as it was given, for a signed one must keep each of its characters.
 *
 * @throws {@link ConfigError} for what is none, which is not shown: it may be a secret.
 */
export function checkUrl(source: string | URL): string {
  const url = String(source);
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return url;
  throw new ConfigError(
    "A string must be the address of a file, http:// or https://. For a file of this machine use createFromFile() of " +
      "@carto-ts/sdk/node, for text new Blob([text])",
  );
}
