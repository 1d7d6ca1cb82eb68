-- A cartodbfied table's rewrite, and what stands around it: indexes and triggers.

-- PostgreSQL's own hint would have the views dropped for good.
CREATE OR REPLACE FUNCTION cartodb._CDB_DropReplaced(reloid regclass) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  dependents text;
BEGIN
  EXECUTE format('DROP TABLE %s', reloid);
EXCEPTION WHEN dependent_objects_still_exist THEN
  GET STACKED DIAGNOSTICS dependents = PG_EXCEPTION_DETAIL;
  RAISE EXCEPTION '%', SQLERRM USING ERRCODE = 'dependent_objects_still_exist', DETAIL = dependents,
    HINT = 'The table must be written anew: drop what depends on it first, and make it again afterwards.';
END
$$;

-- Copies the table with its ids, of which `key` says what becomes, its geometries, and all other columns, and takes its
-- place: same name, same owner. Its grants, defaults and constraints are not kept; what depends on it, such as a view, makes this fail.
CREATE OR REPLACE FUNCTION cartodb._CDB_WriteTable(destschema text, reloid regclass, key text) RETURNS regclass
LANGUAGE plpgsql SET search_path FROM CURRENT SET row_security = off AS $$
DECLARE
  written CONSTANT text := format('%I.%I', destschema, '_cdb_cartodbfy_' || reloid::oid);
  table_name name;
  owner name;
BEGIN
  EXECUTE format('CREATE TABLE %s AS %s', written, cartodb._CDB_CopyQuery(reloid, key));
  SELECT relname, pg_get_userbyid(relowner) INTO table_name, owner FROM pg_catalog.pg_class WHERE oid = reloid;
  PERFORM cartodb._CDB_DropReplaced(reloid);
  EXECUTE format('ALTER TABLE %s RENAME TO %I', written, table_name);
  reloid := format('%I.%I', destschema, table_name)::regclass;
  IF owner <> current_user THEN
    EXECUTE format('ALTER TABLE %s OWNER TO %I', reloid, owner);
  END IF;
  PERFORM cartodb._CDB_NumberNewRows(reloid);
  RETURN reloid;
END
$$;

-- The inner query makes the values, once a row; the outer one gives them names, which the table's own can't clash with.
CREATE OR REPLACE FUNCTION cartodb._CDB_CopyQuery(reloid regclass, key text) RETURNS text
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  has_geom CONSTANT boolean := cartodb._CDB_DeclaredGeometry(reloid, 'the_geom', 4326) IS NOT NULL;
  has_webmercator CONSTANT boolean := cartodb._CDB_DeclaredGeometry(reloid, 'the_geom_webmercator', 3857) IS NOT NULL;
  ids text;
  source name;
  others name[];
BEGIN
  ids := CASE key
    WHEN 'kept' THEN 'cartodb_id'
    WHEN 'made' THEN 'row_number() OVER ()'
    WHEN 'integer' THEN 'cartodb_id::text::numeric::integer'
    WHEN 'bigint' THEN 'cartodb_id::text::numeric::bigint' END;
  PERFORM cartodb._CDB_RenameStrangers(reloid);
  source := cartodb._CDB_GeometrySource(reloid);
  others := ARRAY(
    SELECT attname FROM pg_catalog.pg_attribute
    WHERE attrelid = reloid AND attnum > 0 AND NOT attisdropped
      AND attname NOT IN ('cartodb_id', 'the_geom', 'the_geom_webmercator') AND attname IS DISTINCT FROM source
    ORDER BY attnum);
  RETURN format(
    'SELECT c1 AS cartodb_id, ST_Force2D(c2)::geometry(Geometry, 4326) AS the_geom, '
      'ST_Force2D(%s)::geometry(Geometry, 3857) AS the_geom_webmercator%s FROM (SELECT %s, %s, %s%s FROM %s OFFSET 0) AS v (%s)',
    CASE WHEN has_webmercator THEN 'c3' ELSE 'cartodb.CDB_TransformToWebmercator(c2)' END,
    (SELECT string_agg(format(', c%s AS %I', 3 + i, other), '' ORDER BY i) FROM unnest(others) WITH ORDINALITY AS o (other, i)),
    ids,
    CASE WHEN has_geom THEN 'the_geom' WHEN source IS NULL THEN 'NULL::geometry' ELSE cartodb._CDB_InDegrees(reloid, source) END,
    CASE WHEN has_webmercator THEN 'the_geom_webmercator' ELSE 'NULL' END,
    (SELECT string_agg(format(', %I', other), '' ORDER BY i) FROM unnest(others) WITH ORDINALITY AS o (other, i)),
    reloid,
    (SELECT string_agg('c' || i, ', ' ORDER BY i) FROM generate_series(1, 3 + cardinality(others)) AS i));
END
$$;

-- Indexes get the names that PostgreSQL gives; a column that has a spatial index needs no second one.
CREATE OR REPLACE FUNCTION cartodb._CDB_GiveIndexes(reloid regclass) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  colname name;
BEGIN
  FOR colname IN
    SELECT a.attname FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = reloid AND a.attname IN ('the_geom', 'the_geom_webmercator') AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
      WHERE i.indrelid = reloid AND i.indkey[0] = a.attnum AND i.indnkeyatts = 1 AND m.amname = 'gist'
        AND i.indisvalid AND i.indpred IS NULL)
    ORDER BY a.attname
  LOOP
    EXECUTE format('CREATE INDEX ON %s USING gist (%I)', reloid, colname);
  END LOOP;
END
$$;

-- A raster table's size is checked at each change, for its rows are large.
CREATE OR REPLACE FUNCTION cartodb._CDB_GiveTriggers(destschema text, reloid regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  is_raster CONSTANT boolean := cartodb._CDB_HasColumn(reloid, 'the_raster_webmercator');
BEGIN
  EXECUTE format(
    'CREATE TRIGGER track_updates AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s
     FOR EACH STATEMENT EXECUTE FUNCTION cartodb.cdb_tablemetadata_trigger()', reloid);
  IF NOT is_raster THEN
    EXECUTE format(
      'CREATE TRIGGER update_the_geom_webmercator_trigger BEFORE INSERT OR UPDATE OF the_geom ON %s
       FOR EACH ROW EXECUTE FUNCTION cartodb._cdb_updatewebmercator()', reloid);
  END IF;
  EXECUTE format(
    'CREATE TRIGGER test_quota BEFORE INSERT OR UPDATE ON %s
     FOR EACH STATEMENT EXECUTE FUNCTION cartodb.cdb_checkquota(%L, ''-1'', %L)',
    reloid, CASE WHEN is_raster THEN '1' ELSE '0.1' END, destschema);
  EXECUTE format(
    'CREATE TRIGGER test_quota_per_row BEFORE INSERT OR UPDATE ON %s
     FOR EACH ROW EXECUTE FUNCTION cartodb.cdb_checkquota(%L, ''-1'', %L)',
    reloid, CASE WHEN is_raster THEN '1' ELSE '0.001' END, destschema);
END
$$;

CREATE OR REPLACE FUNCTION cartodb._CDB_DropTriggers(reloid regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  trigger_name text;
BEGIN
  FOR trigger_name IN
    SELECT tgname FROM pg_trigger WHERE tgrelid = reloid
    AND tgname IN ('track_updates', 'update_the_geom_webmercator_trigger', 'test_quota', 'test_quota_per_row')
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', trigger_name, reloid);
  END LOOP;
END
$$;
