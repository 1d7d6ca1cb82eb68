import type { TemplateAuth } from "@carto-ts/protocol";
import type { MapConfig } from "../map-config/map-config.ts";
import type { TileLayer } from "../tiles/tile.ts";

/** A table that a map's queries read. */
export interface AffectedTable {
  schema: string;
  name: string;
}

/** The named map that a map was made of. */
export interface TemplateRef {
  name: string;
  /** First 8 hex digits of the md5 of the stored template. */
  hash: string;
  auth: TemplateAuth;
}

/** An instantiated map: everything that its tiles are made of. */
export interface Layergroup {
  /** md5 of the MapConfig and of the role that it was made in, in hex. */
  id: string;
  account: string;
  config: MapConfig;
  /** undefined for an anonymous map. */
  template: TemplateRef | undefined;
  /** Tables that the planner reads for the queries, and those that the layers name besides; sorted. */
  tables: readonly AffectedTable[];
  /** The layers that are queries. */
  layers: readonly TileLayer[];
}
