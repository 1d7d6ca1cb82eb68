-- CDB_RegenerateTable: writes a table anew from its own definition, which frees the places of columns that were dropped
-- (a table may have 1,600 in its life).

-- Runs what can be run of these statements, with a warning for each that can't. It takes any text, which no key but its account's
-- master key may send: see the grants in accounts/roles.ts.
CREATE OR REPLACE FUNCTION cartodb.CDB_ApplyQueriesSafe(queries text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  query pg_catalog.text;
BEGIN
  FOREACH query IN ARRAY queries LOOP
    BEGIN
      EXECUTE query;
    EXCEPTION WHEN others THEN
      RAISE WARNING 'CDB_ApplyQueriesSafe: % (%)', SQLERRM, query;
    END;
  END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION cartodb.CDB_ApplyQueriesSafe(text[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION cartodb._CDB_CheckRegenerable(reloid oid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  kind "char";
  owner oid;
BEGIN
  SELECT relkind, relowner INTO kind, owner FROM pg_catalog.pg_class WHERE oid = reloid;
  IF kind = 'p' THEN
    RAISE EXCEPTION 'CDB_RegenerateTable does not support the parent of partitioned tables';
  END IF;
  IF kind IS DISTINCT FROM 'r' OR EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = reloid) THEN
    RAISE EXCEPTION 'CDB_RegenerateTable does not support %: it is no table, or a part of another one', reloid::regclass;
  END IF;
  IF NOT pg_has_role(owner, 'USAGE') THEN
    RAISE EXCEPTION 'must be owner of table %', reloid::regclass USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;

-- The table's columns and rows, under another name. Fails where policies would hide rows from the owner.
CREATE OR REPLACE FUNCTION cartodb._CDB_CopyTable(reloid oid) RETURNS text
LANGUAGE plpgsql SET search_path FROM CURRENT SET row_security = off AS $$
DECLARE
  old CONSTANT text := cartodb._CDB_QualifiedName(reloid);
  written text;
  columns text;
BEGIN
  SELECT format('%I.%I', n.nspname, '_cdb_regenerate_' || c.oid), (
      SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_catalog.pg_attribute
      WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '')
  INTO written, columns
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = reloid;
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY)', written, old);
  EXECUTE format('INSERT INTO %s (%s) SELECT %2$s FROM %s', written, columns, old);
  RETURN written;
END
$$;

-- All or nothing. What depends on the table, such as a view, makes this fail.
CREATE OR REPLACE FUNCTION cartodb.CDB_RegenerateTable(reloid oid) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  old CONSTANT text := cartodb._CDB_QualifiedName(reloid);
  was_known CONSTANT boolean := EXISTS (SELECT FROM cartodb.CDB_TableMetadata WHERE tabname = reloid);
  table_name CONSTANT name := (SELECT relname FROM pg_catalog.pg_class WHERE oid = reloid);
  queries text[];
  written text;
  query text;
BEGIN
  PERFORM cartodb._CDB_CheckRegenerable(reloid);
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', old);
  queries := cartodb.CDB_GetTableQueries(reloid);
  written := cartodb._CDB_CopyTable(reloid);
  FOR query IN
    SELECT format('ALTER SEQUENCE %s OWNED BY NONE', d.objid::regclass)
    FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = d.objid
    WHERE d.refobjid = reloid AND d.deptype = 'a' AND d.classid = 'pg_catalog.pg_class'::regclass
  LOOP
    EXECUTE query;
  END LOOP;
  PERFORM cartodb._CDB_DropReplaced(reloid);
  EXECUTE format('ALTER TABLE %s RENAME TO %I', written, table_name);
  FOREACH query IN ARRAY queries LOOP
    EXECUTE query;
  END LOOP;
  IF was_known THEN PERFORM cartodb.CDB_TableMetadataTouch(old::regclass); END IF;
END
$$;
