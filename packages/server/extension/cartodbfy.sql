-- CDB_CartodbfyTable: gives a table the columns that maps need. The columns come from the table where it has them
-- under another name; rows are kept.

CREATE OR REPLACE FUNCTION cartodb.CDB_TransformToWebmercator(geom geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  -- Web mercator ends at about 85.06 degrees; what lies beyond is cut off before it is projected.
  SELECT CASE
    WHEN geom IS NULL OR ST_IsEmpty(geom) THEN NULL
    WHEN ST_SRID(geom) = 3857 THEN geom
    WHEN ST_SRID(geom) = 4326 AND ST_YMin(geom) >= -85.0511 AND ST_YMax(geom) <= 85.0511 THEN ST_Transform(geom, 3857)
    ELSE ST_Transform(
      ST_Intersection(ST_Transform(geom, 4326), ST_MakeEnvelope(-180, -85.0511, 180, 85.0511, 4326)), 3857)
  END
$$;

CREATE OR REPLACE FUNCTION cartodb._CDB_UpdateWebmercator() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.the_geom_webmercator := cartodb.CDB_TransformToWebmercator(NEW.the_geom);
  RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION cartodb._CDB_HasColumn(reloid regclass, colname name) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM pg_catalog.pg_attribute
    WHERE attrelid = reloid AND attname = colname AND attnum > 0 AND NOT attisdropped)
$$;

CREATE OR REPLACE FUNCTION cartodb._CDB_EnsureKey(reloid regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  bad boolean;
BEGIN
  IF NOT cartodb._CDB_HasColumn(reloid, 'cartodb_id') THEN
    EXECUTE format('ALTER TABLE %s ADD COLUMN cartodb_id bigserial', reloid);
  ELSE
    EXECUTE format('SELECT count(*) <> count(DISTINCT cartodb_id) OR bool_or(cartodb_id IS NULL) FROM %s', reloid) INTO bad;
    IF bad THEN
      RAISE EXCEPTION 'Error: invalid cartodb_id';
    END IF;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_index WHERE indrelid = reloid AND indisprimary) THEN
    EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (cartodb_id)', reloid);
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION cartodb._CDB_EnsureGeometry(reloid regclass, colname name, srid integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  current_type text;
BEGIN
  SELECT format_type(atttypid, atttypmod) INTO current_type
  FROM pg_catalog.pg_attribute WHERE attrelid = reloid AND attname = colname AND attnum > 0 AND NOT attisdropped;
  IF current_type IS NULL THEN
    EXECUTE format('ALTER TABLE %s ADD COLUMN %I geometry(Geometry, %s)', reloid, colname, srid);
  ELSIF current_type !~ format('^geometry\([A-Za-z]+,%s\)$', srid) THEN
    EXECUTE format(
      'ALTER TABLE %1$s ALTER COLUMN %2$I TYPE geometry(Geometry, %3$s) USING ST_Transform(
         CASE ST_SRID(%2$I::geometry) WHEN 0 THEN ST_SetSRID(%2$I::geometry, %3$s) ELSE %2$I::geometry END, %3$s)',
      reloid, colname, srid);
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION cartodb.CDB_CartodbfyTable(destschema text, reloid regclass) RETURNS regclass
LANGUAGE plpgsql AS $$
DECLARE
  relname name;
  relschema name;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = destschema) THEN
    RAISE EXCEPTION 'Invalid schema name "%"', destschema;
  END IF;
  SELECT c.relname, n.nspname INTO relname, relschema
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = reloid;
  EXECUTE format('DROP TRIGGER IF EXISTS update_the_geom_webmercator_trigger ON %s', reloid);
  PERFORM cartodb._CDB_EnsureKey(reloid);
  PERFORM cartodb._CDB_EnsureGeometry(reloid, 'the_geom', 4326);
  IF NOT cartodb._CDB_HasColumn(reloid, 'the_geom_webmercator') THEN
    PERFORM cartodb._CDB_EnsureGeometry(reloid, 'the_geom_webmercator', 3857);
    EXECUTE format(
      'UPDATE %s SET the_geom_webmercator = cartodb.CDB_TransformToWebmercator(the_geom) WHERE the_geom IS NOT NULL', reloid);
  ELSE
    PERFORM cartodb._CDB_EnsureGeometry(reloid, 'the_geom_webmercator', 3857);
  END IF;
  EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %s USING gist (the_geom)',
    left(relname, 50) || '_the_geom_idx', reloid);
  EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %s USING gist (the_geom_webmercator)',
    left(relname, 36) || '_the_geom_webmercator_idx', reloid);
  EXECUTE format(
    'CREATE TRIGGER update_the_geom_webmercator_trigger BEFORE INSERT OR UPDATE OF the_geom ON %s
     FOR EACH ROW EXECUTE FUNCTION cartodb._CDB_UpdateWebmercator()', reloid);
  IF relschema <> destschema THEN
    EXECUTE format('ALTER TABLE %s SET SCHEMA %I', reloid, destschema);
  END IF;
  RETURN reloid;
END
$$;

CREATE OR REPLACE FUNCTION cartodb.CDB_CartodbfyTable(reloid regclass) RETURNS regclass
LANGUAGE sql AS $$
  SELECT cartodb.CDB_CartodbfyTable('public', reloid)
$$;
