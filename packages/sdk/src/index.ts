/**
 * SDK for CARTO's SQL, Batch SQL, COPY, Import and Maps APIs.
 *
 * Runs in browsers, Node, Deno, Bun and edge workers; `@carto-ts/sdk/node` adds files.
 */
export type {
  AclEntry,
  AggregateFunction,
  AggregationResult,
  ApiKey,
  ApiKeyGrant,
  ApiKeyList,
  ApiKeyType,
  CollisionStrategy,
  CopyFromResult,
  CreatedSynchronization,
  DatasetChanges,
  DatasetListParams,
  DatasetTable,
  DataviewCategory,
  DataviewFilter,
  DataviewResult,
  DataviewSearch,
  DependentVisualization,
  ExportFormat,
  ExportLoss,
  FormulaResult,
  HistogramBin,
  HistogramResult,
  Import,
  ImportErrorSource,
  ImportErrorText,
  ImportedTable,
  ImportProgress,
  ImportState,
  ImportWarnings,
  Job,
  JobItem,
  JobPlan,
  JobQuery,
  JobQueryState,
  JobStatus,
  JobStep,
  JobStepState,
  LayergroupLayer,
  LayergroupMetadata,
  LossOfColumns,
  MapAggregation,
  MapAnalysis,
  MapConfig,
  MapDataview,
  MapErrorContext,
  MapFilters,
  MapLayer,
  MapLayerMetadataOptions,
  MapLayerOptions,
  MapTemplate,
  MapTileJson,
  MapUrls,
  MapUrlTemplate,
  Me,
  Owner,
  Permission,
  PlaceholderType,
  Privacy,
  RejectedRow,
  ShownPrivacy,
  SkippedFile,
  SqlField,
  SqlFormat,
  SqlParams,
  SqlResult,
  Synchronization,
  SyncState,
  Table,
  TableColumn,
  TableGrant,
  TemplateAuth,
  TemplatePlaceholder,
  TemplateView,
  Visualization,
  VisualizationList,
} from "@carto-ts/protocol";
export { EXPORT_FORMATS, exportFormatOf, exportLosses } from "@carto-ts/protocol";
export type { ApiKeyParams, Auth } from "./accounts/auth.ts";
export type { Batch, WaitOptions } from "./batch/batch.ts";
export { JobBuilder, type StepOptions } from "./batch/job-builder.ts";
export { Carto, type RawRequestOptions } from "./carto.ts";
export type { Copy, CopyFromOptions, CopyToOptions } from "./copy/copy.ts";
export type { CopyRow } from "./copy/csv-rows.ts";
export type { CopyChunk, CopyRows, CopySource } from "./copy/source.ts";
export type { CopyFormat, CopyTable, CopyTarget } from "./copy/target.ts";
export type { CopyProgress } from "./copy/upload.ts";
export type { CreateDatasetOptions, CreatedDatasets, CreateProgress } from "./datasets/creation.ts";
export type { DatasetQuery, DatasetRef, Datasets } from "./datasets/datasets.ts";
export type { Tables } from "./datasets/tables.ts";
export {
  ApiError,
  AuthenticationError,
  CartoError,
  ConfigError,
  ConnectionError,
  DecodeError,
  DependentVisualizationsError,
  ImportError,
  JobError,
  MapError,
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
export type { CreateImportOptions, ImportOptions, Imports, ImportWaitOptions } from "./imports/imports.ts";
export type { ImportRow, ImportSource, QuerySource, TableCopySource, UploadSource } from "./imports/source.ts";
export { type Json, json } from "./json-value.ts";
export type { AnonymousMaps, InstantiateOptions } from "./maps/anonymous.ts";
export type { Dataview, DataviewPlace, DataviewQuery, SearchQuery } from "./maps/dataview.ts";
export type { MapGrid } from "./maps/grid.ts";
export type {
  ClusterQuery,
  FetchTileOptions,
  Layergroup,
  MapCluster,
  StaticUrlOptions,
  TileUrlOptions,
} from "./maps/layergroup.ts";
export {
  type LeafletLayer,
  type LeafletOptions,
  type LeafletPathStyle,
  type LeafletTileOptions,
  type LeafletVectorOptions,
  toLeafletTileLayer,
  toLeafletVectorGrid,
} from "./maps/leaflet.ts";
export {
  type MapLibreCirclePaint,
  type MapLibreFilter,
  type MapLibreLayer,
  type MapLibreRasterSource,
  type MapLibreRequest,
  type MapLibreSourceOptions,
  type MapLibreStyle,
  type MapLibreStyleOptions,
  type MapLibreVectorSource,
  mapLibreTransformRequest,
  toMapLibreSource,
  toMapLibreStyle,
} from "./maps/maplibre.ts";
export type { Maps } from "./maps/maps.ts";
export type {
  InstantiateNamedOptions,
  NamedMaps,
  NamedStaticOptions,
  NamedTileOptions,
  TemplateInput,
  TemplateParams,
  TokenOptions,
} from "./maps/named.ts";
export type { StaticShape, StaticView } from "./maps/static-image.ts";
export type { TileJson } from "./maps/tile-json.ts";
export type { LayerRef, TileAddress, TileFormat } from "./maps/tile-url.ts";
export type { RateLimit, ResponseMeta } from "./meta.ts";
export type { CartoOptions, Env, RequestOptions } from "./options.ts";
export type { RawBody } from "./raw-request.ts";
export type { Params, ParamValue } from "./request.ts";
export type { Runtime } from "./runtime.ts";
export type { RowStream, RowSummary } from "./sql/row-stream.ts";
export type { ExportOptions, ExportParams, QueryResult, Sql } from "./sql/sql.ts";
export { ident, join, type SqlText, sql, unsafe } from "./sql-text.ts";
export type {
  CreateSyncOptions,
  SyncOptions,
  SyncRef,
  Syncs,
  SyncUpdate,
  SyncWaitOptions,
} from "./synchronizations/syncs.ts";
export { VERSION } from "./version.ts";
