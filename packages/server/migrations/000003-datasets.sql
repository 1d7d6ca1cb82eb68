-- Datasets: what clients are told of an account's tables that the tables themselves don't hold. The tables decide which
-- there are (see datasets/ghosts.ts).

-- Accounts have the form of id that clients know; the number stays the key of everything in here.
ALTER TABLE carto.account ADD COLUMN uuid uuid NOT NULL UNIQUE DEFAULT gen_random_uuid();

CREATE TABLE carto.dataset (
  -- Clients address a table, the dataset that shows it, the map behind that and the rights on it by four ids.
  table_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  visualization_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  map_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  permission_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  account text NOT NULL REFERENCES carto.account (name),
  -- The table's name in the account's schema.
  name text NOT NULL,
  -- The table's OID, by which a renamed table is known again.
  relation oid NOT NULL,
  -- Both public and link mean that everybody may SELECT; link is in no list of others.
  privacy text NOT NULL CHECK (privacy IN ('private', 'public', 'link')),
  display_name text,
  description text,
  title text,
  license text,
  source text,
  attributions text,
  tags text[] NOT NULL DEFAULT '{}',
  locked boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  -- Checked at a statement's end, for two tables may swap their names.
  UNIQUE (account, name) DEFERRABLE INITIALLY IMMEDIATE
);
