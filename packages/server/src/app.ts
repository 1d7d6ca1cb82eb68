import { Hono } from "hono";
import { RegExpRouter } from "hono/router/reg-exp-router";
import type { AccountRegistry } from "./accounts/registry.ts";
import { apiKeys, me } from "./accounts/routes.ts";
import type { Jobs } from "./batch/jobs.ts";
import { cancelJob, createJob, getJob, limitJob, listJobs } from "./batch/routes.ts";
import type { Limits } from "./config.ts";
import { copyFrom, copyTo } from "./copy/routes.ts";
import type { Engine } from "./db/engine.ts";
import type { Guard } from "./db/guard/guard.ts";
import { account } from "./http/account.ts";
import { authenticate, requireMaster } from "./http/authenticate.ts";
import { cors } from "./http/cors.ts";
import type { Env } from "./http/env.ts";
import { notFound, onError } from "./http/errors.ts";
import { health, version } from "./http/health.ts";
import { readParams, readQuery } from "./http/params.ts";
import { requestId } from "./http/request-id.ts";
import type { Log } from "./log.ts";
import { sql } from "./sql/routes.ts";

/** What the routes work with. */
export interface Services {
  engine: Engine;
  guard: Guard;
  accounts: AccountRegistry;
  jobs: Jobs;
  limits: Limits;
  log: Log;
}

/** The server as a function from Request to Response: the one list of everything that is mounted. */
export function createApp(services: Services): Hono<Env> {
  const { accounts, engine, limits, log } = services;
  const app = new Hono<Env>({ strict: false, router: new RegExpRouter() });
  app.onError(onError(log));
  app.notFound(notFound);
  app.use(requestId(log));

  const findAccount = account(accounts);
  const params = readParams({ maxBytes: limits.bodyMaxBytes });
  const sqlKey = authenticate({ api: "sql" });
  const anyKey = authenticate({ api: undefined });

  for (const base of ["/user/:user/api", "/u/:user/api", "/api"]) {
    const sqlPath = `${base}/:version/sql`;
    app.use(`${sqlPath}/*`, cors);
    app.all(sqlPath, findAccount, params, sqlKey, sql(services));
    app.post(`${sqlPath}/copyfrom`, findAccount, readQuery, sqlKey, copyFrom(services));
    app.on(["GET", "POST"], `${sqlPath}/copyto`, findAccount, params, sqlKey, copyTo(services));

    app.post(`${sqlPath}/job`, findAccount, params, limitJob, sqlKey, requireMaster, createJob(services));
    app.get(`${sqlPath}/job`, findAccount, params, sqlKey, requireMaster, listJobs(services));
    app.get(`${sqlPath}/job/:job_id`, findAccount, params, sqlKey, requireMaster, getJob(services));
    app.delete(`${sqlPath}/job/:job_id`, findAccount, params, sqlKey, requireMaster, cancelJob(services));

    app.get(`${base}/:version/version`, version);
    app.get(`${base}/:version/health`, health(engine));
    app.use(`${base}/:version/me`, cors);
    app.use(`${base}/:version/api_keys`, cors);
    app.get(`${base}/:version/me`, findAccount, me);
    app.get(`${base}/:version/api_keys`, findAccount, params, anyKey, apiKeys(services));
  }
  app.get("/health", health(engine));
  return app;
}
