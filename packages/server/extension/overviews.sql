-- What clients ask for and this server does not have: each answers that there is nothing.

CREATE OR REPLACE FUNCTION cartodb.CDB_Overviews(reloid regclass)
RETURNS TABLE (base_table regclass, z integer, overview_table regclass)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT NULL::regclass, NULL::integer, NULL::regclass WHERE false;
END;

CREATE OR REPLACE FUNCTION cartodb.CDB_Overviews(tables regclass[])
RETURNS TABLE (base_table regclass, z integer, overview_table regclass)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT NULL::regclass, NULL::integer, NULL::regclass WHERE false;
END;

CREATE OR REPLACE FUNCTION cartodb.CDB_DropOverviews(reloid regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  RETURN;
END
$$;

-- Services for geocoding and routing, none of which are here.
CREATE OR REPLACE FUNCTION cartodb.cdb_service_quota_info()
RETURNS TABLE (service text, monthly_quota numeric, used_quota numeric, soft_limit boolean, provider text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT NULL::text, NULL::numeric, NULL::numeric, NULL::boolean, NULL::text WHERE false;
END;
