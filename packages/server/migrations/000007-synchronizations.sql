-- Synchronizations: datasets that are kept as the file at a URL is. A run of one is an import, whose job is `log_id`.

CREATE TABLE carto.synchronization (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  account text NOT NULL REFERENCES carto.account (name),
  url text NOT NULL,
  -- Seconds between two runs; 0 only runs it when somebody asks.
  interval_s integer NOT NULL,
  -- As imports/import.ts knows them.
  options json NOT NULL,
  -- Name that the first run is to give its table.
  table_name text,
  -- The dataset that it feeds, once there is one. By its id, which a dataset keeps when it is renamed or rewritten.
  table_id uuid UNIQUE REFERENCES carto.dataset (table_id) ON DELETE CASCADE,
  -- Columns that the last load brought. Others of the table are its owner's.
  columns text[] NOT NULL DEFAULT '{}',
  -- Whether it runs is its job's affair: `queued` is one that nobody has looked at since its job ended.
  state text NOT NULL CHECK (state IN ('queued', 'success', 'failure')),
  log_id uuid NOT NULL,
  -- By what the file of the last load is known again: both headers as they came, and the SHA-256 of its content.
  etag text,
  last_modified text,
  checksum text,
  error_code integer,
  error_message text,
  -- Failures since the last run that went well.
  retried_times integer NOT NULL DEFAULT 0,
  -- When it is due; null where only a request runs it.
  run_at timestamptz,
  ran_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX synchronization_account ON carto.synchronization (account);
CREATE INDEX synchronization_due ON carto.synchronization (run_at) WHERE state <> 'queued';
CREATE INDEX synchronization_queued ON carto.synchronization (account) WHERE state = 'queued';
