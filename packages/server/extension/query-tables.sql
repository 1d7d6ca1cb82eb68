-- Which tables a query reads, and how much of them.

-- Where the quote, dollar quote or comment that begins with the i-th piece ends; i itself where none does. A quote that
-- isn't closed ends behind the last piece.
CREATE OR REPLACE FUNCTION cartodb._CDB_EndOfQuote(pieces text[], i integer) RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  last CONSTANT integer := cardinality(pieces);
  p CONSTANT text := pieces[i];
  name CONSTANT text := '[A-Za-z_\u0080-\U0010ffff][0-9A-Za-z_\u0080-\U0010ffff]*$';
  escapes boolean;
  tag text;
  depth integer := 1;
BEGIN
  IF p IN ('''', '"') THEN
    escapes := p = '''' AND pieces[i - 1] ~ '(^|[^0-9A-Za-z_\u0080-\U0010ffff])[eE]$' AND pieces[i - 2] <> '$';
    LOOP
      i := i + 1;
      IF escapes AND (pieces[i] = '\' OR pieces[i] = p AND pieces[i + 1] = p) THEN i := i + 1;
      ELSIF pieces[i] = p OR i > last THEN RETURN i;
      END IF;
    END LOOP;
  ELSIF p = '-' AND pieces[i + 1] = '-' THEN
    WHILE i < last AND pieces[i] NOT IN (E'\n', E'\r') LOOP i := i + 1; END LOOP;
  ELSIF p = '/' AND pieces[i + 1] = '*' THEN
    i := i + 2;
    WHILE depth > 0 AND i <= last LOOP
      IF pieces[i] = '*' AND pieces[i + 1] = '/' THEN depth := depth - 1; i := i + 1;
      ELSIF pieces[i] = '/' AND pieces[i + 1] = '*' THEN depth := depth + 1; i := i + 1;
      END IF;
      i := i + 1;
    END LOOP;
    RETURN i - 1;
  ELSIF p = '$' AND pieces[i - 1] <> '$' AND pieces[i - 1] !~ name THEN
    -- A dollar within a name is a letter.
    tag := CASE WHEN pieces[i + 1] = '$' THEN '' WHEN pieces[i + 2] = '$' AND pieces[i + 1] ~ ('^' || name) THEN pieces[i + 1] END;
    IF tag IS NULL THEN RETURN i; END IF;
    i := i + CASE tag WHEN '' THEN 2 ELSE 3 END;
    WHILE i <= last AND NOT (pieces[i] = '$' AND (tag = '' OR pieces[i + 1] = tag)
        AND pieces[i + CASE tag WHEN '' THEN 1 ELSE 2 END] = '$') LOOP i := i + 1; END LOOP;
    RETURN i + CASE tag WHEN '' THEN 1 ELSE 2 END;
  END IF;
  RETURN i;
END
$$;

-- The text's statements, cut at semicolons outside of quotes, dollar quotes and comments. It is read in pieces: each
-- special character alone, and what lies between them.
CREATE OR REPLACE FUNCTION cartodb.CDB_QueryStatements(query text) RETURNS SETOF text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Two more at the start, so that what is before a piece can be asked for; a semicolon at the end.
  pieces CONSTANT text[] := ARRAY['', ''] || ARRAY(
    SELECT m[1] FROM regexp_matches(query, '[^''"$;/*\n\r\\-]+|[''"$;/*\n\r\\-]', 'g') WITH ORDINALITY AS p (m, i) ORDER BY i)
    || ARRAY[';'];
  last CONSTANT integer := cardinality(pieces);
  -- 1 for each piece that is a statement's last.
  ends integer[] := array_fill(0, ARRAY[cardinality(pieces)]);
  i integer := 3;
BEGIN
  WHILE i < last LOOP
    IF pieces[i] IN ('''', '"', '$', '-', '/') THEN i := cartodb._CDB_EndOfQuote(pieces, i); END IF;
    IF i < last AND pieces[i] = ';' THEN ends[i] := 1; END IF;
    i := i + 1;
  END LOOP;
  RETURN QUERY
    SELECT s.statement
    FROM (
      SELECT p.nth, btrim(left(string_agg(p.piece, '' ORDER BY p.i), -1), E' \t\n\r\f\v') AS statement
      FROM (
        SELECT e.piece, e.i, sum(e.ends) OVER (ORDER BY e.i) - e.ends AS nth
        FROM unnest(pieces, ends) WITH ORDINALITY AS e (piece, ends, i)
      ) AS p GROUP BY p.nth
    ) AS s
    WHERE s.statement <> ''
    ORDER BY s.nth;
END
$$;

-- The plan of one statement; NULL where it has none, as DDL. A cursor takes no second statement, whatever the text holds.
-- The search_path is the caller's, for the tables are.
CREATE OR REPLACE FUNCTION cartodb._CDB_PlanOf(statement text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  line pg_catalog.record;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (FORMAT JSON, VERBOSE) ' OPERATOR(pg_catalog.||) statement LOOP
    RETURN line."QUERY PLAN"::pg_catalog.jsonb;
  END LOOP;
  RETURN NULL;
EXCEPTION WHEN syntax_error THEN
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION cartodb.CDB_QueryTablesText(query text) RETURNS text[]
LANGUAGE sql VOLATILE STRICT
BEGIN ATOMIC
  SELECT ARRAY(
    SELECT DISTINCT format('%I.%I', node ->> 'Schema', node ->> 'Relation Name')
    FROM cartodb.CDB_QueryStatements(query) AS statement
    CROSS JOIN LATERAL jsonb_path_query(cartodb._CDB_PlanOf(statement), 'strict $.** ? (exists (@."Relation Name"))') AS node
    ORDER BY 1);
END;

CREATE OR REPLACE FUNCTION cartodb.CDB_QueryTables(query text) RETURNS name[]
LANGUAGE sql VOLATILE STRICT
BEGIN ATOMIC
  SELECT cartodb.CDB_QueryTablesText(query)::name[];
END;

-- When each table that the query reads was last changed; NULL where that isn't known.
CREATE OR REPLACE FUNCTION cartodb.CDB_QueryTables_Updated_At(query text)
RETURNS TABLE (dbname text, schema_name text, table_name text, updated_at timestamptz)
LANGUAGE sql VOLATILE STRICT
BEGIN ATOMIC
  SELECT current_database()::text, quote_ident(n.nspname), quote_ident(c.relname), m.updated_at
  FROM unnest(cartodb.CDB_QueryTablesText(query)) AS t
  JOIN pg_class AS c ON c.oid = to_regclass(t)
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN cartodb.CDB_TableMetadata AS m ON m.tabname = c.oid
  ORDER BY 2, 3;
END;

-- ANALYZE for a caller who may read the table but isn't its owner; only where nothing is known of it.
CREATE OR REPLACE FUNCTION cartodb._CDB_AnalyzeOnce(reloid regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_class WHERE oid = reloid AND reltuples < 0 AND relkind IN ('r', 'm') AND relpersistence <> 't')
      AND has_table_privilege(cartodb._CDB_Caller(), reloid, 'SELECT')
      AND current_setting('transaction_read_only') = 'off' THEN
    EXECUTE format('ANALYZE %s', cartodb._CDB_QualifiedName(reloid));
  END IF;
END
$$;

-- How many rows the planner thinks a query has.
CREATE OR REPLACE FUNCTION cartodb.CDB_EstimateRowCount(query text) RETURNS numeric
LANGUAGE sql VOLATILE STRICT
BEGIN ATOMIC
  SELECT count(cartodb._CDB_AnalyzeOnce(to_regclass(t))) FROM unnest(cartodb.CDB_QueryTablesText(query)) AS t;
  SELECT (cartodb._CDB_PlanOf(query) #>> '{0,Plan,Plan Rows}')::numeric;
END;
