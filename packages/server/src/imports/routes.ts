import type { CreatedImport, ImportList } from "@carto-ts/protocol";
import type { Context } from "hono";
import type { Limits } from "../config.ts";
import { admitPlatformKey, platformKey } from "../http/authenticate.ts";
import { clientSignal } from "../http/client.ts";
import type { Env } from "../http/env.ts";
import { type Params, readParams, readQuery } from "../http/params.ts";
import { replyJson } from "../http/reply.ts";
import type { Route, Step } from "../http/route.ts";
import { type ImportJob, type ImportSource, toImport } from "./import.ts";
import type { Imports } from "./imports.ts";
import { parseImportOptions, parseImportSource } from "./request.ts";
import { isUpload, receiveUpload } from "./upload/receive.ts";
import type { SpoolDir } from "./upload/spool-dir.ts";

/** What the Import API works with. */
export interface ImportServices {
  imports: Imports;
  spool: SpoolDir;
  limits: Limits;
}

/** Reads what says how to import: all parameters, but of an upload those of the query string alone. */
export function readImport({ maxBytes }: { maxBytes: number }): Step {
  const readAll = readParams({ maxBytes });
  return function readImport(c, next) {
    return isUpload(c.req.raw) ? readQuery(c, next) : readAll(c, next);
  };
}

/** Finds the key, unless an upload may still bring it in a field. */
export const importKey: Step = function importKey(c, next) {
  const comesLater = isUpload(c.req.raw) && c.req.header("authorization") === undefined && !hasKey(c.get("params"));
  return comesLater ? undefined : platformKey(c, next);
};

/** `POST /api/v1/imports` */
export function createImport(services: ImportServices): Route {
  return async (c) => {
    const source = isUpload(c.req.raw) ? await receive(c, services) : parseImportSource(c.get("params"));
    const job = await create(c, services, source);
    return replyJson(c, { item_queue_id: job.jobId, success: true } satisfies CreatedImport);
  };
}

/** `GET /api/v1/imports`: ids of the imports that have not ended. */
export function listImports({ imports }: ImportServices): Route {
  return async (c) => {
    const list: ImportList = { imports: await imports.list(c.get("account")), success: true };
    return replyJson(c, list);
  };
}

/** `GET /api/v1/imports/:id` */
export function getImport({ imports }: ImportServices): Route {
  return async (c) => {
    const account = c.get("account");
    return replyJson(c, toImport(await imports.get(account, c.req.param("id") ?? ""), account));
  };
}

/** `DELETE /api/v1/imports/:id`: cancels it. Not of the original. */
export function cancelImport({ imports }: ImportServices): Route {
  return async (c) => {
    const account = c.get("account");
    return replyJson(c, toImport(await imports.cancel(account, c.req.param("id") ?? ""), account));
  };
}

/** Takes a form's file in once its key is known, which may be in a field before it. */
async function receive(c: Context<Env>, { spool, limits }: ImportServices): Promise<ImportSource> {
  const params = c.get("params");
  const { fields, file } = await receiveUpload(c.req.raw, {
    dir: spool.path,
    maxBytes: limits.importMaxBytes,
    idleMs: limits.copyIdleMs,
    signal: clientSignal(c),
    admit: (early) => {
      params.set(early);
      admitPlatformKey(c);
    },
  });
  params.set(fields);
  if (!file) return parseImportSource(params);
  return { kind: "upload", file: file.id, name: file.name, size: file.size };
}

/** Queues the import; what was uploaded for one that can't be goes. */
async function create(c: Context<Env>, { imports, spool }: ImportServices, source: ImportSource): Promise<ImportJob> {
  try {
    return await imports.create(c.get("account"), source, parseImportOptions(c.get("params")));
  } catch (error) {
    if (source.kind === "upload") await spool.remove(source.file);
    throw error;
  }
}

const hasKey = (params: Params): boolean => Boolean(params.text("api_key") || params.text("map_key"));
