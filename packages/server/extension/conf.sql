-- Settings of the database that its operator keeps, and the name of the account that asks.

CREATE TABLE IF NOT EXISTS cartodb.CDB_CONF (key text PRIMARY KEY, value json NOT NULL);

-- These run with the rights of the caller, who has none on the table unless it is the operator.
CREATE OR REPLACE FUNCTION cartodb.CDB_Conf_SetConf(key text, value json) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  INSERT INTO cartodb.CDB_CONF AS c (key, value) VALUES (CDB_Conf_SetConf.key, CDB_Conf_SetConf.value)
  ON CONFLICT ON CONSTRAINT cdb_conf_pkey DO UPDATE SET value = excluded.value;
END;

CREATE OR REPLACE FUNCTION cartodb.CDB_Conf_GetConf(key text) RETURNS json
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT c.value FROM cartodb.CDB_CONF AS c WHERE c.key = CDB_Conf_GetConf.key;
END;

CREATE OR REPLACE FUNCTION cartodb.CDB_Conf_RemoveConf(key text) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  DELETE FROM cartodb.CDB_CONF AS c WHERE c.key = CDB_Conf_RemoveConf.key;
END;

-- The account whose key asks. Keys are the server's to read; a caller learns of its own account alone.
CREATE OR REPLACE FUNCTION cartodb.CDB_Username() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT account FROM carto.api_key WHERE role_name = cartodb._CDB_Caller()::text;
END;
