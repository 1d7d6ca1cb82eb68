import { type Carto, type Layergroup, type MapConfig, QueryTimeoutError } from "@carto-ts/sdk";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { type MapFlags, openMap } from "../maps/instantiate.ts";
import { withoutEnd } from "../sql/statement.ts";
import type { Bounds } from "./pmtiles.ts";

/** What is shown on the tiles. */
export interface SourceFlags extends MapFlags {
  sql?: string;
  /** A named map. */
  map?: string;
}

/** A map to be made into tiles. */
export interface TileSource {
  map: Layergroup;
  /** What the tiles are called: the table's name, or the map's. */
  name: string;
  /** Where there is something; undefined where that is not known. */
  bounds: Bounds | undefined;
  /** Whether a tile without anything has nothing below it either: so it is with points. */
  prunes: boolean;
}

const WORLD: Bounds = [-180, -85.051129, 180, 85.051129];

/** Opens what was asked for: a table, a query, a named map, or a MapConfig. */
export async function openSource(context: Context, table: string | undefined, flags: SourceFlags): Promise<TileSource> {
  const given = [table, flags.sql, flags.map, flags.config].filter((source) => source !== undefined);
  if (given.length !== 1) {
    throw new CommandError(
      given.length === 0 ? "there is nothing to make tiles of" : "there are several things to make tiles of",
      "give a table, or one of --sql, --map and --config",
    );
  }
  if (flags.map !== undefined || flags.config !== undefined) {
    const map = await openMap(context, flags.map, flags);
    return { map, name: flags.map ?? "map", bounds: undefined, prunes: false };
  }
  const carto = await context.carto();
  const sql = table === undefined ? withoutEnd(flags.sql ?? "") : `select * from ${quoteTable(table)}`;
  return openQuery(context, carto, { sql, name: table ?? "layer" });
}

async function openQuery(
  context: Context,
  carto: Carto,
  { sql, name }: { sql: string; name: string },
): Promise<TileSource> {
  const { signal } = context;
  context.doing = `make a map of ${name}`;
  const id = name.replace(/[^\w-]+/g, "_");
  const config: MapConfig = {
    version: "1.8.0",
    layers: [{ id, options: { sql, metadata: { columns: true } } }],
  };
  const map = await carto.maps.anonymous.instantiate(config, { signal });
  return { map, name, ...(await surveyQuery(carto, sql, signal)) };
}

/** Looks at all of a query's geometries. The bounds are the world where they go beyond what degrees can say. */
export async function surveyQuery(
  carto: Carto,
  sql: string,
  signal: AbortSignal,
): Promise<Pick<TileSource, "bounds" | "prunes">> {
  const query = `select points, ST_XMin(b) w, ST_YMin(b) s, ST_XMax(b) e, ST_YMax(b) n from (
    select coalesce(bool_and(GeometryType(the_geom_webmercator) = 'POINT'), false) points,
      ST_Transform(ST_SetSRID(ST_Extent(the_geom_webmercator)::geometry, 3857), 4326) b from (${sql}\n) q) x`;
  const { rows } = await carto.sql
    .query<{ points: boolean } & Record<"w" | "s" | "e" | "n", number | null>>(query, {}, { signal })
    .catch((error: unknown) => {
      // Tiles that are asked for in vain cost less than a command that won't work for large tables.
      if (error instanceof QueryTimeoutError) return { rows: [] };
      throw error;
    });
  const { w, s, e, n, points = false } = rows[0] ?? {};
  if (w == null || s == null || e == null || n == null) return { bounds: undefined, prunes: points };
  const bounds: Bounds = [w, s, e, n];
  return {
    bounds: bounds.every(Number.isFinite) ? [Math.max(w, -180), s, Math.min(e, 180), n] : WORLD,
    prunes: points,
  };
}

/** A table by its name, which may have a schema. */
export function quoteTable(name: string): string {
  return name
    .split(".")
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join(".");
}
