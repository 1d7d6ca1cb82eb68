-- Templates of named maps.

CREATE TABLE carto.map_template (
  account text NOT NULL REFERENCES carto.account (name),
  name text NOT NULL,
  -- Its JSON. Text, for hashes of it are part of maps' addresses: not a character may change.
  template text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, name)
);
