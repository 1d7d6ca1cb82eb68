import type { MapDataview } from "@carto-ts/protocol";
import type { AnalysisNode } from "../analyses/analysis-node.ts";
import { FILTER_TYPES, readRowFilter } from "../analyses/read-filter.ts";
import type { RowFilter } from "../analyses/row-filter.ts";
import { mapError } from "../map-error.ts";
import type { Analyses } from "./analyses.ts";
import { type Fields, isFields, shown } from "./fields.ts";

/** Each is a query around another. */
const MAX_FILTERS = 200;

/** A filter of an analysis' rows. */
export interface NodeFilter {
  filter: RowFilter;
  /** The dataview whose own filter it is; undefined for one of the analysis itself. */
  dataview: string | undefined;
}

/** Filters by the ids of the analyses whose rows they are of. */
export type NodeFilters = ReadonlyMap<string, readonly NodeFilter[]>;

/**
 * Reads the filters of a map: those of dataviews, and those of analyses. What isn't there can't be filtered, and is
 * passed over.
 *
 * @throws MapError of the type `analysis` for one that says nothing
 */
export function readFilters(
  given: unknown,
  dataviews: Readonly<Record<string, MapDataview>>,
  { byId }: Analyses,
): NodeFilters {
  const filters = new Map<string, NodeFilter[]>();
  if (!isFields(given)) return filters;
  let count = 0;
  const add = (id: string, filter: NodeFilter): void => {
    if (++count > MAX_FILTERS) throw filterError(`A map may have ${MAX_FILTERS} filters`, { id, type: "source" });
    filters.set(id, [...(filters.get(id) ?? []), filter]);
  };
  for (const [name, params] of Object.entries(fieldsOf(given["dataviews"]))) {
    const dataview = Object.hasOwn(dataviews, name) ? dataviews[name] : undefined;
    const filter = dataview && isFields(params) ? readDataviewFilter(dataview, params) : undefined;
    if (dataview && filter) add(dataview.source.id, { filter, dataview: name });
  }
  for (const [id, list] of Object.entries(fieldsOf(given["analyses"]))) {
    const node = byId.get(id);
    if (!node || !Array.isArray(list)) continue;
    for (const item of list) add(id, { filter: readNodeFilter(node, item), dataview: undefined });
  }
  return filters;
}

const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

/** How a dataview's own filter is read, by its type; those of other types have none. */
const OWN_FILTERS: ReadonlyMap<string, RowFilter["type"]> = new Map([
  ["aggregation", "category"],
  ["histogram", "range"],
]);

function readDataviewFilter({ type, options, source }: MapDataview, params: Fields): RowFilter | undefined {
  const kind = OWN_FILTERS.get(type);
  if (kind === undefined) return undefined;
  const filter = readRowFilter(kind, { ...params, column: options["column"] });
  if (typeof filter === "string") throw filterError(filter, { id: source.id, type: "source" });
  return filter;
}

function readNodeFilter({ id, type }: AnalysisNode, given: unknown): RowFilter {
  const fields = fieldsOf(given);
  // Clients of the original have what it compares with beside the type, or in an object of its own.
  const { type: name, params } = fields;
  const kind = FILTER_TYPES.find((known) => known === name);
  if (kind === undefined) {
    throw filterError(`Unknown filter type: "${shown(name)}". There are ${FILTER_TYPES.join(", ")}`, { id, type });
  }
  const filter = readRowFilter(kind, { ...fieldsOf(params), ...fields });
  if (typeof filter === "string") throw filterError(filter, { id, type });
  return filter;
}

const filterError = (message: string, { id, type }: Pick<AnalysisNode, "id" | "type">): Error =>
  mapError(message, { type: "analysis", analysis: { id, type }, status: 400 });
