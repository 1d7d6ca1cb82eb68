import type { Handler, MiddlewareHandler } from "hono";
import type { Env } from "../http/env.ts";
import { JSON_TYPE, reply, replyJson } from "../http/reply.ts";
import { toCreatedJob, toJob } from "./job.ts";
import type { Jobs } from "./jobs.ts";
import { parseJob, refuseLarge } from "./parse.ts";

/** What the Batch SQL API works with. */
export interface BatchServices {
  jobs: Jobs;
}

/** Refuses a payload that is no job but data, before anybody's key is looked at. */
export const limitJob: MiddlewareHandler<Env> = async function limitJob(c, next) {
  refuseLarge(c.get("params").body);
  await next();
};

/** A form's `query[]=…` is a list, also when there is one. */
const listOf = (value: unknown): unknown => (value === undefined || Array.isArray(value) ? value : [value]);

/** `POST /api/v2/sql/job` */
export function createJob({ jobs }: BatchServices): Handler<Env> {
  return async (c) => {
    const params = c.get("params");
    const job = await jobs.create(
      c.get("account").name,
      parseJob(params.raw("query") ?? listOf(params.raw("query[]"))),
    );
    return reply(c, JSON.stringify(toCreatedJob(job)), { status: 201, headers: JSON_TYPE });
  };
}

/** `GET /api/v2/sql/job`: the account's jobs, the latest first. */
export function listJobs({ jobs }: BatchServices): Handler<Env> {
  return async (c) => {
    const list = (await jobs.list(c.get("account").name)).map(toJob);
    return replyJson(c, { jobs: list, total_rows: list.length });
  };
}

/** `GET /api/v2/sql/job/:job_id` */
export function getJob({ jobs }: BatchServices): Handler<Env> {
  return async (c) => replyJson(c, toJob(await jobs.get(c.get("account").name, c.req.param("job_id") ?? "")));
}

/** `DELETE /api/v2/sql/job/:job_id` */
export function cancelJob({ jobs }: BatchServices): Handler<Env> {
  return async (c) => replyJson(c, toJob(await jobs.cancel(c.get("account").name, c.req.param("job_id") ?? "")));
}
