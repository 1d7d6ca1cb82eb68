import { type Fields, isFields, isNothing } from "./fields.ts";

/**
 * A MapConfig in which the widgets of layers, an older form, are the dataviews that they mean: of an analysis
 * `cdb-layer-source-N` with the layer's query where it has none. Without widgets, the MapConfig itself.
 */
export function withWidgets(fields: Fields): Fields {
  const { layers } = fields;
  if (!Array.isArray(layers) || !layers.some((layer) => widgetsOf(layer))) return fields;
  const analyses: unknown[] = [];
  const dataviews: Record<string, unknown> = {};
  const moved = layers.map((layer: unknown, index) => {
    const widgets = widgetsOf(layer);
    if (!widgets || !isFields(layer) || !isFields(layer["options"])) return layer;
    const { sql, source: given, ...options } = layer["options"];
    const source = isFields(given) ? given : { id: `cdb-layer-source-${index}` };
    if (source !== given) analyses.push({ id: source["id"], type: "source", params: { query: sql } });
    for (const [name, widget] of Object.entries(widgets)) {
      dataviews[name] = isFields(widget) ? { ...widget, source: { id: source["id"] } } : widget;
    }
    return { ...layer, options: { ...options, source } };
  });
  return {
    ...fields,
    layers: moved,
    analyses: [...listOf(fields["analyses"]), ...analyses],
    dataviews: { ...dataviews, ...(isFields(fields["dataviews"]) ? fields["dataviews"] : {}) },
    ...(isFields(fields["filters"]) ? { filters: withLayerFilters(fields["filters"]) } : {}),
  };
}

const QUERY_TYPES: readonly unknown[] = [undefined, null, "", "mapnik", "cartodb"];

/** The widgets of a layer that is a query; undefined for none. */
function widgetsOf(layer: unknown): Fields | undefined {
  if (!isFields(layer) || !isFields(layer["options"]) || !QUERY_TYPES.includes(layer["type"])) return undefined;
  const { widgets } = layer["options"];
  return isFields(widgets) && Object.keys(widgets).length > 0 ? widgets : undefined;
}

/** What is no list is told where analyses are read. */
const listOf = (analyses: unknown): readonly unknown[] =>
  isNothing(analyses) ? [] : Array.isArray(analyses) ? analyses : [analyses];

/** Filters of layers' widgets become filters of dataviews, whose names they have. */
function withLayerFilters(filters: Fields): Fields {
  const ofLayers = listOf(filters["layers"]).filter(isFields);
  const named = isFields(filters["dataviews"]) ? filters["dataviews"] : {};
  return { ...filters, dataviews: Object.assign({}, ...ofLayers, named) };
}
