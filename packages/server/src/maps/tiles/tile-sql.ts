import { quoteIdent } from "../../db/identifier.ts";
import { numberDates } from "../map-config/dates.ts";
import { fillTokens } from "../map-config/tokens.ts";
import type { TileColumn, TileLayer, TileRequest } from "./tile.ts";
import type { TileFrame } from "./tile-frame.ts";

const WEB_MERCATOR = 3857;
const DEGREES = 4326;
/** Metres from the middle of the world to its edges; beyond them, degrees begin anew from the other side. */
const HALF_WORLD = "20037508.342789244";

const BPCHAR = 1042;
const FLOAT8 = 701;
const UNKNOWN = 705;

/** A query to stand behind FROM. The newline ends a comment that it may end with. */
export const from = (query: string): string => `(${query}\n) AS _cdb_query`;

/** A layer's query as tiles are made of it: with `dates_as_numbers` dates are seconds since 1970. */
export function layerQuery({ layer, facts }: TileLayer, frame: TileFrame): string {
  const query = fillTokens(layer.sql, frame);
  if (!layer.datesAsNumbers) return query;
  const { allColumns: names, dateColumns } = facts;
  const allColumns = names.filter((name) => names.indexOf(name) === names.lastIndexOf(name));
  return numberDates(query, { allColumns, dateColumns });
}

/** {@link layerQuery} to stand behind FROM. */
export const layerSource = (tile: TileLayer, frame: TileFrame): string => from(layerQuery(tile, frame));

/** The layer's geometry in EPSG:3857. */
export function mercatorGeometry({ layer }: TileLayer): string {
  const geometry = quoteIdent(layer.geomColumn);
  return layer.srid === WEB_MERCATOR ? geometry : `ST_Transform(${geometry}, ${WEB_MERCATOR})`;
}

/**
 * Condition on the rows that may be in a tile and its buffer.
 *
 * An index on the geometry serves it where that is in EPSG:3857 or in degrees: a box of another projection's is no box in
 * EPSG:3857, and may have no place there at all. For those an index on `ST_Transform(geometry, 3857)` serves it.
 */
export function inBbox(tile: TileLayer, frame: TileFrame): string {
  const { layer } = tile;
  if (layer.srid !== DEGREES) return `${mercatorGeometry(tile)} && ${frame.bbox}`;
  const [xmin, ymin, xmax, ymax] = frame.buffered;
  const inWorld = `ST_MakeEnvelope(greatest(${xmin}, -${HALF_WORLD}), ${ymin}, least(${xmax}, ${HALF_WORLD}), ${ymax}, ${WEB_MERCATOR})`;
  return `${quoteIdent(layer.geomColumn)} && ST_Transform(${inWorld}, ${DEGREES})`;
}

/** What simplification takes: whole units of the tile unless the map asks for a coarser grid. */
export type Grain = Pick<TileRequest, "extent" | "simplifyExtent">;

/** `geometry`, in EPSG:3857, without the vertices that can't be told apart on the map's grid. */
export function simplified(geometry: string, frame: TileFrame, { extent, simplifyExtent }: Grain): string {
  if (extent === simplifyExtent) return geometry;
  const tolerance = `(${frame.size} / ${2 * simplifyExtent})`;
  return `ST_Simplify(ST_RemoveRepeatedPoints(${geometry}, ${tolerance}), ${tolerance}, true)`;
}

/** Units around a tile that are in it as well. */
export const bufferUnits = ({ buffer, extent }: Pick<TileRequest, "buffer" | "extent">): number =>
  Math.round((buffer * extent) / 256);

/** The columns of a layer's tiles, as {@link layerQuery} gives them, in the query's order. */
export function tileColumns({ layer, facts }: TileLayer): readonly TileColumn[] {
  if (!layer.datesAsNumbers || facts.dateColumns.length === 0) return facts.columns;
  const dates = facts.dateColumns.map((name): TileColumn => ({ name, oid: FLOAT8 }));
  const known = new Map([...facts.columns, ...dates].map((column) => [column.name, column]));
  return facts.allColumns.flatMap((name) => known.get(name) ?? []);
}

/** A column as tiles have it: char(n) without its trailing blanks. */
export function columnSql({ name, oid }: TileColumn): string {
  const column = quoteIdent(name);
  return oid === BPCHAR || oid === UNKNOWN ? `${column}::text AS ${column}` : column;
}

/** `name`, or one like it that none of `columns` has. */
export function freeName(name: string, columns: readonly string[]): string {
  let free = name;
  while (columns.includes(free)) free += "_";
  return free;
}
