-- Imports are jobs too: stored, claimed and fenced like those of Batch SQL.

ALTER TABLE carto.job
  ADD COLUMN kind text NOT NULL DEFAULT 'batch',
  -- What a process must have to run the job: the id of the spool that its upload lies in. Null runs anywhere.
  ADD COLUMN place text;

DROP INDEX carto.job_live;
CREATE INDEX job_live ON carto.job (kind, account, seq) WHERE live;
