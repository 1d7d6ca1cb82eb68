/** The JSON body of an error: messages first, PostgreSQL's own fields where it gave any. */
export interface ErrorBody {
  /** Messages, the first being the one to show. */
  error: string[];
  /** `limit` when a limit of the account's was met. */
  context?: string;
  /** `datasource` for a statement timeout, `rate-limit` for a rate limit, else PostgreSQL's detail. */
  detail?: string;
  /** PostgreSQL's hint. */
  hint?: string;
}

/** Message of a statement that ran into its timeout; clients match it literally. */
export const QUERY_TIMEOUT_MESSAGE: string =
  "You are over platform's limits: SQL query timeout error. Refactor your query before running again or contact CARTO support for more details.";

/** Message of a request over its rate limit; clients match it literally. */
export const RATE_LIMIT_MESSAGE: string = "You are over platform's limits. Please contact us to know more details";
