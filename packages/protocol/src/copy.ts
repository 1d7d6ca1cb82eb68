/** What `POST /api/v2/sql/copyfrom` answers. */
export interface CopyFromResult {
  /** Seconds that the server spent. */
  time: number;
  /** Rows copied in. */
  total_rows: number;
}

/** Name that `/api/v2/sql/copyto` gives its file when none is asked for. */
export const COPYTO_FILENAME = "carto-sql-copyto.dmp";
