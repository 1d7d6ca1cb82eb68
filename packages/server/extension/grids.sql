-- Grids of hexagons and rectangles. Cells are numbered from the origin, so that one cell has the same corners to the last
-- bit in whatever extent it is asked for.

CREATE OR REPLACE FUNCTION cartodb._CDB_CheckGrid(ext geometry, origin geometry, cells float8, maxcells integer) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
BEGIN
  IF ST_SRID(origin) <> ST_SRID(ext) THEN
    RAISE EXCEPTION 'SRID mismatch between extent (%) and origin (%)', ST_SRID(ext), ST_SRID(origin);
  END IF;
  IF cells > maxcells THEN
    RAISE EXCEPTION 'The requested grid is too big to be rendered';
  END IF;
END
$$;

-- A ring from the corners' numbers, counted in steps from the origin.
CREATE OR REPLACE FUNCTION cartodb._CDB_GridCell(
  xs float8[], ys float8[], step_x float8, step_y float8, origin geometry, srid integer) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT ST_SetSRID(ST_MakePolygon(ST_MakeLine(ARRAY(
    SELECT ST_MakePoint(coalesce(ST_X(origin), 0) + x * step_x, coalesce(ST_Y(origin), 0) + y * step_y)
    FROM unnest(xs, ys) WITH ORDINALITY AS corner (x, y, i) ORDER BY i))), srid);
END;

-- With two sides that lie level. Corners are on a grid of half a side by half a height; a column of cells is three of
-- these steps from the next, and every other one is half a cell higher.
CREATE OR REPLACE FUNCTION cartodb.CDB_HexagonGrid(
  ext geometry, side float8, origin geometry DEFAULT NULL, maxcells integer DEFAULT 512 * 512) RETURNS SETOF geometry
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
  step_x CONSTANT float8 := nullif(side, 0) / 2;
  step_y CONSTANT float8 := nullif(side, 0) * sqrt(3) / 2;
  -- From these columns and rows, up to those.
  x0 CONSTANT float8 := ceil((ST_XMin(ext) - coalesce(ST_X(origin), 0)) / (3 * step_x));
  x1 CONSTANT float8 := ceil((ST_XMax(ext) - coalesce(ST_X(origin), 0)) / (3 * step_x)) - 1;
  south CONSTANT float8 := (ST_YMin(ext) - coalesce(ST_Y(origin), 0)) / (2 * step_y);
  north CONSTANT float8 := (ST_YMax(ext) - coalesce(ST_Y(origin), 0)) / (2 * step_y);
BEGIN
  IF (side > 0) IS NOT TRUE THEN RAISE EXCEPTION 'The side of a hexagon must be above 0, not %', side; END IF;
  PERFORM cartodb._CDB_CheckGrid(ext, origin, (x1 - x0 + 1) * (ceil(north) - ceil(south)), maxcells);
  RETURN QUERY
    SELECT cartodb._CDB_GridCell(
      ARRAY[3 * i - 2, 3 * i - 1, 3 * i + 1, 3 * i + 2, 3 * i + 1, 3 * i - 1, 3 * i - 2],
      ARRAY[m, m + 1, m + 1, m, m - 1, m - 1, m], step_x, step_y, origin, ST_SRID(ext))
    FROM generate_series(x0::bigint, x1::bigint) AS i
    CROSS JOIN LATERAL (SELECT abs(i % 2) / 2.0 AS half) AS shift
    CROSS JOIN LATERAL generate_series(ceil(south - half)::bigint, ceil(north - half)::bigint - 1) AS j
    CROSS JOIN LATERAL (SELECT (2 * (j + half))::float8 AS m) AS middle;
END
$$;

-- Cells lie around the grid's points, not between them.
CREATE OR REPLACE FUNCTION cartodb.CDB_RectangleGrid(
  ext geometry, width float8, height float8, origin geometry DEFAULT NULL, maxcells integer DEFAULT 512 * 512)
RETURNS SETOF geometry
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
  x0 CONSTANT float8 := ceil((ST_XMin(ext) - coalesce(ST_X(origin), 0)) / nullif(width, 0));
  x1 CONSTANT float8 := ceil((ST_XMax(ext) - coalesce(ST_X(origin), 0)) / nullif(width, 0)) - 1;
  y0 CONSTANT float8 := ceil((ST_YMin(ext) - coalesce(ST_Y(origin), 0)) / nullif(height, 0));
  y1 CONSTANT float8 := ceil((ST_YMax(ext) - coalesce(ST_Y(origin), 0)) / nullif(height, 0)) - 1;
BEGIN
  IF (width > 0 AND height > 0) IS NOT TRUE THEN
    RAISE EXCEPTION 'The sides of a rectangle must be above 0, not % and %', width, height;
  END IF;
  PERFORM cartodb._CDB_CheckGrid(ext, origin, (x1 - x0 + 1) * (y1 - y0 + 1), maxcells);
  RETURN QUERY
    SELECT cartodb._CDB_GridCell(
      ARRAY[i - 0.5, i - 0.5, i + 0.5, i + 0.5, i - 0.5], ARRAY[j - 0.5, j + 0.5, j + 0.5, j - 0.5, j - 0.5],
      width, height, origin, ST_SRID(ext))
    FROM generate_series(x0::bigint, x1::bigint) AS i, generate_series(y0::bigint, y1::bigint) AS j;
END
$$;

CREATE OR REPLACE FUNCTION cartodb.CDB_MakeHexagon(center geometry, radius float8) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT cartodb._CDB_GridCell(
    ARRAY[-2, -1, 1, 2, 1, -1, -2]::float8[], ARRAY[0, 1, 1, 0, -1, -1, 0]::float8[],
    radius / 2, radius * sqrt(3::float8) / 2, center, ST_SRID(center));
END;
