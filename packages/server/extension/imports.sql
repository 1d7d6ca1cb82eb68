-- What imports need of the database.

CREATE SCHEMA IF NOT EXISTS cdb_importer;

-- Tables there are cartodbfied before they have a home, and its quota.
CREATE OR REPLACE FUNCTION cdb_importer._CDB_UserQuotaInBytes() RETURNS bigint
LANGUAGE sql IMMUTABLE AS 'SELECT 0::bigint';

-- Reads a geometry as it is written (wkt, wkb, geojson, kml); NULL where that fails. Slower than the functions that it
-- calls, for each value is a subtransaction.
CREATE OR REPLACE FUNCTION cartodb._CDB_TryGeometry(value text, kind text) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN CASE kind
    WHEN 'wkt' THEN ST_GeomFromEWKT(value)
    WHEN 'wkb' THEN value::geometry
    WHEN 'geojson' THEN ST_GeomFromGeoJSON(value)
    WHEN 'kml' THEN ST_GeomFromKML(value)
  END;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END
$$;

-- Degrees in WGS 84, on two axes, and arcs as lines, for neither GeoJSON nor tiles have arcs. The planner writes it into the
-- query that calls it.
CREATE OR REPLACE FUNCTION cartodb._CDB_ToWgs84(geom geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT ST_Force2D(CASE
    WHEN ST_GeometryType(geom) IN ('ST_CircularString', 'ST_CompoundCurve', 'ST_CurvePolygon', 'ST_MultiCurve', 'ST_MultiSurface')
      THEN ST_Transform(ST_CurveToLine(CASE ST_SRID(geom) WHEN 0 THEN ST_SetSRID(geom, 4326) ELSE geom END), 4326)
    WHEN ST_SRID(geom) = 0 THEN ST_SetSRID(geom, 4326)
    WHEN ST_SRID(geom) = 4326 THEN geom
    ELSE ST_Transform(geom, 4326) END);
END;

-- The same; NULL where the geometry's own system can't be left.
CREATE OR REPLACE FUNCTION cartodb._CDB_TryWgs84(geom geometry) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN cartodb._CDB_ToWgs84(geom);
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END
$$;

-- Puts a row into another table, named in the trigger, as a value of one column.
CREATE OR REPLACE FUNCTION cartodb._CDB_PackRow() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'INSERT INTO ' || TG_ARGV[0] || ' (cells) VALUES ($1)' USING NEW;
  RETURN NULL;
END
$$;
