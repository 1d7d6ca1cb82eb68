import { parse as parseForm } from "node:querystring";
import type { Context } from "hono";
import { headerOf } from "./client.ts";
import type { Env } from "./env.ts";
import { HttpError, PlatformError } from "./errors.ts";
import type { Step } from "./route.ts";

/** Parameters of a request: those of the query string, over which those of the body win. */
export class Params {
  readonly #values = new Map<string, unknown>();
  /** The body's fields alone. */
  body: Readonly<Record<string, unknown>> = {};

  /** Sets parameters; those of the same name that are there give way. A repeated one is a list. */
  set(fields: Readonly<Record<string, unknown>>): void {
    for (const name in fields) this.#values.set(name, fields[name]);
  }

  /** The value of `name` as it came: a string, an array when it was repeated, anything from a JSON body. */
  raw(name: string): unknown {
    return this.#values.get(name);
  }

  /** The value of `name` as a string; the last one when it was repeated; numbers and booleans of a JSON body as text. */
  text(name: string): string | undefined {
    const value = this.#values.get(name);
    const last: unknown = Array.isArray(value) ? value.at(-1) : value;
    if (typeof last === "string") return last;
    return typeof last === "number" || typeof last === "boolean" ? String(last) : undefined;
  }

  /** All values of `name`. */
  texts(name: string): string[] {
    const value = this.#values.get(name);
    return (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === "string");
  }
}

function queryParams(url: string): Params {
  const params = new Params();
  const mark = url.indexOf("?");
  if (mark >= 0) params.set(parseForm(url.slice(mark + 1)));
  return params;
}

/** Reads the query string alone, for routes whose body is data. */
export const readQuery: Step = function readQuery(c) {
  c.set("params", queryParams(c.req.url));
};

/** Reads the query string and the body's fields. @throws {@link HttpError} 400 on a body that is none, 413 on a large one. */
export function readParams({ maxBytes }: { maxBytes: number }): Step {
  return function params(c) {
    c.set("params", queryParams(c.req.url));
    return c.req.method === "GET" || c.req.method === "HEAD" ? undefined : addBody(c, maxBytes);
  };
}

/**
 * Reads the query string and a body of JSON, whatever its type says it is, as some of the original's endpoints do.
 *
 * @throws {@link PlatformError} 400 on a body that is no JSON, {@link HttpError} 413 on a large one.
 */
export function readJson({ maxBytes }: { maxBytes: number }): Step {
  return async function json(c) {
    const params = queryParams(c.req.url);
    params.body = await jsonFields(await readBody(c.req.raw, maxBytes)).catch((error: HttpError) => {
      throw new PlatformError(error.status, { errors: [error.message] });
    });
    params.set(params.body);
    c.set("params", params);
  };
}

/** How a body of JSON is read. */
interface JsonOptions {
  maxBytes: number;
  /** Makes the error for a body that is no JSON, of the parser's words. */
  malformed: (words: string) => Error;
}

/**
 * Reads the query string, and a body of JSON where its type says that it is one. Of the body's fields only the key
 * becomes a parameter, unless the query string has one.
 *
 * @throws {@link HttpError} 413 on a large body.
 */
export function readQueryAndJson(options: JsonOptions): Step {
  return function queryAndJson(c) {
    const params = queryParams(c.req.url);
    c.set("params", params);
    return isJson(c) ? addJson(c, params, options) : undefined;
  };
}

/** Whether a request says that its body is JSON. */
export const isJson = (c: Context<Env>): boolean => mediaTypeOf(c) === "application/json";

async function addJson(c: Context<Env>, params: Params, { maxBytes, malformed }: JsonOptions): Promise<void> {
  const body = await readBody(c.req.raw, maxBytes);
  params.body = await jsonFields(body).catch((error: Error) => {
    throw malformed(error.message);
  });
  if (params.text("api_key") || params.text("map_key")) return;
  const { api_key, map_key } = params.body;
  params.set({ api_key, map_key });
}

async function addBody(c: Context<Env>, maxBytes: number): Promise<void> {
  const read = BODIES[mediaTypeOf(c)];
  if (!read) return;
  const params = c.get("params");
  params.body = await read(await readBody(c.req.raw, maxBytes));
  params.set(params.body);
}

const mediaTypeOf = (c: Context<Env>): string => headerOf(c, "content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";

type Fields = Record<string, unknown>;
type BodyReader = (body: Response) => Promise<Fields>;

const jsonFields: BodyReader = async (body) => {
  const text = await body.text();
  const value = text === "" ? undefined : parseJson(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
};

const BODIES: Readonly<Record<string, BodyReader>> = {
  "application/x-www-form-urlencoded": async (body) => parseForm(await body.text()),
  "application/json": jsonFields,
  "multipart/form-data": async (body) => {
    const form = await body.formData().catch(() => {
      throw new HttpError(400, "The multipart body can't be read");
    });
    const fields: Fields = Object.create(null);
    for (const name of form.keys()) {
      const values = form.getAll(name);
      if (values.some((value) => typeof value !== "string")) throw new HttpError(400, "Unexpected field");
      fields[name] = values.length > 1 ? values : values[0];
    }
    return fields;
  },
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpError(400, (error as Error).message);
  }
}

/** Reads a body up to `maxBytes`, as a Response for its parsers. @throws {@link HttpError} 413 on a larger one. */
async function readBody(request: Request, maxBytes: number): Promise<Response> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of request.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) throw new HttpError(413, `The request's body is larger than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return new Response(Buffer.concat(pieces), {
    headers: { "Content-Type": request.headers.get("content-type") ?? "" },
  });
}
