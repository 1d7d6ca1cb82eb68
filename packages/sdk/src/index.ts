/**
 * SDK for CARTO's SQL, Batch SQL and COPY APIs.
 *
 * Runs in browsers, Node, Deno, Bun and edge workers; `@carto-ts/sdk/node` adds files.
 */
export type {
  ApiKey,
  ApiKeyGrant,
  ApiKeyList,
  ApiKeyType,
  CopyFromResult,
  Job,
  JobItem,
  JobPlan,
  JobQuery,
  JobQueryState,
  JobStatus,
  JobStep,
  JobStepState,
  Me,
  SqlField,
  SqlFormat,
  SqlParams,
  SqlResult,
  TableGrant,
} from "@carto-ts/protocol";
export type { ApiKeyParams, Auth } from "./accounts/auth.ts";
export type { Batch, WaitOptions } from "./batch/batch.ts";
export { JobBuilder, type StepOptions } from "./batch/job-builder.ts";
export { Carto, type RawRequestOptions } from "./carto.ts";
export type { Copy, CopyFromOptions, CopyToOptions } from "./copy/copy.ts";
export type { CopyRow } from "./copy/csv-rows.ts";
export type { CopyChunk, CopyRows, CopySource } from "./copy/source.ts";
export type { CopyFormat, CopyTable, CopyTarget } from "./copy/target.ts";
export type { CopyProgress } from "./copy/upload.ts";
export {
  ApiError,
  AuthenticationError,
  CartoError,
  ConfigError,
  ConnectionError,
  DecodeError,
  JobError,
  NotFoundError,
  PermissionError,
  QueryTimeoutError,
  RateLimitError,
  ServerError,
  SqlError,
  TimeoutError,
  ValidationError,
} from "./errors.ts";
export type { Feature, FeatureCollection, Geometry } from "./geometry.ts";
export type { Hooks, RequestEvent, ResponseEvent } from "./hooks.ts";
export { type Json, json } from "./json-value.ts";
export type { RateLimit, ResponseMeta } from "./meta.ts";
export type { CartoOptions, Env, RequestOptions } from "./options.ts";
export type { RawBody } from "./raw-request.ts";
export type { Params, ParamValue } from "./request.ts";
export type { Runtime } from "./runtime.ts";
export type { RowStream, RowSummary } from "./sql/row-stream.ts";
export type { ExportParams, QueryResult, Sql } from "./sql/sql.ts";
export { ident, join, type SqlText, sql, unsafe } from "./sql-text.ts";
export { VERSION } from "./version.ts";
