-- Coordinates: degrees, metres of web mercator, and the tiles that maps are cut into.

-- The slow way: what reaches over the poles or the antimeridian is cut there, what can't be projected is NULL.
CREATE OR REPLACE FUNCTION cartodb._CDB_ClipToWebmercator(geom geometry) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
  world CONSTANT geometry := ST_MakeEnvelope(-180, -89, 180, 89, 4326);
  latlon geometry := ST_Transform(geom, 4326);
  dimension CONSTANT integer := ST_Dimension(geom);
BEGIN
  IF NOT latlon @ world THEN
    -- An edge that crosses itself, as those of badly drawn polygons do, can't be cut.
    IF dimension > 0 THEN latlon := ST_MakeValid(latlon); END IF;
    latlon := ST_Intersection(latlon, world);
    IF ST_GeometryType(geom) <> 'ST_GeometryCollection' THEN latlon := ST_CollectionExtract(latlon, dimension + 1); END IF;
  END IF;
  IF ST_IsEmpty(latlon) THEN RETURN NULL; END IF;
  latlon := ST_Transform(latlon, 3857);
  RETURN CASE WHEN ST_GeometryType(geom) LIKE 'ST_Multi%' THEN ST_Multi(latlon) ELSE latlon END;
EXCEPTION WHEN internal_error THEN
  -- PostGIS' own code for what GEOS and PROJ can't do. The first transformation's errors are not caught: they are the
  -- caller's to hear of, such as an unknown SRID.
  RETURN NULL;
END
$$;

-- Most geometries take the second branch, which the planner writes into the query that calls this.
CREATE OR REPLACE FUNCTION cartodb.CDB_TransformToWebmercator(geom geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE
    WHEN ST_SRID(geom) = 3857 THEN geom
    WHEN ST_SRID(geom) = 4326 AND geom @ ST_MakeEnvelope(-180, -89, 180, 89, 4326) AND NOT ST_IsEmpty(geom)
      THEN ST_Transform(geom, 3857)
    ELSE cartodb._CDB_ClipToWebmercator(geom) END;
END;

-- No SET clause: this runs for each row.
CREATE OR REPLACE FUNCTION cartodb._CDB_UpdateWebmercator() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.the_geom_webmercator := cartodb.CDB_TransformToWebmercator(NEW.the_geom);
  RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION cartodb.CDB_LatLng(lat numeric, lng numeric) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT ST_SetSRID(ST_MakePoint(lng::float8, lat::float8), 4326);
END;

CREATE OR REPLACE FUNCTION cartodb.CDB_LatLng(lat float8, lng float8) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT ST_SetSRID(ST_MakePoint(lng, lat), 4326);
END;

-- Metres that a pixel of a tile of 256 pixels stands for, at the equator.
CREATE OR REPLACE FUNCTION cartodb.CDB_XYZ_Resolution(z integer) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT 6378137 * 2 * pi() / 256 / power(2, z);
END;

-- A tile's square. Y counts from the north; neighbours share their edges to the last bit.
CREATE OR REPLACE FUNCTION cartodb.CDB_XYZ_Extent(x integer, y integer, z integer) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT ST_MakeEnvelope(
    x * (cartodb.CDB_XYZ_Resolution(z) * 256) - 6378137 * pi(),
    6378137 * pi() - (y + 1) * (cartodb.CDB_XYZ_Resolution(z) * 256),
    (x + 1) * (cartodb.CDB_XYZ_Resolution(z) * 256) - 6378137 * pi(),
    6378137 * pi() - y * (cartodb.CDB_XYZ_Resolution(z) * 256),
    3857);
END;

-- The zoom of a scale's denominator; NULL where it is farther away than the whole world.
CREATE OR REPLACE FUNCTION cartodb.CDB_ZoomFromScale(scaleDenominator numeric) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE
    WHEN scaleDenominator > 600000000 THEN NULL
    WHEN scaleDenominator <= 0 THEN 29
    ELSE least(29, round(ln(559082264.028 / scaleDenominator::float8) / ln(2::float8)))::integer END;
END;

-- The shortest way between two points on the globe; in two parts where it crosses the antimeridian.
CREATE OR REPLACE FUNCTION cartodb.CDB_GreatCircle(
  start_point geometry, end_point geometry, max_segment_length numeric DEFAULT 100000) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
  line geometry := ST_MakeLine(ST_Transform(start_point, 4326), ST_Transform(end_point, 4326));
BEGIN
  line := ST_Segmentize(line::geography, max_segment_length::float8)::geometry;
  IF abs(ST_X(ST_Transform(end_point, 4326)) - ST_X(ST_Transform(start_point, 4326))) <= 180 THEN RETURN line; END IF;
  RETURN ST_WrapX(ST_ShiftLongitude(line), 180, -360);
END
$$;
