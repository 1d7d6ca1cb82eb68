import { COPYTO_FILENAME, type CopyFromResult } from "@carto-ts/protocol";
import type { Context, Handler } from "hono";
import type { Limits } from "../config.ts";
import type { Engine, SessionOptions } from "../db/engine.ts";
import type { Guard } from "../db/guard/guard.ts";
import type { Sender } from "../db/guard/policy.ts";
import { isMaster } from "../http/authenticate.ts";
import { breakOff, clientSignal } from "../http/client.ts";
import type { Env } from "../http/env.ts";
import { HttpError } from "../http/errors.ts";
import { reply, replyJson } from "../http/reply.ts";
import { type Body, toBody } from "../http/stream.ts";
import { parseCopy } from "./statement.ts";
import { Upload } from "./upload.ts";

/** What the COPY API works with. */
export interface CopyServices {
  engine: Engine;
  guard: Guard;
  limits: Limits;
}

/** `POST /api/v2/sql/copyfrom`: `q` in the query string, data in the body. Mounted where the body was not read. */
export function copyFrom(services: CopyServices): Handler<Env> {
  return async (c) => {
    const startedAt = performance.now();
    const upload = new Upload(c, services.limits);
    try {
      const q = await parseCopy(c.get("params").raw("q"), "from", checks(c, services));
      const total_rows = await copyIn(c, services, { q, upload });
      if (total_rows === 0) throw new HttpError(400, "No rows copied");
      const time = Math.round(performance.now() - startedAt) / 1000;
      return replyJson(c, { time, total_rows } satisfies CopyFromResult);
    } finally {
      void upload.discard();
    }
  };
}

/** `GET|POST /api/v2/sql/copyto`. */
export function copyTo(services: CopyServices): Handler<Env> {
  return async (c) => {
    const params = c.get("params");
    const q = await parseCopy(params.raw("q"), "to", checks(c, services));
    const body = await copyOut(c, services, q);
    const filename = encodeURIComponent(params.text("filename") || COPYTO_FILENAME);
    const disposition = `attachment; filename=${filename}`;
    return reply(c, body, {
      headers: { "Content-Disposition": disposition, "Content-Type": "application/octet-stream" },
    });
  };
}

function checks(c: Context<Env>, { engine, guard }: CopyServices): { guard: Guard; sender: Sender } {
  return { guard, sender: { isMaster: isMaster(c.get("key")), sharedSession: engine.sharedSession } };
}

const sessionOptions = (c: Context<Env>, limits: Limits): SessionOptions => ({
  signal: clientSignal(c),
  timeoutMs: limits.copyTimeoutMs,
});

async function copyIn(
  c: Context<Env>,
  { engine, limits }: CopyServices,
  { q, upload }: { q: string; upload: Upload },
): Promise<number> {
  await using session = await engine.session(c.get("key").role, sessionOptions(c, limits));
  return await session.copyIn(q, upload);
}

async function copyOut(c: Context<Env>, { engine, limits }: CopyServices, q: string): Promise<Body> {
  const session = await engine.session(c.get("key").role, sessionOptions(c, limits));
  const close = async (): Promise<void> => session[Symbol.asyncDispose]();
  try {
    // Nothing can be said after the first byte but by breaking the connection.
    return await toBody(
      { chunks: await session.copyOut(q), fail: () => undefined },
      { close, breakOff: () => breakOff(c) },
    );
  } catch (error) {
    await close();
    throw error;
  }
}
