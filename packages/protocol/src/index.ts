/**
 * The contract between CARTO's APIs and their clients: wire types, allowed values, literal texts.
 *
 * Nothing here does any I/O, and nothing is specific to a runtime.
 */
export type { ApiKey, ApiKeyGrant, ApiKeyList, ApiKeyType, Me, TableGrant } from "./accounts.ts";
export type { Job, JobItem, JobPlan, JobQuery, JobQueryState, JobStatus, JobStep, JobStepState } from "./batch.ts";
export { FINAL_JOB_STATUSES, JOB_STATUSES, MAX_JOB_PAYLOAD } from "./batch.ts";
export type { CopyFromResult } from "./copy.ts";
export { COPYTO_FILENAME } from "./copy.ts";
export type {
  AclEntry,
  DatasetChanges,
  DatasetListParams,
  DatasetTable,
  DependentVisualization,
  Owner,
  Permission,
  ShownPrivacy,
  Table,
  TableColumn,
  Visualization,
  VisualizationList,
} from "./datasets.ts";
export type {
  AggregationResult,
  DataviewCategory,
  DataviewFilter,
  DataviewResult,
  DataviewSearch,
  FormulaResult,
  HistogramBin,
  HistogramResult,
  MapFilters,
} from "./dataviews.ts";
export type { ErrorBody } from "./errors.ts";
export { QUERY_TIMEOUT_MESSAGE, RATE_LIMIT_MESSAGE } from "./errors.ts";
export type { ExportFormat, ExportLoss, LossOfColumns } from "./export-formats.ts";
export { EXPORT_FORMATS, exportFormatOf, exportLosses } from "./export-formats.ts";
export type { ImportErrorKind, ImportErrorSource } from "./import-errors.ts";
export { IMPORT_ERRORS, UNKNOWN_IMPORT_ERROR } from "./import-errors.ts";
export type {
  CollisionStrategy,
  CreatedImport,
  Import,
  ImportErrorText,
  ImportedTable,
  ImportList,
  ImportParams,
  ImportProgress,
  ImportState,
  ImportWarnings,
  Privacy,
  RejectedRow,
  SkippedFile,
} from "./imports.ts";
export { FINAL_IMPORT_STATES, IMPORT_STATES, PRIVACIES } from "./imports.ts";
export type {
  AggregateFunction,
  InstantiatedMap,
  LayergroupLayer,
  LayergroupMetadata,
  MapAggregation,
  MapAnalysis,
  MapConfig,
  MapDataview,
  MapErrorBody,
  MapErrorContext,
  MapLayer,
  MapLayerMetadataOptions,
  MapLayerOptions,
  MapTemplate,
  MapTileJson,
  MapUrls,
  MapUrlTemplate,
  PlaceholderType,
  TemplateAuth,
  TemplatePlaceholder,
  TemplateView,
} from "./maps.ts";
export { MAP_CONFIG_VERSIONS, PLACEHOLDER_TYPES, TEMPLATE_VERSION } from "./maps.ts";
export { pgTypeName, toField } from "./pg-types.ts";
export type { SqlField, SqlFormat, SqlParams, SqlResult } from "./sql.ts";
export { SQL_FORMATS } from "./sql.ts";
export type {
  CreatedSynchronization,
  SyncChanges,
  Synchronization,
  SynchronizationList,
  SyncNow,
  SyncParams,
  SyncState,
} from "./synchronizations.ts";
export {
  DEFAULT_SYNC_INTERVAL,
  MAX_SYNC_RETRIES,
  MIN_SYNC_INTERVAL,
  SYNC_STATES,
  UNKNOWN_SYNC_ERROR,
} from "./synchronizations.ts";
