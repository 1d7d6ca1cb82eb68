-- CDB_GetTableQueries: a table's definition, but for its columns. It comes as statements, each with its place in their order
-- and the name of what it makes.

CREATE OR REPLACE FUNCTION cartodb._CDB_Grantee(role oid) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END;
END;

CREATE OR REPLACE FUNCTION cartodb._CDB_ConstraintsOf(reloid oid) RETURNS TABLE (ord integer, part name, query text)
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT CASE contype WHEN 'f' THEN 5 ELSE 3 END, conname,
    format('ALTER TABLE ONLY %s ADD CONSTRAINT %I %s', cartodb._CDB_QualifiedName(reloid), conname, pg_get_constraintdef(oid))
  FROM pg_constraint WHERE conrelid = reloid AND contype IN ('p', 'u', 'x', 'f')
  UNION ALL
  SELECT 4, c.relname, pg_get_indexdef(i.indexrelid)
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
  WHERE i.indrelid = reloid AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = reloid AND conindid = i.indexrelid);
END;

CREATE OR REPLACE FUNCTION cartodb._CDB_TriggersOf(reloid oid) RETURNS TABLE (ord integer, part name, query text)
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT 6, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = reloid AND NOT tgisinternal
  UNION ALL
  SELECT 7, tgname, format('ALTER TABLE %s DISABLE TRIGGER %I', cartodb._CDB_QualifiedName(reloid), tgname)
  FROM pg_trigger WHERE tgrelid = reloid AND NOT tgisinternal AND tgenabled = 'D';
END;

CREATE OR REPLACE FUNCTION cartodb._CDB_PoliciesOf(reloid oid) RETURNS TABLE (ord integer, part name, query text)
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT 8, polname, format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', polname, cartodb._CDB_QualifiedName(reloid),
      CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
      CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
      (SELECT string_agg(cartodb._CDB_Grantee(r), ', ') FROM unnest(polroles) AS r))
    || coalesce(' USING (' || pg_get_expr(polqual, polrelid) || ')', '')
    || coalesce(' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')', '')
  FROM pg_policy WHERE polrelid = reloid
  UNION ALL
  SELECT 8, relname, format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY%s', cartodb._CDB_QualifiedName(oid),
    CASE WHEN relforcerowsecurity THEN ', FORCE ROW LEVEL SECURITY' ELSE '' END)
  FROM pg_class WHERE oid = reloid AND relrowsecurity;
END;

CREATE OR REPLACE FUNCTION cartodb._CDB_GrantsOf(reloid oid) RETURNS TABLE (ord integer, part name, query text)
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT 10, g.part, format('GRANT %s ON %s TO %s%s', g.what, cartodb._CDB_QualifiedName(reloid),
    cartodb._CDB_Grantee(g.grantee), CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM (
    SELECT c.relname AS part, a.privilege_type AS what, a.grantee, a.is_grantable, c.relowner
    FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a WHERE c.oid = reloid
    UNION ALL
    SELECT t.attname, format('%s (%I)', a.privilege_type, t.attname), a.grantee, a.is_grantable, c.relowner
    FROM pg_class AS c JOIN pg_attribute AS t ON t.attrelid = c.oid AND NOT t.attisdropped
    CROSS JOIN LATERAL aclexplode(t.attacl) AS a WHERE c.oid = reloid
  ) AS g
  WHERE g.grantee <> g.relowner;
END;

-- Columns that number their rows: an identity has its sequence made again, any other sequence changes its owner.
CREATE OR REPLACE FUNCTION cartodb._CDB_SequencesOf(reloid oid) RETURNS TABLE (ord integer, part name, query text)
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  WITH numbered AS (
    SELECT a.attname, a.attidentity, cartodb._CDB_QualifiedName(s.seqrelid) AS sequence, s.*
    FROM pg_depend AS d
    JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    JOIN pg_sequence AS s ON s.seqrelid = d.objid
    WHERE d.refobjid = reloid AND d.refclassid = 'pg_class'::regclass AND d.classid = 'pg_class'::regclass)
  SELECT 2, attname, CASE attidentity
    WHEN '' THEN format('ALTER SEQUENCE %s OWNED BY %s.%I', sequence, cartodb._CDB_QualifiedName(reloid), attname)
    ELSE format('ALTER TABLE %s ALTER COLUMN %I ADD GENERATED %s AS IDENTITY (SEQUENCE NAME %s START WITH %s INCREMENT BY %s '
      'MINVALUE %s MAXVALUE %s CACHE %s%s)', cartodb._CDB_QualifiedName(reloid), attname,
      CASE attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END,
      sequence, seqstart, seqincrement, seqmin, seqmax, seqcache, CASE WHEN seqcycle THEN ' CYCLE' ELSE '' END) END
  FROM numbered
  UNION ALL
  SELECT 2, attname || ' ', format('SELECT pg_catalog.setval(%L, %s)', sequence, last_value)
  FROM numbered CROSS JOIN LATERAL (SELECT pg_sequence_last_value(seqrelid) AS last_value) AS l
  WHERE attidentity <> '' AND last_value IS NOT NULL;
END;

CREATE OR REPLACE FUNCTION cartodb._CDB_SettingsOf(reloid oid) RETURNS TABLE (ord integer, part name, query text)
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  WITH t AS (SELECT cartodb._CDB_QualifiedName(oid) AS named, * FROM pg_class WHERE oid = reloid)
  SELECT 1, relname, format('ALTER TABLE %s OWNER TO %I', named, pg_get_userbyid(relowner)) FROM t
  UNION ALL
  SELECT 9, relname, format('ALTER TABLE %s SET (%s)', named, array_to_string(reloptions, ', ')) FROM t
  WHERE reloptions IS NOT NULL
  UNION ALL
  SELECT 9, relname, format('COMMENT ON TABLE %s IS %L', named, obj_description(oid, 'pg_class')) FROM t
  WHERE obj_description(oid, 'pg_class') IS NOT NULL;
END;

-- Whether CDB_CartodbfyTable would give this to the table.
CREATE OR REPLACE FUNCTION cartodb._CDB_IsOfCartodbfy(ord integer, part name, query text) RETURNS boolean
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT CASE ord
    WHEN 2 THEN btrim(part) = 'cartodb_id'
    WHEN 3 THEN query ~ 'PRIMARY KEY \(cartodb_id\)$'
    WHEN 4 THEN query ~ 'USING gist \(the_geom(_webmercator)?\)$'
    WHEN 6 THEN part IN ('track_updates', 'update_the_geom_webmercator_trigger', 'test_quota', 'test_quota_per_row')
    ELSE false END;
END;

-- What makes a copy of the columns and rows the table that it was: statements to run in this order. With
-- ignore_cartodbfication, without what CDB_CartodbfyTable would give it again.
CREATE OR REPLACE FUNCTION cartodb.CDB_GetTableQueries(reloid oid, ignore_cartodbfication boolean DEFAULT false) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = reloid AND relkind = 'p') THEN
    RAISE EXCEPTION 'CDB_GetTableQueries does not support the parent of partitioned tables';
  END IF;
  RETURN ARRAY(
    SELECT q.query
    FROM (
      SELECT * FROM cartodb._CDB_SettingsOf(reloid)
      UNION ALL SELECT * FROM cartodb._CDB_SequencesOf(reloid)
      UNION ALL SELECT * FROM cartodb._CDB_ConstraintsOf(reloid)
      UNION ALL SELECT * FROM cartodb._CDB_TriggersOf(reloid)
      UNION ALL SELECT * FROM cartodb._CDB_PoliciesOf(reloid)
      UNION ALL SELECT * FROM cartodb._CDB_GrantsOf(reloid)
    ) AS q
    WHERE NOT (ignore_cartodbfication AND cartodb._CDB_IsOfCartodbfy(q.ord, q.part, q.query))
    ORDER BY q.ord, q.part);
END
$$;
