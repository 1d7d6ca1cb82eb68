import { Hono } from "hono";
import { RegExpRouter } from "hono/router/reg-exp-router";
import type { AccountRegistry } from "./accounts/registry.ts";
import { apiKeys, me } from "./accounts/routes.ts";
import type { Jobs } from "./batch/jobs.ts";
import { cancelJob, createJob, getJob, limitJob, listJobs } from "./batch/routes.ts";
import type { Limits } from "./config.ts";
import { copyFrom, copyTo } from "./copy/routes.ts";
import { Datasets } from "./datasets/datasets.ts";
import {
  deleteVisualization,
  listVisualizations,
  showVisualization,
  updatePermission,
  updateVisualization,
} from "./datasets/routes.ts";
import type { Engine } from "./db/engine.ts";
import type { Guard } from "./db/guard/guard.ts";
import { account } from "./http/account.ts";
import { authenticate, optionalPlatformKey, platformKey, requireMaster } from "./http/authenticate.ts";
import { cors, preflight } from "./http/cors.ts";
import type { Env } from "./http/env.ts";
import { notFound, onError, PlatformError } from "./http/errors.ts";
import { health, version } from "./http/health.ts";
import { readJson, readParams, readQuery } from "./http/params.ts";
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
  const datasets = new Datasets(engine, limits);
  const findLister = account(accounts, () => new PlatformError(400, { error: "Wrong 'username' parameter value." }));
  const readBody = readJson({ maxBytes: limits.bodyMaxBytes });

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

    const readers = [cors, findAccount, params, optionalPlatformKey];
    const owners = [cors, findAccount, params, platformKey];
    const writers = [cors, findAccount, readBody, platformKey];
    app.options(`${base}/:version/viz/*`, preflight);
    app.get(
      `${base}/:version/viz`,
      behind([cors, findLister, params, optionalPlatformKey], listVisualizations(datasets)),
    );
    app.get(`${base}/:version/viz/:id`, behind(readers, showVisualization(datasets)));
    app.put(`${base}/:version/viz/:id`, behind(writers, updateVisualization(datasets)));
    app.delete(`${base}/:version/viz/:id`, behind(owners, deleteVisualization(datasets)));
    app.put(`${base}/:version/perm/:id`, behind(owners, updatePermission(datasets)));

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
