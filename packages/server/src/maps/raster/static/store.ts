import type { SystemSession } from "../../../db/engine.ts";
import type { Box } from "./static-view.ts";

/**
 * Where the data of some tables is, as the planner's statistics have it.
 *
 * @returns undefined where no table has any, or a geometry in EPSG:3857.
 */
export async function readExtent(
  session: SystemSession,
  tables: readonly { schema: string; name: string }[],
): Promise<Box | undefined> {
  const [row] = await session.query<{ box: Box | null }>(
    `SELECT CASE WHEN extent IS NOT NULL THEN json_build_array(
       public.ST_XMin(extent), public.ST_YMin(extent), public.ST_XMax(extent), public.ST_YMax(extent)) END AS box
     FROM (
       SELECT public.ST_Transform(public.ST_SetSRID(public.ST_Extent(
         public.ST_EstimatedExtent(t.schema, t.name, 'the_geom_webmercator')::public.geometry)::public.geometry, 3857), 4326) AS extent
       FROM jsonb_to_recordset($1::jsonb) AS t (schema text, name text)
       JOIN pg_namespace AS s ON s.nspname = t.schema
       JOIN pg_class AS c ON c.relnamespace = s.oid AND c.relname = t.name AND c.relkind IN ('r', 'p', 'm')
       JOIN pg_statistic AS m ON m.starelid = c.oid AND m.stainherit = (c.relkind = 'p')
       JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = m.staattnum
       WHERE a.attname = 'the_geom_webmercator'
     ) AS found`,
    [JSON.stringify(tables)],
  );
  return row?.box ?? undefined;
}
