import type { Context } from "hono";
import type { Limits } from "../config.ts";
import type { AbortSource, Engine, Session } from "../db/engine.ts";
import type { Guard } from "../db/guard/guard.ts";
import { SystemTables } from "../db/guard/system-tables.ts";
import type { ResultStream } from "../db/result.ts";
import type { Exporter } from "../exports/exporter.ts";
import { type EncodeOptions, type Encoding, type FileFormat, type Format, isFileFormat } from "../formats/format.ts";
import { isMaster } from "../http/authenticate.ts";
import { breakOff, clientSignal, whenAnswered } from "../http/client.ts";
import type { Env } from "../http/env.ts";
import { type ResponseHeaders, reply } from "../http/reply.ts";
import type { Route } from "../http/route.ts";
import { type Body, calledBack, toBody } from "../http/stream.ts";
import { parseQuery } from "./query.ts";
import { type CheckedQuery, checkQuery, emptyResult, isEmpty, runQuery } from "./run.ts";

/** What the SQL API works with. */
export interface SqlServices {
  engine: Engine;
  guard: Guard;
  limits: Limits;
  exporter: Exporter;
}

/** A checked statement in the format that it is to be told in. */
interface Asked<F> {
  checked: CheckedQuery;
  format: F;
  options: EncodeOptions;
}

/**
 * SQL API, `/api/v2/sql`: every method runs the query.
 *
 * Mounted behind `account`, `readParams` and `authenticate`. Errors are rendered by `http/errors.ts`.
 */
export function sql(services: SqlServices): Route {
  const { engine, guard } = services;
  const systemTables = new SystemTables(engine);
  return async (c) => {
    const startedAt = performance.now();
    const query = parseQuery(c.get("params"));
    const sender = { isMaster: isMaster(c.get("key")), sharedSession: engine.sharedSession };
    const checked = await checkQuery(query, { guard, systemTables, sender });
    const { format, skipfields, filename } = query;
    const options = { skipfields, startedAt, spatialTypes: engine.spatialTypes, filename };
    const type = query.callback === undefined ? format.mime : "text/javascript; charset=utf-8";
    const headers = { "Content-Disposition": query.disposition, "Content-Type": type };
    if (isFileFormat(format)) return sendFile(c, services, { asked: { checked, format, options }, headers });
    const body = await answer(c, services, { checked, format, options });
    // The first 64 KB are there: from here a failure can no longer change the status.
    return reply(c, body, { headers });
  };
}

async function answer(c: Context<Env>, services: SqlServices, asked: Asked<Format>): Promise<Body> {
  const { checked, format, options } = asked;
  const isText = !format.isBinary;
  if (isEmpty(checked))
    return toBody(encode(asked, emptyResult()), { close: async () => {}, breakOff: () => breakOff(c), isText });
  const session = await openSession(c, services, clientSignal(c));
  const close = (): PromiseLike<void> => session[Symbol.asyncDispose]();
  try {
    const result = await runQuery(session, checked, options.spatialTypes);
    return await toBody(encode(asked, result), { close, breakOff: () => breakOff(c), isText });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Makes the file as a whole, so that every error has its status, and sends it. */
async function sendFile(
  c: Context<Env>,
  services: SqlServices,
  { asked, headers }: { asked: Asked<FileFormat>; headers: ResponseHeaders },
): Promise<Response> {
  const { checked, format, options } = asked;
  const { filename: name, spatialTypes } = options;
  const signal = clientSignal(c);
  const rows = async () => {
    const session = await openSession(c, services, signal);
    const close = (): PromiseLike<void> => session[Symbol.asyncDispose]();
    try {
      return { result: await runQuery(session, checked, spatialTypes), close };
    } catch (error) {
      await close();
      throw error;
    }
  };
  const file = await services.exporter.make({ format, name, spatialTypes, signal, rows });
  // Its body may never be read: that of a HEAD, or of a client that has left just now.
  whenAnswered(c, () => void file.close());
  const stalled = (): void => void breakOff(c);
  const body = await toBody(file.read({ idleMs: services.limits.copyIdleMs, stalled }), {
    close: () => file.close(),
    breakOff: () => breakOff(c),
  });
  return reply(c, body, { headers: { ...headers, "Content-Length": String(file.size) } });
}

function openSession(c: Context<Env>, { engine, limits }: SqlServices, signal: AbortSource): Promise<Session> {
  const key = c.get("key");
  const timeoutMs = key.type === "default" ? limits.anonymousTimeoutMs : limits.queryTimeoutMs;
  return engine.session(key.role, { signal, timeoutMs });
}

function encode({ checked: { query }, format, options }: Asked<Format>, result: ResultStream): Encoding {
  const encoding = format.encode(result, options);
  return query.callback === undefined ? encoding : calledBack(encoding, query.callback);
}
