-- When each table was last changed: what caches go by.

CREATE TABLE IF NOT EXISTS cartodb.CDB_TableMetadata (
  tabname regclass PRIMARY KEY,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Everybody reads the rows of tables that they have a right on, so that nobody learns of another account's tables;
-- nobody writes but the functions below.
GRANT SELECT ON cartodb.CDB_TableMetadata TO PUBLIC;
ALTER TABLE cartodb.CDB_TableMetadata ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_readable_tables ON cartodb.CDB_TableMetadata;
CREATE POLICY of_readable_tables ON cartodb.CDB_TableMetadata FOR SELECT
  USING (has_table_privilege(tabname, 'SELECT, INSERT, UPDATE, DELETE'));

-- Read with the owner's rights, hence the condition again.
CREATE OR REPLACE VIEW cartodb.CDB_TableMetadata_Text WITH (security_barrier) AS
  SELECT cartodb._CDB_QualifiedName(tabname) AS tabname, updated_at
  FROM cartodb.CDB_TableMetadata
  WHERE has_table_privilege(tabname, 'SELECT, INSERT, UPDATE, DELETE');
GRANT SELECT ON cartodb.CDB_TableMetadata_Text TO PUBLIC;

-- Rows of tables that are gone leave when a new table comes, not at each change: those that another transaction is about
-- to remove are left to it.
CREATE OR REPLACE FUNCTION cartodb._CDB_NoteChange(reloid oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM cartodb.CDB_TableMetadata WHERE tabname = reloid) THEN
    DELETE FROM cartodb.CDB_TableMetadata WHERE tabname IN (
      SELECT m.tabname FROM cartodb.CDB_TableMetadata AS m
      WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = m.tabname) FOR UPDATE SKIP LOCKED);
  END IF;
  -- Once a transaction: its time does not move, and each update would leave a dead row.
  INSERT INTO cartodb.CDB_TableMetadata AS m (tabname, updated_at) VALUES (reloid, now())
  ON CONFLICT (tabname) DO UPDATE SET updated_at = excluded.updated_at WHERE m.updated_at <> excluded.updated_at;
END
$$;
REVOKE EXECUTE ON FUNCTION cartodb._CDB_NoteChange(oid) FROM PUBLIC;

CREATE OR REPLACE FUNCTION cartodb.CDB_TableMetadata_Trigger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM cartodb._CDB_NoteChange(TG_RELID);
  RETURN NULL;
END
$$;

-- For those who own the table or may change its rows: others must not empty its caches.
CREATE OR REPLACE FUNCTION cartodb.CDB_TableMetadataTouch(tablename regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  caller name := cartodb._CDB_Caller();
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_class AS c WHERE c.oid = tablename
    AND (pg_has_role(caller, c.relowner, 'USAGE') OR has_table_privilege(caller, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
  ) THEN
    RAISE EXCEPTION 'permission denied for table %', tablename USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM cartodb._CDB_NoteChange(tablename);
END
$$;

CREATE OR REPLACE FUNCTION cartodb.CDB_Last_Updated_Time(tables text[]) RETURNS timestamptz
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT max(updated_at) FROM cartodb.CDB_TableMetadata WHERE tabname = ANY (SELECT to_regclass(t) FROM unnest(tables) AS t);
END;
