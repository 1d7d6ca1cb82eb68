import { ConfigError } from "./errors.ts";
import type { Params, RequestBody, RequestSpec } from "./request.ts";
import { raw } from "./response.ts";

/** Body of a raw request. */
export type RawBody =
  | string
  | Uint8Array
  | Blob
  | URLSearchParams
  | ReadableStream<Uint8Array>
  | Readonly<Record<string, unknown>>
  | readonly unknown[];

/** Makes the spec of a request that is written by hand. @throws {@link ConfigError} for a path of another origin. */
export function rawSpec(
  baseUrl: string,
  method: string,
  path: string,
  { query, body }: { query?: Params | undefined; body?: RawBody | undefined },
): RequestSpec<Response> {
  if (!/^[A-Za-z]+$/.test(method)) throw new ConfigError(`"${method}" is not a method`);
  const spec: RequestSpec<Response> = { method: method.toUpperCase(), path: relative(baseUrl, path), parse: raw };
  // A stream can be sent only once.
  const retry = body instanceof ReadableStream ? ({ retry: "never" } as const) : {};
  return { ...spec, ...retry, ...(query && { query }), ...(body !== undefined && { body: toBody(body) }) };
}

function relative(baseUrl: string, path: string): string {
  if (path.startsWith(baseUrl)) return path.slice(baseUrl.length);
  if (/^[a-z][a-z\d+.-]*:/i.test(path)) {
    throw new ConfigError(`Only paths below ${baseUrl} can be asked, as the key is for them alone`);
  }
  const below = path.replace(/^[/\\]+/, "");
  // The rest of the host is not this account's.
  if (!new URL(below, baseUrl).href.startsWith(baseUrl)) throw new ConfigError("The path leaves the base URL");
  return below;
}

function toBody(body: RawBody): RequestBody {
  if (typeof body === "string") return rawBody(body, /^\s*[[{]/.test(body) ? "application/json" : undefined);
  if (body instanceof URLSearchParams) return rawBody(String(body), "application/x-www-form-urlencoded;charset=UTF-8");
  if (body instanceof Uint8Array) return rawBody(body.slice());
  if (body instanceof Blob || body instanceof ReadableStream) return rawBody(body);
  return rawBody(JSON.stringify(body), "application/json");
}

function rawBody(
  data: string | Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
  type?: string,
): RequestBody {
  return type === undefined ? { kind: "raw", data } : { kind: "raw", data, contentType: type };
}
