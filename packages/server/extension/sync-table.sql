-- CDB_SyncTable: makes one table equal to another, row by row, by cartodb_id.

-- Columns of the source that are synchronised, in order, each as `prefix.column`.
CREATE OR REPLACE FUNCTION cartodb._CDB_SyncedColumns(src regclass, skip_cols name[], prefix text) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT string_agg(prefix || quote_ident(attname), ', ' ORDER BY attnum)
  FROM pg_attribute
  WHERE attrelid = src AND attnum > 0 AND NOT attisdropped AND attname <> ALL (coalesce(skip_cols, '{}'));
END;

-- Columns that the destination alone has are left as they are; a destination that is not there is made.
CREATE OR REPLACE FUNCTION cartodb.CDB_SyncTable(
  src_table regclass, dst_schema regnamespace, dst_table name, skip_cols name[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  dst CONSTANT text := format('%s.%I', dst_schema, dst_table);
  cols CONSTANT text := cartodb._CDB_SyncedColumns(src_table, skip_cols, '');
  src_cols CONSTANT text := cartodb._CDB_SyncedColumns(src_table, skip_cols, 's.');
  dst_cols CONSTANT text := cartodb._CDB_SyncedColumns(src_table, skip_cols, 'd.');
  n bigint;
BEGIN
  IF to_regclass(dst) IS NULL THEN
    EXECUTE format('CREATE TABLE %s AS SELECT %s FROM %s', dst, cols, src_table);
    GET DIAGNOSTICS n = ROW_COUNT;
    RAISE NOTICE 'INSERTED % row(s)', n;
    RETURN;
  END IF;
  EXECUTE format('DELETE FROM %s AS d WHERE NOT EXISTS (SELECT FROM %s AS s WHERE s.cartodb_id = d.cartodb_id)', dst, src_table);
  GET DIAGNOSTICS n = ROW_COUNT;
  RAISE NOTICE 'DELETED % row(s)', n;
  EXECUTE format(
    'INSERT INTO %s (%s) SELECT %s FROM %s AS s WHERE NOT EXISTS (SELECT FROM %1$s AS d WHERE d.cartodb_id = s.cartodb_id)',
    dst, cols, src_cols, src_table);
  GET DIAGNOSTICS n = ROW_COUNT;
  RAISE NOTICE 'INSERTED % row(s)', n;
  -- Compared as texts, for some types can't be compared.
  EXECUTE format(
    'UPDATE %s AS d SET (%s) = ROW (%s) FROM %s AS s WHERE s.cartodb_id = d.cartodb_id AND ROW (%3$s)::text <> ROW (%5$s)::text',
    dst, cols, src_cols, src_table, dst_cols);
  GET DIAGNOSTICS n = ROW_COUNT;
  RAISE NOTICE 'MODIFIED % row(s)', n;
END
$$;
