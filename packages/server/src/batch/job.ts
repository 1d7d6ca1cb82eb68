import type { Job } from "@carto-ts/protocol";
import type { JobRecord } from "../worker/job-record.ts";
import type { JobState } from "./state.ts";

/** A batch job as it is stored. */
export type BatchJob = JobRecord<JobState>;

/** A new job's answer; clients of the original know the order of its fields. */
export function toCreatedJob({ account, state, jobId, createdAt, updatedAt }: BatchJob): Job {
  const { query, status, fallback_status } = state;
  return {
    user: account,
    query,
    job_id: jobId,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
    status,
    ...(fallback_status === undefined ? {} : { fallback_status }),
  };
}

/** A job's answer to whoever reads or cancels it. */
export function toJob({ account, state, jobId, createdAt, updatedAt }: BatchJob): Job {
  const { query, status, fallback_status, failed_reason } = state;
  return {
    user: account,
    status,
    query,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
    ...(failed_reason === undefined ? {} : { failed_reason }),
    ...(fallback_status === undefined ? {} : { fallback_status }),
    job_id: jobId,
  };
}
