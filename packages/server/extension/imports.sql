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

-- Degrees in WGS 84, on two axes; NULL where the geometry's own system can't be left.
CREATE OR REPLACE FUNCTION cartodb._CDB_TryWgs84(geom geometry) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN ST_Force2D(CASE ST_SRID(geom)
    WHEN 0 THEN ST_SetSRID(geom, 4326)
    WHEN 4326 THEN geom
    ELSE ST_Transform(geom, 4326)
  END);
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END
$$;
