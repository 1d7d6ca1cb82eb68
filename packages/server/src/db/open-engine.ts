import type { DatabaseConfig, Limits } from "../config.ts";
import type { Log } from "../log.ts";
import type { Engine } from "./engine.ts";

/** Opens the engine that the configuration names; what the other one needs is not even loaded. */
export async function openEngine(database: DatabaseConfig, limits: Limits, log: Log): Promise<Engine> {
  if (database.engine === "postgres") {
    const { PostgresEngine } = await import("./postgres/engine.ts");
    return PostgresEngine.open({ url: database.url, max: limits.connections, idleMs: 30_000, waitMs: limits.waitMs });
  }
  const { PgliteEngine } = await import("./pglite/engine.ts");
  return PgliteEngine.open({ dataDir: database.dataDir, maxWaiting: limits.queue, waitMs: limits.waitMs, log });
}
