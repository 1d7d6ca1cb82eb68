/**
 * SQL that is true of a table, `c` of pg_class, where whatever changes its rows is noted in CDB_TableMetadata: its trigger
 * is there and on, and there is no table besides that its rows are in or that it is a part of.
 */
export const TELLS = `(c.relkind = 'r' AND NOT c.relispartition AND NOT c.relhassubclass AND EXISTS (
  SELECT FROM pg_trigger t
  WHERE t.tgrelid = c.oid AND t.tgfoid = 'cartodb.cdb_tablemetadata_trigger()'::regprocedure
    AND t.tgenabled IN ('O', 'A') AND t.tgtype & 60 = 60
))`;
