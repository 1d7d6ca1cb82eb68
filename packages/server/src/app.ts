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
import { cors, preflight } from "./http/cors.ts";
import type { Env } from "./http/env.ts";
import { notFound, onError } from "./http/errors.ts";
import { health, version } from "./http/health.ts";
import { readParams, readQuery } from "./http/params.ts";
import { logRequests } from "./http/request-id.ts";
import { behind } from "./http/route.ts";
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
  if (log.enabled("info")) app.use(logRequests(log));

  const findAccount = account(accounts);
  const params = readParams({ maxBytes: limits.bodyMaxBytes });
  const sqlKey = authenticate({ api: "sql" });
  const anyKey = authenticate({ api: undefined });

  for (const base of ["/user/:user/api", "/u/:user/api", "/api"]) {
    const sqlPath = `${base}/:version/sql`;
    app.options(`${sqlPath}/*`, preflight);
    app.all(sqlPath, behind([cors, findAccount, params, sqlKey], sql(services)));
    app.post(`${sqlPath}/copyfrom`, behind([cors, findAccount, readQuery, sqlKey], copyFrom(services)));
    app.on(["GET", "POST"], `${sqlPath}/copyto`, behind([cors, findAccount, params, sqlKey], copyTo(services)));

    const masterSteps = [cors, findAccount, params, sqlKey, requireMaster];
    app.post(
      `${sqlPath}/job`,
      behind([cors, findAccount, params, limitJob, sqlKey, requireMaster], createJob(services)),
    );
    app.get(`${sqlPath}/job`, behind(masterSteps, listJobs(services)));
    app.get(`${sqlPath}/job/:job_id`, behind(masterSteps, getJob(services)));
    app.delete(`${sqlPath}/job/:job_id`, behind(masterSteps, cancelJob(services)));

    app.get(`${base}/:version/version`, version);
    app.get(`${base}/:version/health`, health(engine));
    app.options(`${base}/:version/me`, preflight);
    app.options(`${base}/:version/api_keys`, preflight);
    app.get(`${base}/:version/me`, behind([cors, findAccount], me));
    app.get(`${base}/:version/api_keys`, behind([cors, findAccount, params, anyKey], apiKeys(services)));
  }
  app.get("/health", health(engine));
  return app;
}
