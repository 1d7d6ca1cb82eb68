import type { Context } from "hono";
import type { Limits } from "../config.ts";
import type { Engine } from "../db/engine.ts";
import type { Guard } from "../db/guard/guard.ts";
import { SystemTables } from "../db/guard/system-tables.ts";
import type { ResultStream } from "../db/result.ts";
import type { EncodeOptions, Encoding } from "../formats/format.ts";
import { isMaster } from "../http/authenticate.ts";
import { breakOff, clientSignal } from "../http/client.ts";
import type { Env } from "../http/env.ts";
import { reply } from "../http/reply.ts";
import type { Route } from "../http/route.ts";
import { type Body, calledBack, toBody } from "../http/stream.ts";
import { parseQuery, type SqlQuery } from "./query.ts";
import { type CheckedQuery, checkQuery, emptyResult, isEmpty, runQuery } from "./run.ts";

/** What the SQL API works with. */
export interface SqlServices {
  engine: Engine;
  guard: Guard;
  limits: Limits;
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
    const { skipfields, filename } = query;
    const options = { skipfields, startedAt, spatialTypes: engine.spatialTypes, filename };
    const body = await answer(c, services, { checked, options });
    // The first 64 KB are there: from here a failure can no longer change the status.
    const type = query.callback === undefined ? query.format.mime : "text/javascript; charset=utf-8";
    return reply(c, body, { headers: { "Content-Disposition": query.disposition, "Content-Type": type } });
  };
}

async function answer(
  c: Context<Env>,
  { engine, limits }: SqlServices,
  { checked, options }: { checked: CheckedQuery; options: EncodeOptions },
): Promise<Body> {
  const { query } = checked;
  if (isEmpty(checked))
    return toBody(encode(query, emptyResult(), options), {
      close: async () => {},
      breakOff: () => breakOff(c),
      isText: !query.format.isBinary,
    });
  const key = c.get("key");
  const session = await engine.session(key.role, {
    signal: clientSignal(c),
    timeoutMs: key.type === "default" ? limits.anonymousTimeoutMs : limits.queryTimeoutMs,
  });
  const close = (): PromiseLike<void> => session[Symbol.asyncDispose]();
  try {
    return await toBody(encode(query, await runQuery(session, checked, options.spatialTypes), options), {
      close,
      breakOff: () => breakOff(c),
      isText: !query.format.isBinary,
    });
  } catch (error) {
    await close();
    throw error;
  }
}

function encode({ format, callback }: SqlQuery, result: ResultStream, options: EncodeOptions): Encoding {
  const encoding = format.encode(result, options);
  return callback === undefined ? encoding : calledBack(encoding, callback);
}
