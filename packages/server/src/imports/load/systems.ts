import type { ImportSession } from "./import-session.ts";

/** Whether the database knows a coordinate system, and so can leave it for another. */
export async function knowsSrid(session: ImportSession, srid: number): Promise<boolean> {
  const rows = await session.rows(`SELECT FROM public.spatial_ref_sys WHERE srid = ${Math.trunc(srid)}`);
  return rows.length > 0;
}
