import type {
  DatasetTable,
  Owner,
  Permission,
  ShownPrivacy,
  Synchronization,
  Table,
  TableColumn,
  Visualization,
} from "@carto-ts/protocol";
import type { Account } from "../accounts/account.ts";
import { toSynchronization } from "../synchronizations/facts.ts";
import type { Dataset, TableFacts } from "./dataset.ts";
import type { Shown } from "./list-params.ts";
import type { ColumnFacts } from "./relation.ts";

/** Who a dataset is told to, and how much of it. */
export interface View {
  /** Whether it is told to its owner. */
  isOwner: boolean;
  /** The owner, in the form that the reader may see. */
  owner: Owner;
  /** URL that the account's paths are below. */
  base: string;
  shown: Shown;
}

const upper = (privacy: string): ShownPrivacy => privacy.toUpperCase() as ShownPrivacy;

/** The rights on a dataset as its owner sees them. Nobody shares anything here. */
export function toPermission(dataset: Dataset, owner: Owner): Permission {
  return {
    id: dataset.permissionId,
    owner,
    entity: { id: dataset.visualizationId, type: "vis" },
    acl: [],
    created_at: dataset.createdAt.toISOString(),
    updated_at: dataset.updatedAt.toISOString(),
  };
}

const reducedPermission = (dataset: Dataset, owner: Owner): Pick<Permission, "id" | "owner"> => ({
  id: dataset.permissionId,
  owner,
});

const synchronizationOf = ({ synchronization }: Dataset): Synchronization | null =>
  synchronization && toSynchronization(synchronization);

function toDatasetTable(dataset: Dataset, facts: TableFacts, { shown, owner, isOwner }: View): DatasetTable {
  const permission = isOwner ? toPermission(dataset, owner) : reducedPermission(dataset, owner);
  return {
    id: dataset.tableId,
    name: dataset.name,
    geometry_types: [...facts.geometryTypes],
    privacy: dataset.privacy === "private" ? "PRIVATE" : "PUBLIC",
    updated_at: dataset.updatedAt.toISOString(),
    synchronization: isOwner ? synchronizationOf(dataset) : null,
    ...(shown.size ? { size: Math.round(facts.bytes / 2), row_count: dataset.rowCount } : {}),
    ...(shown.tablePermission ? { permission } : {}),
  } as DatasetTable;
}

/** A dataset as `/api/v1/viz` tells it: all of it to its owner, a part to others. */
export function toVisualization(
  dataset: Dataset,
  facts: TableFacts,
  view: View,
): Visualization | Partial<Visualization> {
  return view.isOwner ? toPrivateVisualization(dataset, facts, view) : toPublicVisualization(dataset, facts, view);
}

/** A dataset as its owner sees it. */
export function toPrivateVisualization(dataset: Dataset, facts: TableFacts, view: View): Visualization {
  const { shown, owner, base } = view;
  return {
    id: dataset.visualizationId,
    name: dataset.name,
    display_name: dataset.displayName,
    map_id: dataset.mapId,
    active_layer_id: null,
    type: "table",
    tags: [...dataset.tags],
    description: dataset.description,
    privacy: upper(dataset.privacy),
    created_at: dataset.createdAt.toISOString(),
    updated_at: dataset.updatedAt.toISOString(),
    locked: dataset.locked,
    source: dataset.source,
    title: dataset.title,
    license: dataset.license,
    attributions: dataset.attributions,
    kind: "geom",
    external_source: {},
    url: `${base}/tables/${dataset.name}`,
    version: 3,
    prev_id: null,
    next_id: null,
    parent_id: null,
    transition_options: {},
    active_child: null,
    children: [],
    ...(shown.related ? { related_tables: [] } : {}),
    synchronization: synchronizationOf(dataset),
    ...(shown.builder ? { uses_builder_features: false } : {}),
    ...(shown.dependents ? { dependent_visualizations_count: 0, dependent_visualizations: [] } : {}),
    ...(shown.liked ? { liked: false } : {}),
    ...(shown.permission ? { permission: toPermission(dataset, owner) } : {}),
    stats: {},
    auth_tokens: [],
    table: shown.table ? toDatasetTable(dataset, facts, view) : {},
  };
}

function toPublicVisualization(dataset: Dataset, facts: TableFacts, view: View): Partial<Visualization> {
  const { shown, owner } = view;
  return {
    id: dataset.visualizationId,
    name: dataset.name,
    display_name: dataset.displayName,
    attributions: dataset.attributions,
    source: dataset.source,
    license: dataset.license,
    type: "table",
    tags: [...dataset.tags],
    description: dataset.description,
    created_at: dataset.createdAt.toISOString(),
    updated_at: dataset.updatedAt.toISOString(),
    title: dataset.title,
    kind: "geom",
    privacy: upper(dataset.privacy),
    table: shown.table ? toDatasetTable(dataset, facts, view) : {},
    stats: {},
    ...(shown.permission ? { permission: reducedPermission(dataset, owner) as Permission } : {}),
    auth_tokens: [],
  };
}

/** A dataset as `/api/v4/datasets` tells it. */
export function toSummary(account: Pick<Account, "schema">, dataset: Dataset): Record<string, unknown> {
  return {
    name: dataset.name,
    table_schema: account.schema,
    cartodbfied: true,
    privacy: dataset.privacy,
    updated_at: dataset.updatedAt.toISOString(),
    shared: false,
  };
}

/** What a table is told by besides its dataset. */
export interface TableParts {
  dataset: Dataset;
  facts: TableFacts;
  columns: readonly ColumnFacts[];
  rows: number;
  visualization: Visualization;
}

/** A table as `/api/v1/tables/:id` tells it. */
export function toTable({ dataset, facts, columns, rows, visualization }: TableParts): Table {
  return {
    id: dataset.tableId,
    name: dataset.name,
    privacy: upper(dataset.privacy),
    schema: toSchema(columns, facts.geometryTypes),
    updated_at: dataset.updatedAt.toISOString(),
    rows_counted: rows,
    table_size: Math.round(facts.bytes / 2),
    map_id: dataset.mapId,
    description: dataset.description,
    geometry_types: [...facts.geometryTypes],
    table_visualization: visualization,
    dependent_visualizations: [],
    non_dependent_visualizations: [],
    synchronization: synchronizationOf(dataset),
  };
}

const HIDDEN = "the_geom_webmercator";
const FIRST = ["cartodb_id", "the_geom"];
const LAST = ["created_at", "updated_at"];

/** A table's columns as clients see them: key and geometry first, then by name, the times last. */
export function toSchema(columns: readonly ColumnFacts[], geometryTypes: readonly string[]): TableColumn[] {
  const place = ({ name }: ColumnFacts): number =>
    FIRST.includes(name) ? FIRST.indexOf(name) : LAST.includes(name) ? 3 + LAST.indexOf(name) : 2;
  return columns
    .filter(({ name }) => name !== HIDDEN)
    .sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1))
    .map((column) => toColumn(column, geometryTypes));
}

function toColumn({ name, type, geometry }: ColumnFacts, geometryTypes: readonly string[]): TableColumn {
  if (geometry === null) return [name, toCartoType(type)];
  const held = geometry === "Geometry" && name === "the_geom" ? geometryTypes[0]?.replace(/^ST_/, "") : geometry;
  return [name, "geometry", "geometry", (held ?? geometry).toLowerCase()];
}

const TYPES: Readonly<Record<string, string>> = {
  smallint: "number",
  integer: "number",
  bigint: "number",
  numeric: "number",
  real: "number",
  "double precision": "number",
  text: "string",
  "character varying": "string",
  character: "string",
  boolean: "boolean",
  "timestamp without time zone": "date",
  "timestamp with time zone": "date",
};

/** CARTO's name of a type of PostgreSQL's; its own where CARTO has none. */
export const toCartoType = (type: string): string => TYPES[type] ?? type;
