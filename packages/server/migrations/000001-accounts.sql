-- What the server itself keeps. No key's role has any right here.

CREATE TABLE carto.setting (
  name text PRIMARY KEY,
  value text NOT NULL
);

CREATE TABLE carto.account (
  id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL UNIQUE,
  schema_name text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE carto.api_key (
  account text NOT NULL REFERENCES carto.account (name),
  name text NOT NULL,
  type text NOT NULL CHECK (type IN ('master', 'default', 'regular')),
  -- Kept as it is, for the Auth API returns it to the master key.
  token text NOT NULL,
  role_name text NOT NULL UNIQUE,
  apis text[] NOT NULL DEFAULT '{sql,maps}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, name),
  UNIQUE (account, token)
);
