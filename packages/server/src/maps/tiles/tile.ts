import type { Role, SessionOptions } from "../../db/engine.ts";
import type { QueryLayer } from "../map-config/map-config.ts";

/** Where a tile is: column and row count from the north-west corner. */
export interface TileAddress {
  z: number;
  /** 0 to 2^z - 1. */
  x: number;
  /** 0 to 2^z - 1; beyond, the tile is empty. */
  y: number;
}

/** A column of a layer's query that its vector tiles have. */
export interface TileColumn {
  name: string;
  /** OID of its type. */
  oid: number;
}

/** What the planner expects of a column. */
export interface ValueFacts {
  /** Bytes of a value. */
  bytes: number;
  /** Different values in all rows. */
  distinct: number;
}

/** What the database says of a layer's query, found out when the map is made and whenever its tables' columns change. */
export interface LayerFacts {
  /** Columns for vector tiles, in the query's order: those of the types that they can hold. */
  columns: readonly TileColumn[];
  /** Names of all columns of the query, the geometry's too. */
  allColumns: readonly string[];
  /** Columns that are dates or times, in the query's order; numbers in tiles with `dates_as_numbers`. */
  dateColumns: readonly string[];
  /** Type of the first geometry, such as `ST_Point`; undefined where there is none. */
  geometryType: string | undefined;
  /** Rows by the planner's estimate; -1 where it has none. */
  estimatedRows: number;
  /** Bytes of a row's {@link columns} by the planner's estimate. */
  rowBytes: number;
  /** Bytes of a geometry by the planner's estimate. */
  geometryBytes?: number;
  /** What the planner expects of the values of {@link columns}, by their names; without those it knows nothing of. */
  values?: Readonly<Record<string, ValueFacts>>;
  /** Whether no two rows have the same `cartodb_id`, as far as the planner knows. */
  uniqueId?: boolean;
  /** Whether there are arcs among the first geometries. */
  curved?: boolean;
}

/** A layer as tiles are made of it. */
export interface TileLayer {
  layer: QueryLayer;
  facts: LayerFacts;
  /** Whether its points are aggregated. */
  aggregated: boolean;
  /** How it is drawn; undefined for one without a style. */
  style?: TileStyle;
}

/** A layer's style, with values in the place of its functions. */
export interface TileStyle {
  /** CartoCSS. */
  css: string;
  /** What the functions came to, as legends read it. */
  rules: readonly object[];
}

/** A vector tile to be made. */
export interface TileRequest {
  address: TileAddress;
  /** In the tile's order; those out of the tile's zoom are left out. */
  layers: readonly TileLayer[];
  /** Units of the tile's side. */
  extent: number;
  /** Units that geometries are simplified to. */
  simplifyExtent: number;
  /** Pixels of a 256 pixel tile around it that are in it as well. */
  buffer: number;
  /** Bytes that it may have, as the planner expects them; for larger ones features are left out. @defaultValue 1,500,000 */
  maxBytes?: number;
  /** Whether the layers' queries can't change the connection's state, which then needs no reset. @defaultValue false */
  harmless?: boolean;
}

/** A vector tile. */
export interface VectorTile {
  /** MVT 2.1, not compressed; empty where there is no feature. */
  bytes: Buffer;
  /** What was dropped or merged so that the tile is not too large, for `Carto-Tile-Dropped`; undefined for nothing. */
  dropped: string | undefined;
}

/** What makes vector tiles: one for databases with `ST_AsMVT`, one for those without. */
export interface TileSource {
  /** Makes a tile in `role`, reading only. @throws PgError and the like, as the database says it. */
  mvt(request: TileRequest, role: Role, options: SessionOptions): Promise<VectorTile>;
}
