-- Class breaks of numbers, for coloured maps: upper bounds, in ascending order. NULLs don't count.

CREATE OR REPLACE FUNCTION cartodb.CDB_QuantileBins(in_array numeric[], breaks integer) RETURNS numeric[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT percentile_disc(ARRAY(SELECT i::float8 / breaks FROM generate_series(1, breaks) AS i ORDER BY i))
    WITHIN GROUP (ORDER BY v)
  FROM unnest(in_array) AS v WHERE v IS NOT NULL;
END;

-- In the arithmetic of the elements' type, so that integers are divided as integers. Of fractions, the last bound is the
-- largest value itself, which the sum may miss by its last digit.
CREATE OR REPLACE FUNCTION cartodb.CDB_EqualIntervalBins(in_array anyarray, breaks integer) RETURNS anyarray
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fractions CONSTANT boolean := pg_typeof(in_array) = ANY ('{numeric[],real[],double precision[]}'::regtype[]);
  reply ALIAS FOR $0;
BEGIN
  SELECT array_agg(CASE WHEN fractions AND i = breaks THEN hi ELSE lo + (hi - lo) / breaks * i END ORDER BY i) INTO reply
  FROM (SELECT min(v) AS lo, max(v) AS hi FROM unnest(in_array) AS v) AS range, generate_series(1, breaks) AS i
  WHERE lo IS NOT NULL;
  RETURN reply;
END
$$;

-- Each break is the mean of what lies above the one before, which suits numbers of which most are small.
CREATE OR REPLACE FUNCTION cartodb.CDB_HeadsTailsBins(in_array numeric[], breaks integer) RETURNS numeric[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  head numeric[] := ARRAY(SELECT v FROM unnest(in_array) AS v WHERE v IS NOT NULL ORDER BY v);
  mean numeric;
  reply numeric[] := '{}';
BEGIN
  IF cardinality(head) < breaks THEN RETURN nullif(head, '{}'); END IF;
  FOR i IN 1..breaks LOOP
    SELECT avg(v) INTO mean FROM unnest(head) AS v;
    EXIT WHEN mean IS NULL OR mean = reply[i - 1];
    reply := reply || mean;
    head := ARRAY(SELECT v FROM unnest(head) AS v WHERE v > mean);
  END LOOP;
  RETURN reply;
END
$$;
