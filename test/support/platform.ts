import { answerOf, readAll, send } from "./http.ts";
import type { World } from "./world.ts";

/** A request to a platform API. */
export interface PlatformRequest {
  method?: string;
  /** Sent as JSON, with the key in it as the Python client does. */
  body?: Record<string, unknown>;
  /** Undefined sends none. @defaultValue the world's master key */
  key?: string | undefined;
  headers?: Record<string, string>;
}

/** An answer with its body as text and, where it is JSON, read. */
export interface PlatformAnswer {
  status: number;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  json: any;
  headers: Record<string, string | string[] | undefined>;
}

/** Sends a request to a path below an account's `/api/`, such as `v1/viz?type=table`. */
export async function platform(world: World, path: string, request: PlatformRequest = {}): Promise<PlatformAnswer> {
  const key = "key" in request ? request.key : world.masterKey;
  const url = new URL(`${world.url}/api/${path}`);
  const headers: Record<string, string> = { ...request.headers };
  let body: string | undefined;
  if (request.body !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(key === undefined ? request.body : { ...request.body, api_key: key, client: "test" });
    headers["Content-Length"] = String(Buffer.byteLength(body)); // Node sends none with a DELETE
  } else if (key !== undefined) url.searchParams.set("api_key", key);
  const answer = await answerOf(
    send(url.href, { method: request.method ?? "GET", headers, ...(body === undefined ? {} : { body }) }),
  );
  const { text } = await readAll(answer);
  const isJson = /json/.test(answer.headers["content-type"] ?? "") && text !== "";
  return {
    status: answer.statusCode ?? 0,
    text,
    json: isJson ? JSON.parse(text) : undefined,
    headers: answer.headers,
  };
}

/** Makes a table of points by SQL and cartodbfies it, as clients do that know nothing of datasets. */
export async function makeDataset(world: World, name: string, points: readonly [number, number][] = []): Promise<void> {
  const rows = points.map(([x, y]) => `(ST_SetSRID(ST_MakePoint(${x}, ${y}), 4326))`).join(", ");
  const insert = rows === "" ? "" : `INSERT INTO "${name}" (the_geom) VALUES ${rows};`;
  await world.carto.sql.query(
    `CREATE TABLE "${name}" (label text, the_geom geometry(Geometry, 4326)); ${insert}
     SELECT CDB_CartodbfyTable('${world.account}', '"${world.account}"."${name}"')`,
  );
}
