-- How much an account may store. The quota is a function in the account's schema that returns a number, owned by the
-- server, so that the account can read it and not change it.

-- 0 bytes: no quota. For the schema's owner.
CREATE OR REPLACE FUNCTION cartodb.CDB_SetUserQuotaInBytes(schema_name text, bytes int8) RETURNS int8
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF bytes IS NULL OR bytes < 0 THEN
    RAISE EXCEPTION 'Invalid quota % bytes: use a number from 0, which stands for no quota', bytes;
  END IF;
  EXECUTE format(
    'CREATE OR REPLACE FUNCTION %I._CDB_UserQuotaInBytes() RETURNS int8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
    schema_name, format('SELECT %s::pg_catalog.int8', bytes));
  RETURN bytes;
END
$$;

CREATE OR REPLACE FUNCTION cartodb.CDB_SetUserQuotaInBytes(bytes int8) RETURNS int8
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT cartodb.CDB_SetUserQuotaInBytes(current_schema()::text, bytes);
END;

-- NULL where the schema has none.
CREATE OR REPLACE FUNCTION cartodb._CDB_QuotaOf(schema_name text) RETURNS int8
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  quota int8;
BEGIN
  IF to_regprocedure(format('%I._cdb_userquotainbytes()', schema_name)) IS NOT NULL THEN
    EXECUTE format('SELECT %I._cdb_userquotainbytes()', schema_name) INTO quota;
  END IF;
  RETURN quota;
END
$$;

-- Half of what is on disk, for one of the two geometries is ours. Tables of analyses and overviews are free.
CREATE OR REPLACE FUNCTION cartodb.CDB_UserDataSize(schema_name text) RETURNS bigint
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT coalesce(sum(pg_total_relation_size(t.oid) * t.weight), 0)::bigint
  FROM (
    SELECT c.oid, CASE
        WHEN c.relname ~ '^_vovw_[0-9]+_' THEN 0
        WHEN r.is_raster AND c.relname ~ '^o_[0-9]+_' THEN 0
        WHEN r.is_raster THEN 1
        ELSE 0.5 END AS weight
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT cartodb._CDB_HasColumn(c.oid::regclass, 'the_raster_webmercator'::name) AS is_raster) AS r
    WHERE n.nspname = schema_name AND c.relkind IN ('r', 'm')
      AND c.relname !~ '^analysis_[0-9a-f]{10}_[0-9a-f]{40}$'
  ) AS t;
END;

CREATE OR REPLACE FUNCTION cartodb.CDB_UserDataSize() RETURNS bigint
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT cartodb.CDB_UserDataSize(current_schema()::text);
END;

CREATE OR REPLACE FUNCTION cartodb._CDB_RefuseOverQuota(schema_name text, fallback int8) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  quota int8 := coalesce(cartodb._CDB_QuotaOf(schema_name), fallback);
  size int8;
BEGIN
  IF quota <= 0 THEN RETURN; END IF;
  size := cartodb.CDB_UserDataSize(schema_name);
  IF size > quota THEN
    RAISE EXCEPTION 'Quota exceeded by %KB', ((size - quota) / 1024.0)::float8;
  END IF;
END
$$;

-- CDB_CheckQuota(probability, bytes, schema): with that probability, for measuring takes time. `bytes` counts where the
-- schema has no quota. No SET clause: this runs for each row.
CREATE OR REPLACE FUNCTION cartodb.CDB_CheckQuota() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF pg_catalog.random() < TG_ARGV[0]::pg_catalog.float8 THEN
    PERFORM cartodb._CDB_RefuseOverQuota(coalesce(TG_ARGV[2], 'public'), TG_ARGV[1]::pg_catalog.int8);
  END IF;
  RETURN NEW;
END
$$;

-- Tables of analyses, which count for nothing above, may take twice the quota.
CREATE OR REPLACE FUNCTION cartodb._CDB_RefuseOverAnalysisQuota(schema_name text, table_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  quota int8 := cartodb._CDB_QuotaOf(schema_name);
BEGIN
  IF quota > 0 AND 2 * quota < (
    SELECT sum(pg_total_relation_size(c.oid))
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = schema_name AND c.relkind = 'r' AND c.relname ~ '^analysis_[0-9a-f]{10}_[0-9a-f]{40}$'
  ) THEN
    RAISE EXCEPTION 'Analysis cache space limits exceeded by %', table_name;
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION cartodb.CDB_CheckAnalysisQuota(table_name text) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT cartodb._CDB_RefuseOverAnalysisQuota(current_schema()::text, table_name);
END;
