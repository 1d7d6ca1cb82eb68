import type { QueryLayer } from "../../packages/server/src/maps/map-config/map-config.ts";

/** A layer of a map as it is read where its MapConfig says nothing but its query. */
export function queryLayer(sql: string, given: Partial<QueryLayer> = {}): QueryLayer {
  return {
    kind: "query",
    index: 0,
    id: "layer0",
    sql,
    source: undefined,
    widgets: {},
    givenType: "mapnik",
    cartocss: undefined,
    cartocssVersion: undefined,
    interactivity: [],
    attributes: undefined,
    geomColumn: "the_geom_webmercator",
    srid: 3857,
    minzoom: 0,
    maxzoom: 30,
    aggregation: undefined,
    datesAsNumbers: false,
    metadata: {},
    affectedTables: [],
    ...given,
  };
}
