-- Instantiated maps, until nobody has used them for a while.

CREATE TABLE carto.layergroup (
  account text NOT NULL REFERENCES carto.account (name),
  -- md5 of the MapConfig and of the role that it was made in.
  id text NOT NULL,
  -- Not jsonb, which would change the order of the fields.
  config json NOT NULL,
  -- The named map that it was made of, with who may see it; NULL for an anonymous map.
  template json,
  -- What the database said of its queries, as layergroup/layergroup.ts knows it.
  reading json NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (account, id)
);

CREATE INDEX layergroup_expiry ON carto.layergroup (expires_at);
