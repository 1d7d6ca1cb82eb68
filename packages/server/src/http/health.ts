import type { Context } from "hono";
import type { Engine } from "../db/engine.ts";
import type { Env } from "./env.ts";
import { replyJson } from "./reply.ts";
import type { Route } from "./route.ts";

/** Version of the SQL API whose wire form this server speaks; clients ask for it. */
const SQL_API_VERSION = "6.0.0";

/** `GET /api/v2/version` */
export const version = (c: Context<Env>): Response => {
  return replyJson(c, { cartodb_sql_api: SQL_API_VERSION });
};

/** `GET /health`: what is known without asking the database, for it must answer while that is busy. */
export function health(engine: Engine): Route {
  return function health(c) {
    const startedAt = performance.now();
    const { degraded, postgisVersion, serverVersion } = engine.capabilities;
    return replyJson(c, {
      enabled: true,
      ok: true,
      elapsed: Math.round(performance.now() - startedAt),
      engine: engine.id,
      postgresql: serverVersion,
      postgis: postgisVersion,
      connections: engine.stats(),
      degraded,
    });
  };
}
