-- CDB_CartodbfyTable: gives a table the columns that maps need, from what it has. Rows are kept; where columns must be
-- added or changed the table is written anew, which is faster than updating it and takes half the space.

-- Of version 0.1.0, which these replace.
DROP FUNCTION IF EXISTS cartodb._CDB_EnsureKey(regclass);
DROP FUNCTION IF EXISTS cartodb._CDB_EnsureGeometry(regclass, name, integer);

CREATE OR REPLACE FUNCTION cartodb._CDB_CheckCartodbfiable(destschema text, reloid regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  kind "char";
  owner oid;
BEGIN
  IF NOT cartodb.schema_exists(destschema) THEN
    RAISE EXCEPTION 'Invalid schema name "%"', destschema USING ERRCODE = 'invalid_schema_name';
  END IF;
  IF cartodb._CDB_QuotaOf(destschema) IS NULL THEN
    RAISE EXCEPTION 'Please set user quota before cartodbfying tables.';
  END IF;
  SELECT c.relkind, c.relowner INTO kind, owner FROM pg_catalog.pg_class AS c WHERE c.oid = reloid;
  IF kind IS DISTINCT FROM 'r' THEN
    RAISE EXCEPTION '% is not a table: views, partitioned and foreign tables can''t be cartodbfied', reloid
      USING ERRCODE = 'wrong_object_type';
  END IF;
  IF NOT pg_has_role(owner, 'USAGE') THEN
    RAISE EXCEPTION 'must be owner of table %', reloid USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;

-- Returns the table with its columns right: as it was, or written anew.
CREATE OR REPLACE FUNCTION cartodb._CDB_GiveColumns(destschema text, reloid regclass) RETURNS regclass
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  relschema name;
  key text;
BEGIN
  PERFORM cartodb._CDB_NameKey(reloid);
  key := cartodb._CDB_KindOfKey(reloid);
  PERFORM cartodb._CDB_NameGeometries(reloid);
  IF key <> 'kept'
      OR cartodb._CDB_DeclaredGeometry(reloid, 'the_geom', 4326) IS NULL
      OR cartodb._CDB_DeclaredGeometry(reloid, 'the_geom_webmercator', 3857) IS NULL THEN
    RETURN cartodb._CDB_WriteTable(destschema, reloid, key);
  END IF;
  SELECT n.nspname INTO relschema
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = reloid;
  IF relschema <> destschema THEN
    EXECUTE format('ALTER TABLE %s SET SCHEMA %I', reloid, destschema);
  END IF;
  RETURN reloid;
END
$$;

CREATE OR REPLACE FUNCTION cartodb.CDB_CartodbfyTable(destschema text, reloid regclass) RETURNS regclass
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM cartodb._CDB_CheckCartodbfiable(destschema, reloid);
  -- What others write while it is copied would be lost.
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', reloid);
  PERFORM cartodb._CDB_DropTriggers(reloid);
  IF cartodb._CDB_HasColumn(reloid, 'the_raster_webmercator') THEN
    PERFORM cartodb._CDB_GiveRasterKey(reloid);
  ELSE
    reloid := cartodb._CDB_GiveColumns(destschema, reloid);
    PERFORM cartodb._CDB_GivePrimaryKey(reloid);
    PERFORM cartodb._CDB_GiveIndexes(reloid);
  END IF;
  PERFORM cartodb._CDB_GiveTriggers(destschema, reloid);
  PERFORM cartodb.CDB_TableMetadataTouch(reloid);
  RETURN reloid;
END
$$;

-- Into the schema that the table is in. The original means `public`; here an account other than the first has a schema
-- of its own and no right to create tables in `public`, so that its tables stay where they are.
CREATE OR REPLACE FUNCTION cartodb.CDB_CartodbfyTable(reloid regclass) RETURNS regclass
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT cartodb.CDB_CartodbfyTable(n.nspname::text, reloid)
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.oid = reloid;
END;
