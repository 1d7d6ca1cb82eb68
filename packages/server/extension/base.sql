-- What the other files build on. They are run in the order of their names.

-- The role that sent the statement. Within a SECURITY DEFINER function current_user is the function's owner, and on the
-- embedded engine session_user is the server's own; only the setting tells there what SET ROLE made of it.
CREATE OR REPLACE FUNCTION cartodb._CDB_Caller() RETURNS name
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role')::name END;
END;

-- `schema.table`, quoted where needed, whatever the search_path; NULL for a table that is gone.
CREATE OR REPLACE FUNCTION cartodb._CDB_QualifiedName(reloid oid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT format('%I.%I', n.nspname, c.relname)
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.oid = reloid;
END;

CREATE OR REPLACE FUNCTION cartodb._CDB_HasColumn(reloid regclass, colname name) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = reloid AND attname = colname AND attnum > 0 AND NOT attisdropped);
END;

-- `colname`, or with a number behind it where the table has such a column; at most 63 bytes.
CREATE OR REPLACE FUNCTION cartodb._CDB_FreeColumnName(reloid regclass, colname name) RETURNS name
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT candidate
  FROM (SELECT colname AS candidate, 0 AS i
        UNION ALL
        SELECT (left(colname, 40) || '_' || g.i)::name, g.i FROM generate_series(1, 1700) AS g (i)) AS candidates
  WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = reloid AND attname = candidate)
  ORDER BY i LIMIT 1;
END;

CREATE OR REPLACE FUNCTION cartodb.schema_exists(schema_name text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = schema_name);
END;
