-- What the database knows of tables: their names, columns and indexes.

-- Tables of the schema at hand: those of other accounts are in schemas of their own.
CREATE OR REPLACE FUNCTION cartodb.CDB_UserTables(perm text DEFAULT 'all') RETURNS SETOF name
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT t.relname
  FROM (
    SELECT c.relname, has_table_privilege(c.oid, 'SELECT') AS mine, has_table_privilege('publicuser', c.oid, 'SELECT') AS everybodys
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = current_schema()
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'topology', 'cartodb')
      AND c.relname NOT IN ('cdb_tablemetadata', 'cdb_analysis_catalog', 'cdb_conf', 'spatial_ref_sys')
  ) AS t
  WHERE CASE perm
    WHEN 'public' THEN t.everybodys
    WHEN 'private' THEN t.mine AND NOT t.everybodys
    WHEN 'all' THEN t.mine OR t.everybodys
    ELSE false END
  ORDER BY t.relname;
END;

CREATE OR REPLACE FUNCTION cartodb.CDB_ColumnNames(reloid regclass) RETURNS SETOF information_schema.sql_identifier
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT attname::information_schema.sql_identifier
  FROM pg_attribute WHERE attrelid = reloid AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
END;

CREATE OR REPLACE FUNCTION cartodb.CDB_ColumnType(reloid regclass, colname text) RETURNS information_schema.character_data
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT format_type(atttypid, NULL)::information_schema.character_data
  FROM pg_attribute WHERE attrelid = reloid AND attname = colname AND attnum > 0 AND NOT attisdropped;
END;

CREATE OR REPLACE FUNCTION cartodb.CDB_TableIndexes(reloid regclass)
RETURNS TABLE (index_name name, index_unique boolean, index_primary boolean, index_keys text[])
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT c.relname, i.indisunique, i.indisprimary,
    ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(1, i.indnkeyatts::integer) AS k ORDER BY k)
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
  WHERE i.indrelid = reloid
  ORDER BY c.relname;
END;

-- Row ids spread evenly over a table's pages; not all need exist.
CREATE OR REPLACE FUNCTION cartodb.CDB_RandomTids(reloid regclass, n integer) RETURNS tid[]
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT array_agg(format('(%s,%s)', floor(i * pages / n), 1 + floor(random() * per_page))::tid ORDER BY i)
  FROM (
    SELECT pg_relation_size(reloid) / current_setting('block_size')::float8 AS pages,
      CASE WHEN relpages > 0 AND reltuples > 0 THEN ceil(reltuples / relpages) ELSE 50 END AS per_page
    FROM pg_class WHERE oid = reloid
  ) AS size, generate_series(0, n - 1) AS i
  WHERE pages > 0;
END;
