-- Batch jobs. A worker holds a job by a lease that it renews; `fence` grows with every claim, so that a worker whose
-- lease was lost can no longer write.

CREATE TABLE carto.job (
  job_id uuid PRIMARY KEY,
  account text NOT NULL REFERENCES carto.account (name),
  -- Order of the queue within an account.
  seq bigint GENERATED ALWAYS AS IDENTITY,
  -- What was sent, with a status for each part.
  query jsonb NOT NULL,
  status text NOT NULL DEFAULT 'pending'
    CHECK (status IN ('pending', 'running', 'done', 'cancelled', 'failed', 'skipped', 'unknown')),
  fallback_status text,
  failed_reason text,
  cancel_requested boolean NOT NULL DEFAULT false,
  worker uuid,
  fence bigint NOT NULL DEFAULT 0,
  lease_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX job_queue ON carto.job (account, seq) WHERE status IN ('pending', 'running');
CREATE INDEX job_finished ON carto.job (updated_at) WHERE status NOT IN ('pending', 'running');
