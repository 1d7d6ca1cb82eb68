import { Hono } from "hono";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { getPathNoStrict } from "hono/utils/url";
import type { AccountRegistry } from "./accounts/registry.ts";
import { listApiKeys, me, showApiKey, showUser } from "./accounts/routes.ts";
import type { Jobs } from "./batch/jobs.ts";
import { cancelJob, createJob, getJob, limitJob, listJobs } from "./batch/routes.ts";
import type { Limits } from "./config.ts";
import { copyFrom, copyTo } from "./copy/routes.ts";
import {
  changeRecord,
  createColumn,
  createRecord,
  deleteColumn,
  listColumns,
  removeRecord,
  showColumn,
  showRecord,
  updateColumn,
} from "./datasets/content-routes.ts";
import { Datasets } from "./datasets/datasets.ts";
import {
  deleteVisualization,
  listDatasets,
  listVisualizations,
  showVisualization,
  updatePermission,
  updateVisualization,
} from "./datasets/routes.ts";
import { createTable, showTable, updateTable } from "./datasets/table-routes.ts";
import { Tables } from "./datasets/tables.ts";
import type { Engine } from "./db/engine.ts";
import type { Guard } from "./db/guard/guard.ts";
import type { Exporter } from "./exports/exporter.ts";
import { account, inUserForm } from "./http/account.ts";
import { authenticate, optionalPlatformKey, platformKey, requireMaster } from "./http/authenticate.ts";
import { cors, preflight } from "./http/cors.ts";
import type { Env } from "./http/env.ts";
import { notFound, onError, PlatformError } from "./http/errors.ts";
import { health, version } from "./http/health.ts";
import { mapsApi, mapsPreflight, noSuchPath } from "./http/maps.ts";
import { readJson, readParams, readQuery, readQueryAndJson } from "./http/params.ts";
import { logRequests } from "./http/request-id.ts";
import { behind } from "./http/route.ts";
import type { Imports } from "./imports/imports.ts";
import { cancelImport, createImport, getImport, importKey, listImports, readImport } from "./imports/routes.ts";
import type { SpoolDir } from "./imports/upload/spool-dir.ts";
import type { Log } from "./log.ts";
import { refuseMapKey } from "./maps/access.ts";
import { mapError } from "./maps/map-error.ts";
import { createTemplate, deleteTemplate, getTemplate, listTemplates, updateTemplate } from "./maps/named-routes.ts";
import {
  instantiateByBody,
  instantiateByUrl,
  instantiateNamed,
  instantiateNamedByUrl,
  type MapServices,
  unpackLzma,
} from "./maps/routes.ts";
import { showOfMap } from "./maps/show-of-map.ts";
import { tellMapError } from "./maps/tell-map-error.ts";
import { sql } from "./sql/routes.ts";
import {
  createSync,
  deleteSync,
  listSyncs,
  showSync,
  startSync,
  syncState,
  updateSync,
} from "./synchronizations/routes.ts";
import type { Synchronizations } from "./synchronizations/synchronizations.ts";
import { viewer } from "./viewer/routes.ts";

/** What the routes work with. */
export interface Services {
  engine: Engine;
  guard: Guard;
  accounts: AccountRegistry;
  jobs: Jobs;
  imports: Imports;
  maps: MapServices;
  spool: SpoolDir;
  exporter: Exporter;
  syncs: Synchronizations;
  limits: Limits;
  log: Log;
  /** Name of the account that pages are of where none is named. */
  firstAccount: string;
}

/** The server as a function from Request to Response: the one list of everything that is mounted. */
export function createApp(services: Services): Hono<Env> {
  const { engine, guard, limits, log } = services;
  // A path may end with a slash, and name the account in a form of the Maps API alone.
  const app = new Hono<Env>({ getPath: (request) => inUserForm(getPathNoStrict(request)), router: new RegExpRouter() });
  app.onError(onError(log));
  app.notFound(notFound);
  if (log.enabled("info")) app.use(logRequests(log));

  const datasets = new Datasets(engine, limits);
  const tables = new Tables({ engine, guard, datasets });
  for (const base of ["/user/:user/api", "/u/:user/api", "/api"]) {
    // The version is not looked at: the router can't tell a fixed one from any.
    const mount: Mount = { app, base: `${base}/:version`, services };
    mountSql(mount);
    mountAccounts(mount, datasets);
    mountDatasets(mount, datasets);
    mountTables(mount, { datasets, tables });
    mountImports(mount);
    mountSyncs(mount, datasets);
    mountMaps(mount);
    app.get(`${mount.base}/version`, version);
    app.get(`${mount.base}/health`, health(engine));
  }
  app.get("/health", health(engine));
  mountViewer(app, services);
  return app;
}

/** Where an API is mounted. */
interface Mount {
  app: Hono<Env>;
  /** Path that the API's own ones are below. */
  base: string;
  services: Services;
}

function mountSql({ app, base, services }: Mount): void {
  const path = `${base}/sql`;
  const findAccount = account(services.accounts);
  const params = readParams({ maxBytes: services.limits.bodyMaxBytes });
  const key = authenticate({ api: "sql" });
  app.options(`${path}/*`, preflight);
  app.all(path, behind([cors, findAccount, params, key], sql(services)));
  app.post(`${path}/copyfrom`, behind([cors, findAccount, readQuery, key], copyFrom(services)));
  app.on(["GET", "POST"], `${path}/copyto`, behind([cors, findAccount, params, key], copyTo(services)));

  const masterSteps = [cors, findAccount, params, key, requireMaster];
  app.post(`${path}/job`, behind([cors, findAccount, params, limitJob, key, requireMaster], createJob(services)));
  app.get(`${path}/job`, behind(masterSteps, listJobs(services)));
  app.get(`${path}/job/:job_id`, behind(masterSteps, getJob(services)));
  app.delete(`${path}/job/:job_id`, behind(masterSteps, cancelJob(services)));
}

/** Steps of the platform APIs: for whoever has a key, or none; and for the master key alone. */
function platformSteps({ accounts, limits }: Services) {
  const findAccount = account(accounts);
  const params = readParams({ maxBytes: limits.bodyMaxBytes });
  return {
    anybody: [cors, findAccount, params],
    readers: [cors, findAccount, params, optionalPlatformKey],
    owners: [cors, findAccount, params, platformKey],
  };
}

function mountAccounts({ app, base, services }: Mount, datasets: Datasets): void {
  const { anybody, readers, owners } = platformSteps(services);
  const parts = { engine: services.engine, datasets };
  for (const path of ["me", "api_keys/*", "users/*"]) app.options(`${base}/${path}`, preflight);
  app.get(`${base}/me`, behind(anybody, me(parts)));
  app.get(`${base}/users/:id`, behind(owners, showUser(parts)));
  app.get(`${base}/api_keys`, behind(readers, listApiKeys(parts)));
  app.get(`${base}/api_keys/:name`, behind(readers, showApiKey(parts)));
}

function mountDatasets({ app, base, services }: Mount, datasets: Datasets): void {
  const { accounts, limits } = services;
  const { readers, owners } = platformSteps(services);
  const findLister = account(accounts, () => new PlatformError(400, { error: "Wrong 'username' parameter value." }));
  const listers = [cors, findLister, readParams({ maxBytes: limits.bodyMaxBytes }), optionalPlatformKey];
  const writers = [cors, account(accounts), readJson({ maxBytes: limits.bodyMaxBytes }), platformKey];
  for (const path of ["viz/*", "perm/*", "datasets"]) app.options(`${base}/${path}`, preflight);
  app.get(`${base}/viz`, behind(listers, listVisualizations(datasets)));
  app.get(`${base}/viz/:id`, behind(readers, showVisualization(datasets)));
  app.put(`${base}/viz/:id`, behind(writers, updateVisualization(datasets)));
  app.delete(`${base}/viz/:id`, behind(owners, deleteVisualization(datasets)));
  app.put(`${base}/perm/:id`, behind(writers, updatePermission(datasets)));
  app.get(`${base}/datasets`, behind(owners, listDatasets(datasets)));
}

function mountTables({ app, base, services }: Mount, parts: { datasets: Datasets; tables: Tables }): void {
  const { owners } = platformSteps(services);
  const table = `${base}/tables/:id`;
  app.options(`${base}/tables/*`, preflight);
  app.post(`${base}/tables`, behind(owners, createTable(parts)));
  app.get(table, behind(owners, showTable(parts)));
  app.put(table, behind(owners, updateTable(parts)));

  app.get(`${table}/columns`, behind(owners, listColumns(parts)));
  app.post(`${table}/columns`, behind(owners, createColumn(parts)));
  app.get(`${table}/columns/:column`, behind(owners, showColumn(parts)));
  app.put(`${table}/columns/:column`, behind(owners, updateColumn(parts)));
  app.delete(`${table}/columns/:column`, behind(owners, deleteColumn(parts)));

  app.post(`${table}/records`, behind(owners, createRecord(parts)));
  app.get(`${table}/records/:record`, behind(owners, showRecord(parts)));
  app.put(`${table}/records/:record`, behind(owners, changeRecord(parts)));
  app.delete(`${table}/records/:record`, behind(owners, removeRecord(parts)));
}

function mountImports({ app, base, services }: Mount): void {
  const { accounts, limits } = services;
  const { owners } = platformSteps(services);
  const path = `${base}/imports`;
  const readsImport = readImport({ maxBytes: limits.bodyMaxBytes });
  app.options(`${path}/*`, preflight);
  app.post(path, behind([cors, account(accounts), readsImport, importKey], createImport(services)));
  app.get(path, behind(owners, listImports(services)));
  app.get(`${path}/:id`, behind(owners, getImport(services)));
  app.delete(`${path}/:id`, behind(owners, cancelImport(services)));
}

function mountSyncs({ app, base, services }: Mount, datasets: Datasets): void {
  const { accounts, limits, syncs } = services;
  const { owners } = platformSteps(services);
  const writers = [cors, account(accounts), readJson({ maxBytes: limits.bodyMaxBytes }), platformKey];
  const parts = { syncs, datasets, limits };
  const path = `${base}/synchronizations`;
  app.options(`${path}/*`, preflight);
  app.post(path, behind(writers, createSync(parts)));
  app.get(path, behind(owners, listSyncs(parts)));
  app.get(`${path}/:id`, behind(owners, showSync(parts)));
  app.put(`${path}/:id`, behind(writers, updateSync(parts)));
  app.delete(`${path}/:id`, behind(owners, deleteSync(parts)));
  app.get(`${path}/:id/sync_now`, behind(owners, syncState(parts)));
  app.put(`${path}/:id/sync_now`, behind(owners, startSync(parts)));
}

function mountViewer(app: Hono<Env>, services: Services): void {
  const { root, list, queryOrAsset, map } = viewer(services);
  app.get("/", root);
  app.get("/viewer/:user", list);
  app.get("/viewer/:user/:kind", queryOrAsset);
  app.get("/viewer/:user/:kind/:name", map);
}

/** Bytes of a MapConfig, a template or its parameters. */
const MAP_MAX_BYTES = 2 * 1024 ** 2;

/** Below an instantiated map everything is one route: the router can't tell a map's token from a fixed word. */
function mountMaps({ app, base, services }: Mount): void {
  const { accounts, limits, log, maps } = services;
  const path = `${base}/map`;
  const route = mapsApi({ tell: tellMapError, log });
  const findAccount = account(accounts, unknownMapAccount);
  const key = authenticate({ api: "maps", refuse: refuseMapKey });
  const params = readQueryAndJson({ maxBytes: Math.min(MAP_MAX_BYTES, limits.bodyMaxBytes), malformed: malformedMap });
  const readers = [findAccount, readQuery, unpackLzma(maps), key];
  const writers = [findAccount, params, key];

  app.options(path, mapsPreflight("GET,HEAD,POST"));
  app.options(`${path}/*`, mapsPreflight("GET,HEAD,POST,PUT,DELETE"));
  app.get(path, route(readers, instantiateByUrl(maps)));
  app.post(path, route(writers, instantiateByBody(maps)));
  app.post(`${path}/named`, route(writers, createTemplate(maps)));
  app.get(`${path}/named`, route(readers, listTemplates(maps)));
  app.get(`${path}/named/:id`, route(readers, getTemplate(maps)));
  app.put(`${path}/named/:id`, route(writers, updateTemplate(maps)));
  app.delete(`${path}/named/:id`, route(writers, deleteTemplate(maps)));
  app.post(`${path}/named/:id`, route(writers, instantiateNamed(maps)));
  app.get(`${path}/named/:id/jsonp`, route(readers, instantiateNamedByUrl(maps)));
  app.all(path, noSuchPath);
  // One route for all methods: with another behind it, every tile would go through a chain of both.
  const show = route(readers, showOfMap(maps));
  app.all(`${path}/*`, (c) => (c.req.method === "GET" || c.req.method === "HEAD" ? show(c) : noSuchPath(c)));
}

const unknownMapAccount = (): Error =>
  mapError("DB host or name not found in redis (try CARTODB/script/restore_redis)", { status: 404 });

const malformedMap = (words: string): Error =>
  mapError(`SyntaxError: ${words}`, { status: 400, type: "entity.parse.failed" });
