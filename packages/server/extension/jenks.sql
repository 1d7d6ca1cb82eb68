-- Natural breaks: the classes whose values differ least among themselves.
--
-- The best classes are found, not guessed at: for each number of classes and each end, the best start of the last class
-- only grows with the end, so that halving finds all of them in n log n steps (Fisher's dynamic programme).

-- The values in order, as at most 2,000 groups of equal counts: upper bound, and the sums up to it of counts and of values.
-- Values are taken from their mean, which keeps their squares exact enough.
CREATE OR REPLACE FUNCTION cartodb._CDB_JenksGroups(
  in_array numeric[], OUT bounds numeric[], OUT n float8[], OUT s float8[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  WITH raw AS (SELECT v FROM unnest(in_array) AS v WHERE v NOT IN ('NaN', 'Infinity', '-Infinity')),
  mean AS (SELECT avg(v) AS mean FROM raw),
  distinct_values AS (SELECT v, count(*) AS c, (v - mean)::float8 AS d FROM raw, mean GROUP BY v, mean),
  numbered AS (
    SELECT v, c, d, count(*) OVER () AS total, row_number() OVER w AS nth, sum(c) OVER w AS upto, sum(c) OVER () AS everything
    FROM distinct_values WINDOW w AS (ORDER BY v)),
  grouped AS (
    SELECT max(v) AS bound, sum(c)::float8 AS c, sum(c * d) AS s
    FROM numbered
    GROUP BY CASE WHEN total <= 2000 THEN nth ELSE ceil(upto * 2000 / everything)::bigint END)
  SELECT array_agg(bound ORDER BY bound), array_agg(cn ORDER BY bound), array_agg(cs ORDER BY bound)
  FROM (SELECT bound, sum(c) OVER w AS cn, sum(s) OVER w AS cs
        FROM grouped WINDOW w AS (ORDER BY bound)) AS sums;
END;

-- Which groups are the last of their class, for the running sums of counts and values; more groups than breaks.
CREATE OR REPLACE FUNCTION cartodb._CDB_JenksEnds(n float8[], s float8[], breaks integer) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  size CONSTANT integer := cardinality(n);
  -- For classes that end at group r: where the last of them begins, and how far their values are from
  -- their means, but for the sum of the squares up to r, which is the same for all.
  starts integer[] := array_fill(0, ARRAY[size * breaks]);
  before float8[];
  cost float8[];
  best float8;
  deviation float8;
  start integer;
  sum_r float8;
  count_r float8;
  top integer := 1;
  step integer;
  r integer;
  ends integer[] := ARRAY[size];
BEGIN
  cost := ARRAY(SELECT - s[i] * s[i] / n[i] FROM generate_series(1, size) AS i ORDER BY i);
  WHILE top < size LOOP top := 2 * top; END LOOP;
  FOR k IN 2..breaks LOOP
    before := cost;
    step := top;
    WHILE step >= 1 LOOP
      -- Ends between two that are known begin their last class between the starts of those.
      r := CASE WHEN k = breaks THEN size ELSE step END;
      WHILE r <= size LOOP
        IF r >= k THEN
          best := 'Infinity'; sum_r := s[r]; count_r := n[r];
          FOR l IN greatest(k - 1, CASE WHEN r > step THEN starts[(k - 1) * size + r - step] END) ..
            least(r - 1, CASE WHEN r + step <= size THEN starts[(k - 1) * size + r + step] END)
          LOOP
            deviation := before[l] - (sum_r - s[l]) * (sum_r - s[l]) / (count_r - n[l]);
            IF deviation < best THEN best := deviation; start := l; END IF;
          END LOOP;
          cost[r] := best; starts[(k - 1) * size + r] := start;
        END IF;
        r := r + 2 * step;
      END LOOP;
      EXIT WHEN k = breaks;
      step := step / 2;
    END LOOP;
  END LOOP;
  FOR k IN REVERSE breaks..2 LOOP
    ends := starts[(k - 1) * size + ends[1]] || ends;
  END LOOP;
  RETURN ends;
END
$$;

-- `iterations` is for callers of the original, which tries again as often; there is nothing to try again here.
CREATE OR REPLACE FUNCTION cartodb.CDB_JenksBins(
  in_array numeric[], breaks integer, iterations integer DEFAULT 0, invert boolean DEFAULT false) RETURNS numeric[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  groups record;
  uppers numeric[];
BEGIN
  SELECT * INTO groups FROM cartodb._CDB_JenksGroups(in_array);
  IF breaks < 1 OR groups.bounds IS NULL THEN RETURN NULL; END IF;
  uppers := groups.bounds;
  IF cardinality(uppers) > breaks THEN
    uppers := ARRAY(SELECT uppers[i] FROM unnest(cartodb._CDB_JenksEnds(groups.n, groups.s, breaks)) AS i ORDER BY i);
  END IF;
  IF NOT invert THEN RETURN uppers; END IF;
  -- A class begins at the smallest value above the class before.
  RETURN ARRAY(
    SELECT (SELECT min(v) FROM unnest(in_array) AS v WHERE v NOT IN ('NaN', 'Infinity', '-Infinity') AND (i = 1 OR v > uppers[i - 1]))
    FROM generate_subscripts(uppers, 1) AS i ORDER BY i);
END
$$;
