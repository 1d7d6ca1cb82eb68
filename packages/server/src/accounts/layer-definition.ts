import type { Engine, SystemSession } from "../db/engine.ts";
import { quoteIdent, quoteLiteral } from "../db/identifier.ts";
import { type Account, masterRole } from "./account.ts";

const NAME = "ogr_table_metadata";

/**
 * Gives an account the function by which GDAL's driver for CARTO reads a table's columns without a key, where it has
 * none. Writes.
 *
 * The driver makes it by itself, at the first writing session of an owner, and drops what was there before. In an account
 * that has none it would find the first account's by the search path, which it may not drop. So it belongs to the
 * account, and the driver can replace it.
 */
export async function ensureLayerDefinition(
  { capabilities: { postgisSchema } }: Pick<Engine, "capabilities">,
  session: SystemSession,
  account: Account,
): Promise<void> {
  const named = `${quoteIdent(account.schema)}.${NAME}`;
  const [exists] = await session.query("SELECT 1 WHERE pg_catalog.to_regprocedure($1) IS NOT NULL", [
    `${named}(text,text)`,
  ]);
  if (exists) return;
  await session.query(
    `CREATE FUNCTION ${named}(schema_name text, table_name text)
     RETURNS TABLE (attname text, typname text, attlen integer, format_type text, attnum integer, attnotnull boolean,
       indisprimary boolean, defaultexpr text, dim integer, srid integer, geomtyp text, srtext text)
     LANGUAGE sql STABLE AS ${quoteLiteral(columnsOf(postgisSchema))}`,
  );
  await session.query(`ALTER FUNCTION ${named}(text, text) OWNER TO ${quoteIdent(masterRole(account).name)}`);
}

/** Columns of a table that its reader may know of, in their order. @param postgis PostGIS' schema, as SQL. */
const columnsOf = (postgis: string): string => `
SELECT a.attname, t.typname, a.attlen, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnum, a.attnotnull,
  i.indisprimary, pg_catalog.pg_get_expr(d.adbin, d.adrelid), g.dim, g.srid, g.type, r.srtext
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN LATERAL (
  SELECT ${postgis}.postgis_typmod_dims(a.atttypmod) AS dim, ${postgis}.postgis_typmod_srid(a.atttypmod) AS srid,
    ${postgis}.postgis_typmod_type(a.atttypmod) AS type
  WHERE t.typname = 'geometry'
) AS g ON true
LEFT JOIN ${postgis}.spatial_ref_sys AS r ON r.srid = g.srid
WHERE n.nspname = $1 AND c.relname = $2 AND c.relname IN (SELECT cartodb.CDB_UserTables())
ORDER BY a.attnum`;
