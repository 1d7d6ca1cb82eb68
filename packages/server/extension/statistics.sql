-- What numbers, words and dates of a column look like.

-- Shape of a histogram of seven bars: F flat, L falling, J rising, A with one peak, U with one valley, S any other.
-- A step of less than a hundredth of all values is none.
CREATE OR REPLACE FUNCTION cartodb.CDB_DistType(in_array numeric[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  WITH raw AS (SELECT v FROM unnest(in_array) AS v WHERE v IS NOT NULL),
  range AS (SELECT min(v) AS lo, max(v) AS hi, count(*) AS n FROM raw),
  bars AS (
    SELECT bar, count(v) / nullif(max(n), 0)::float8 AS height
    FROM range CROSS JOIN generate_series(1, 7) AS bar
    LEFT JOIN raw ON bar = CASE WHEN hi = lo THEN 4 ELSE least(7, width_bucket(v, lo, hi, 7)) END
    GROUP BY bar),
  steps AS (SELECT bar, height - lag(height) OVER (ORDER BY bar) AS step FROM bars),
  signs AS (SELECT coalesce(string_agg(CASE WHEN step > 0 THEN '+' ELSE '-' END, '' ORDER BY bar), '') AS s
            FROM steps WHERE abs(step) >= 0.01)
  SELECT CASE
    WHEN n = 0 THEN NULL
    WHEN s = '' THEN 'F'
    WHEN s ~ '^-+$' THEN 'L'
    WHEN s ~ '^[+]+$' THEN 'J'
    WHEN s ~ '^[+]+-+$' THEN 'A'
    WHEN s ~ '^-+[+]+$' THEN 'U'
    ELSE 'S' END
  FROM signs, range;
END;

-- Share of the values that the ten most frequent ones are; with a threshold, 1 where they reach it and 0 where not.
CREATE OR REPLACE FUNCTION cartodb.CDB_DistinctMeasure(in_array text[], threshold numeric DEFAULT NULL) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  WITH counts AS (SELECT count(*) AS n FROM unnest(in_array) AS v WHERE v IS NOT NULL GROUP BY v),
  share AS (SELECT (SELECT sum(n) FROM (SELECT n FROM counts ORDER BY n DESC LIMIT 10) AS top) / sum(n) AS of_all FROM counts)
  SELECT CASE WHEN threshold IS NULL THEN of_all WHEN of_all >= threshold THEN 1 ELSE 0 END
  FROM share WHERE of_all IS NOT NULL;
END;

-- Central moments of a whole population; NULL where all values are the same.
CREATE OR REPLACE FUNCTION cartodb._CDB_Moments(in_array numeric[], OUT m2 float8, OUT m3 float8, OUT m4 float8)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT nullif(avg(d ^ 2), 0), avg(d ^ 3), avg(d ^ 4)
  FROM (SELECT (v - avg(v) OVER ())::float8 AS d FROM unnest(in_array) AS v WHERE v IS NOT NULL) AS deviations;
END;

CREATE OR REPLACE FUNCTION cartodb.CDB_Kurtosis(in_array numeric[]) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT (m4 / m2 ^ 2 - 3)::numeric FROM cartodb._CDB_Moments(in_array);
END;

CREATE OR REPLACE FUNCTION cartodb.CDB_Skewness(in_array numeric[]) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT (m3 / m2 ^ 1.5)::numeric FROM cartodb._CDB_Moments(in_array);
END;

CREATE OR REPLACE FUNCTION cartodb._CDB_ModeOf(in_array anycompatiblearray) RETURNS anycompatible
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT mode() WITHIN GROUP (ORDER BY v) FROM unnest(in_array) AS v WHERE v IS NOT NULL
$$;

-- The most frequent value; of several, the smallest.
CREATE OR REPLACE AGGREGATE cartodb.CDB_Math_Mode(anycompatible) (
  sfunc = array_append, stype = anycompatiblearray, initcond = '{}', finalfunc = cartodb._CDB_ModeOf);

CREATE OR REPLACE FUNCTION cartodb.CDB_DateToNumber(input timestamp) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT extract(epoch FROM input)::float8;
END;

CREATE OR REPLACE FUNCTION cartodb.CDB_DateToNumber(input timestamptz) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT extract(epoch FROM input)::float8;
END;

-- A date, or seconds since 1970 in UTC, or NULL.
CREATE OR REPLACE FUNCTION cartodb.CDB_StringToDate(input varchar) RETURNS timestamp
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN input::timestamp;
EXCEPTION WHEN data_exception THEN
  BEGIN
    RETURN to_timestamp(input::integer) AT TIME ZONE 'UTC';
  EXCEPTION WHEN data_exception THEN
    RETURN NULL;
  END;
END
$$;

-- What separates thousands and decimals in a column of texts: NULLs where its values tell nothing, or tell both.
CREATE OR REPLACE FUNCTION cartodb.CDB_DigitSeparator(rel regclass, fld text, OUT t char, OUT d char)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- A separator is one of thousands where it comes twice, and one of decimals where not three digits follow it.
  dot_or_comma CONSTANT text := 'bool_or(v ~ ''^[0-9]{1,3}(\%1$s[0-9]{3}){2,}$|\%1$s[0-9]*\%2$s''), '
    'bool_or(v ~ ''^[^.,]*\%1$s([0-9]{0,2}|[0-9]{4,})$|^[0-9]{4,}\%1$s|^\%1$s|\%2$s[0-9]*\%1$s[0-9]*$'')';
  dot_thousands boolean;
  dot_decimals boolean;
  comma_thousands boolean;
  comma_decimals boolean;
BEGIN
  EXECUTE format('SELECT ' || format(dot_or_comma, '.', ',') || ', ' || format(dot_or_comma, ',', '.')
    || ' FROM (SELECT ltrim(trim(%1$I::text), ''+-'') AS v FROM %2$s) AS values WHERE v ~ ''^[0-9.,]+$''', fld, rel)
  INTO dot_thousands, dot_decimals, comma_thousands, comma_decimals;
  IF (dot_thousands OR comma_decimals) AND NOT (dot_decimals OR comma_thousands) THEN t := '.'; d := ',';
  ELSIF (comma_thousands OR dot_decimals) AND NOT (comma_decimals OR dot_thousands) THEN t := ','; d := '.';
  END IF;
END
$$;
