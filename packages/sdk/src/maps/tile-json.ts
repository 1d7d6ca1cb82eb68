import type { LayergroupLayer } from "@carto-ts/protocol";

/** TileJSON 3.0.0 of vector tiles, 2.2.0 of images: what a map library needs to know of a source. */
export interface TileJson {
  tilejson: "2.2.0" | "3.0.0";
  scheme: "xyz";
  /** URL templates with `{z}`, `{x}` and `{y}`; one for each host that may be asked. */
  tiles: string[];
  /** Layers in each vector tile; `fields` has the columns' types where the map's metadata has them. */
  vector_layers?: { id: string; fields: Record<string, string> }[];
}

/** Describes vector tiles that hold `layers`. */
export function vectorTileJson(tiles: string[], layers: readonly LayergroupLayer[]): TileJson {
  const vectorLayers = layers.map(({ id, meta }) => ({ id, fields: fieldsOf(meta) }));
  return { tilejson: "3.0.0", scheme: "xyz", tiles, vector_layers: vectorLayers };
}

/** Describes tiles that are images. */
export function rasterTileJson(tiles: string[]): TileJson {
  return { tilejson: "2.2.0", scheme: "xyz", tiles };
}

const FIELD_TYPES: Readonly<Record<string, string>> = { number: "Number", string: "String", boolean: "Boolean" };

// Tiles have no other types: no geometries, and no dates but those that the layer has made numbers.
function fieldsOf({ stats, dates_as_numbers: dates }: LayergroupLayer["meta"]): Record<string, string> {
  const columns = Object.entries((stats?.["columns"] ?? {}) as Record<string, { type?: string }>);
  return Object.fromEntries(
    columns.flatMap(([name, { type = "" }]) => {
      const shown = dates?.includes(name) ? FIELD_TYPES["number"] : FIELD_TYPES[type];
      return shown === undefined ? [] : [[name, shown]];
    }),
  );
}
