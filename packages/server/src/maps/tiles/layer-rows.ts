import { quoteIdent } from "../../db/identifier.ts";
import type { LayerPlan } from "../../mvt/layer-encoder.ts";
import type { ValueKind } from "../../mvt/value-table.ts";
import type { TileColumn, TileLayer, TileRequest } from "./tile.ts";

/** Metres around the world in EPSG:3857. */
const WORLD = 40075016.685578488;

/** How columns come, by the OID of their type: as what, and cast to which type. All others come as text. */
const NUMBERS: ReadonlyMap<number, { kind: ValueKind; type: string }> = new Map([
  [16, { kind: "bool", type: "bool" }],
  [21, { kind: "int2", type: "int2" }],
  [23, { kind: "int4", type: "int4" }],
  [20, { kind: "int8", type: "int8" }],
  [700, { kind: "float4", type: "float4" }],
  [701, { kind: "float8", type: "float8" }],
]);
const BPCHAR = 1042;

/** How the rows that {@link layerRows} selects become a layer. */
export function layerPlan({ layer, facts }: TileLayer, request: TileRequest): LayerPlan {
  const { side, west, north } = bounds(request);
  return {
    name: layer.id,
    frame: {
      west,
      north,
      scale: request.extent / side,
      extent: request.extent,
      buffer: Math.round((request.buffer * request.extent) / 256),
    },
    columns: facts.columns.map(({ name, oid }) => ({ name, kind: NUMBERS.get(oid)?.kind ?? "text" })),
  };
}

/**
 * A SELECT of a layer's rows in a tile: the geometry, simplified and clipped, then the columns.
 *
 * The casts do nothing as long as the columns have the types that are known of them. Where a table was changed since,
 * they keep its bytes from being taken for something else.
 */
export function layerRows({ layer, facts }: TileLayer, request: TileRequest): string {
  const { side, west, north } = bounds(request);
  const margin = (side * request.buffer) / 256;
  const box = `public.ST_MakeEnvelope(${west - margin}, ${north - side - margin}, ${west + side + margin}, ${north + margin}, 3857)`;
  const geometry = quoteIdent(layer.geomColumn);
  const tolerance = side / (2 * request.simplifyExtent);
  const simple =
    request.simplifyExtent === request.extent
      ? geometry
      : `public.ST_Simplify(public.ST_RemoveRepeatedPoints(${geometry}, ${tolerance}), ${tolerance}, true)`;
  const columns = [`public.ST_ClipByBox2D(${simple}, ${box})`, ...facts.columns.map(columnSql)];
  return `SELECT ${columns.join(", ")} FROM (${layer.sql}\n) AS _cdb_query WHERE ${geometry} && ${box}`;
}

function columnSql({ name, oid }: TileColumn): string {
  // A cast of char(n) to text would take its blanks away.
  const type = NUMBERS.get(oid)?.type ?? (oid === BPCHAR ? "bpchar" : "text");
  return `${quoteIdent(name)}::pg_catalog.${type}`;
}

function bounds({ address: { x, y, z } }: TileRequest): { side: number; west: number; north: number } {
  const side = WORLD / 2 ** z;
  return { side, west: x * side - WORLD / 2, north: WORLD / 2 - y * side };
}
