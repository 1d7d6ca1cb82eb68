/** One column of a result, as PostgreSQL's RowDescription tells it. */
export interface Column {
  name: string;
  /** OID of the type. */
  oid: number;
  /** Type modifier, -1 when the type has none. */
  typmod: number;
}

/**
 * Rows in COPY's text format: fields separated by tabs, rows ended by newlines, `\N` for NULL, backslash escapes.
 *
 * A chunk may end anywhere within a row; the next one goes on there. When `columns` is another array than the chunk
 * before had, a new result begins, always at a row's start.
 */
export interface RowChunk {
  columns: readonly Column[];
  text: Buffer;
}

/** Messages that a statement raised, by PostgreSQL's severity in lower case (`notice`, `warning`, `info`, …). */
export interface Notice {
  severity: string;
  message: string;
}

/** What is known of a result once its rows have ended. */
export interface ResultSummary {
  /** Columns of the last result; empty when the last statement returns no rows. */
  columns: readonly Column[];
  /** Rows that the last command reports; 0 when it reports none. */
  rowCount: number;
  /** The first 1,000 messages, or 256 KB of them. */
  notices: readonly Notice[];
  /** How many further messages were dropped. */
  droppedNotices: number;
}

/** The rows of a running query. */
export interface ResultStream {
  /** Columns of the first result; empty when there is none. */
  readonly columns: readonly Column[];
  /** The rows, to be iterated once. Leaving the iteration early cancels the query. Throws the query's error. */
  readonly chunks: AsyncIterable<RowChunk>;
  /**
   * All rows in the place of {@link chunks}, where they have come and the query has ended without an error; undefined
   * where {@link chunks} must be iterated.
   */
  takeWhole?(): readonly RowChunk[] | undefined;
  /** To be called after {@link chunks} ended. */
  summary(): ResultSummary;
}
