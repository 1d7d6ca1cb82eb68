import { ValidationError } from "./errors.ts";
import { type FilePart, frame } from "./multipart.ts";
import type { Parse } from "./response-context.ts";
import type { RetryRule } from "./retry.ts";

/** A value that a parameter may have; `undefined` leaves the parameter out, lists become comma-separated. */
export type ParamValue = string | number | boolean | readonly string[] | undefined;

/** Parameters by their wire name. */
export type Params = Readonly<Record<string, ParamValue>>;

/** What can be handed to `fetch` as a body. */
export type BodyData = string | Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

/** A request's body, still open for the parameters that the client adds. */
export type RequestBody =
  | { readonly kind: "form"; readonly params: Params }
  | { readonly kind: "json"; readonly value: Readonly<Record<string, unknown>>; readonly limit?: PayloadLimit }
  | { readonly kind: "multipart"; readonly params: Params; readonly file: FilePart }
  | { readonly kind: "raw"; readonly data: BodyData; readonly contentType?: string };

/** Largest JSON text that is sent. */
export interface PayloadLimit {
  /** In UTF-16 code units, as the server counts. */
  readonly characters: number;
  readonly message: (characters: number) => string;
}

/** One call of an API, before credentials, base URL and limits. */
export interface RequestSpec<T> {
  readonly method: string;
  /** Below the base URL, without a leading slash; its parts are encoded. */
  readonly path: string;
  readonly query?: Params;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** Where a key goes unless the caller has said it; by default as the platform and the body say. */
  readonly keyIn?: "header";
  /** When it may be repeated; by default as the method says. */
  readonly retry?: RetryRule;
  /** Milliseconds for an attempt where the caller sets none; `null` for no limit. */
  readonly timeout?: number | null;
  readonly parse: Parse<T>;
}

/** A form body, which takes any length of SQL and needs no preflight in browsers. */
export function form(params: Params): RequestBody {
  return { kind: "form", params };
}

/** A JSON body. `limit` is checked on what is really sent. */
export function jsonBody(value: Readonly<Record<string, unknown>>, limit?: PayloadLimit): RequestBody {
  return limit ? { kind: "json", value, limit } : { kind: "json", value };
}

/** Whether a parameter can travel in this body, out of sight of URLs and logs. */
export function takesParams(body: RequestBody | undefined): boolean {
  return body !== undefined && body.kind !== "raw";
}

/**
 * Writes a body out with `added` among its parameters. The caller's own objects stay untouched.
 *
 * @throws {@link ValidationError} when it is larger than its limit.
 */
export function encodeBody(body: RequestBody, added: Params): { data: BodyData; contentType: string | undefined } {
  switch (body.kind) {
    case "form":
      return {
        data: toSearch({ ...body.params, ...added }),
        contentType: "application/x-www-form-urlencoded;charset=UTF-8",
      };
    case "json": {
      const data = JSON.stringify({ ...body.value, ...added });
      if (body.limit && data.length > body.limit.characters) {
        throw new ValidationError({ status: 0, messages: [body.limit.message(data.length)] });
      }
      return { data, contentType: "application/json" };
    }
    case "multipart":
      return frame(toEntries({ ...body.params, ...added }), body.file);
    case "raw":
      return { data: body.data, contentType: body.contentType };
  }
}

/** Writes parameters as a query string without its question mark. */
export function toSearch(params: Params): string {
  return new URLSearchParams(toEntries(params)).toString();
}

function toEntries(params: Params): [name: string, text: string][] {
  return Object.entries(params).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(",") : String(value)]],
  );
}

/**
 * Builds a path of encoded parts, so that a name can't reach another endpoint.
 *
 * @throws {@link ValidationError} for a part that is empty or made of dots.
 */
export function path(strings: TemplateStringsArray, ...parts: readonly string[]): string {
  return strings.reduce((result, text, index) => {
    const part = parts[index - 1] ?? "";
    if (/^\.*$/.test(part)) throw new ValidationError({ status: 0, messages: [`"${part}" can't be a part of a path`] });
    return result + encodeURIComponent(part) + text;
  });
}
