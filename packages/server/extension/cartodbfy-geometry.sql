-- The geometries of a cartodbfied table, the_geom in degrees and the_geom_webmercator in metres: found, or made.

-- The column that is declared with this SRID: the one of the wanted name, else the first; NULL if there is none.
CREATE OR REPLACE FUNCTION cartodb._CDB_DeclaredGeometry(reloid regclass, wanted name, srid integer) RETURNS name
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT attname FROM pg_attribute
  WHERE attrelid = reloid AND attnum > 0 AND NOT attisdropped
    AND atttypid = 'geometry'::regtype AND postgis_typmod_srid(atttypmod) = srid
  ORDER BY attname <> wanted, attnum LIMIT 1;
END;

-- Gives the declared columns their names. A column that has the name without being it is dropped.
CREATE OR REPLACE FUNCTION cartodb._CDB_NameGeometries(reloid regclass) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  wanted CONSTANT name[] := '{the_geom, the_geom_webmercator}';
  found name[] := ARRAY[
    cartodb._CDB_DeclaredGeometry(reloid, wanted[1], 4326), cartodb._CDB_DeclaredGeometry(reloid, wanted[2], 3857)];
  aside name;
BEGIN
  -- All aside first: each may have the other's name.
  FOR k IN 1..2 LOOP
    CONTINUE WHEN found[k] IS NULL OR found[k] = wanted[k];
    aside := cartodb._CDB_FreeColumnName(reloid, wanted[k]);
    EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', reloid, found[k], aside);
    found[k] := aside;
  END LOOP;
  FOR k IN 1..2 LOOP
    CONTINUE WHEN found[k] IS NULL OR found[k] = wanted[k];
    IF cartodb._CDB_HasColumn(reloid, wanted[k]) THEN
      EXECUTE format('ALTER TABLE %s DROP COLUMN %I', reloid, wanted[k]);
    END IF;
    EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', reloid, found[k], wanted[k]);
  END LOOP;
END
$$;

-- A column's values as geometries, in SQL. Texts may be WKT, EWKT, hexadecimal WKB or GeoJSON; empty ones are NULL.
CREATE OR REPLACE FUNCTION cartodb._CDB_AsGeometry(reloid regclass, colname name) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT CASE
    WHEN a.atttypid = 'geometry'::regtype THEN format('%I', colname)
    WHEN t.typcategory = 'S' OR a.atttypid IN ('json'::regtype, 'jsonb'::regtype)
      THEN format('nullif(btrim(%I::text), '''')::geometry', colname)
    ELSE format('%I::geometry', colname) END
  FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
  WHERE a.attrelid = reloid AND a.attname = colname AND a.attnum > 0;
END;

CREATE OR REPLACE FUNCTION cartodb._CDB_HoldsGeometries(reloid regclass, colname name) RETURNS boolean
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  EXECUTE format('SELECT count(%s) FROM %s', cartodb._CDB_AsGeometry(reloid, colname), reloid);
  RETURN true;
EXCEPTION WHEN others THEN
  RETURN false;
END
$$;

-- Columns that have a geometry's name and hold anything else get another name, so that nothing is lost.
CREATE OR REPLACE FUNCTION cartodb._CDB_RenameStrangers(reloid regclass) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  stranger name;
BEGIN
  FOREACH stranger IN ARRAY '{the_geom, the_geom_webmercator}'::name[] LOOP
    CONTINUE WHEN NOT cartodb._CDB_HasColumn(reloid, stranger) OR cartodb._CDB_HoldsGeometries(reloid, stranger);
    EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', reloid, stranger, cartodb._CDB_FreeColumnName(reloid, stranger));
  END LOOP;
END
$$;

-- The column that the_geom is made from: NULL if the table has no geometry at all.
CREATE OR REPLACE FUNCTION cartodb._CDB_GeometrySource(reloid regclass) RETURNS name
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT attname FROM pg_attribute
  WHERE attrelid = reloid AND attnum > 0 AND NOT attisdropped
    AND (atttypid = 'geometry'::regtype OR attname IN ('the_geom', 'the_geom_webmercator'))
  ORDER BY attname <> 'the_geom', attname <> 'the_geom_webmercator', attnum LIMIT 1;
END;

-- The values of a geometry column in degrees, in SQL. Where they say no SRID they have that of the first row, and if that
-- has none, what the column's name says.
CREATE OR REPLACE FUNCTION cartodb._CDB_InDegrees(reloid regclass, colname name) RETURNS text
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  value CONSTANT text := cartodb._CDB_AsGeometry(reloid, colname);
  first_srid integer;
BEGIN
  EXECUTE format('SELECT ST_SRID(%1$s) FROM %2$s WHERE %1$s IS NOT NULL LIMIT 1', value, reloid) INTO first_srid;
  IF first_srid IS NULL OR first_srid = 0 THEN
    first_srid := CASE colname WHEN 'the_geom_webmercator' THEN 3857 ELSE 4326 END;
  END IF;
  RETURN format('ST_Transform(CASE ST_SRID(%1$s) WHEN 0 THEN ST_SetSRID(%1$s, %2$s) ELSE %1$s END, 4326)', value, first_srid);
END
$$;
