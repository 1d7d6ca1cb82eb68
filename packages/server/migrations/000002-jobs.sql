-- Batch jobs. A worker holds a job by a lease that it renews; `fence` grows with every claim, so that a worker whose
-- lease was lost can no longer write.

CREATE TABLE carto.job (
  job_id uuid PRIMARY KEY,
  account text NOT NULL REFERENCES carto.account (name),
  -- Order of the queue within an account.
  seq bigint GENERATED ALWAYS AS IDENTITY,
  -- Query, statuses and reasons, as batch/state.ts knows them. Not jsonb, which would change the order of the fields.
  state json NOT NULL,
  -- Whether there is still something to run.
  live boolean NOT NULL DEFAULT true,
  cancel_requested boolean NOT NULL DEFAULT false,
  fence bigint NOT NULL DEFAULT 0,
  lease_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX job_live ON carto.job (account, seq) WHERE live;
CREATE INDEX job_ended ON carto.job (updated_at) WHERE NOT live;
