import { type ErrorBody, type MapErrorContext, QUERY_TIMEOUT_MESSAGE, RATE_LIMIT_MESSAGE } from "@carto-ts/protocol";
import {
  ApiError,
  type ApiErrorInit,
  AuthenticationError,
  ConnectionError,
  MapError,
  NotFoundError,
  PermissionError,
  QueryTimeoutError,
  RateLimitError,
  ServerError,
  SqlError,
  ValidationError,
} from "./errors.ts";
import type { ResponseContext } from "./response-context.ts";

/** Characters of an error's body that are read at most. */
const LONGEST_BODY = 65_536;

type Context = Pick<ResponseContext, "label" | "meta" | "redact">;

/** An error's body, whichever API it is of. */
interface AnyErrorBody extends ErrorBody {
  contexts?: readonly MapErrorContext[];
}

/** Makes the error of an answer that isn't 2xx. Reads its body, up to 64 KB. */
export async function toError(response: Response, context: Context): Promise<ApiError> {
  if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
    await response.body?.cancel();
    return redirectError(response, context);
  }
  if (response.status === 429 && /^application\/x-protobuf\b/.test(response.headers.get("content-type") ?? "")) {
    await response.body?.cancel();
    return toApiError(tileBody(context), context);
  }
  const text = await readText(response);
  return toApiError(readErrorBody(text) ?? { error: [describe(text, response, context)] }, context);
}

/** Makes the error that an error's body and status stand for. `partial` after a part of a result was sent. */
export function toApiError(body: AnyErrorBody, context: Context, partial = false): ApiError {
  const { meta } = context;
  const shown = (text: string | undefined): string | undefined => (text === undefined ? text : context.redact(text));
  const init: ApiErrorInit = {
    status: meta.status,
    messages: body.error.map((message) => context.redact(String(message))),
    requestId: meta.requestId,
    detail: shown(body.detail),
    hint: shown(body.hint),
    context: shown(body.context),
    contexts: body.contexts?.map((each) => ({ ...each, message: context.redact(String(each.message)) })),
    rateLimit: meta.rateLimit,
    partial,
  };
  return new (classOf(init, context.label))(init);
}

function classOf(init: ApiErrorInit, label: string): typeof ApiError {
  const { status, messages, detail, partial } = init;
  if (partial) return messages[0] === QUERY_TIMEOUT_MESSAGE ? QueryTimeoutError : SqlError;
  if (status >= 500) return ServerError;
  switch (status) {
    case 400:
      if (/\/api\/[^/\s]+\/map\b/.test(label)) return MapError;
      if (!/\/api\/[^/\s]+\/sql\b/.test(label)) return ValidationError;
      // The SQL API says 400 of a job that isn't there.
      return /^Job with id .* not found$/.test(messages[0] ?? "") ? NotFoundError : SqlError;
    case 401:
      return AuthenticationError;
    case 403:
      return PermissionError;
    case 404:
      return NotFoundError;
    case 422:
      return ValidationError;
    case 429:
      if (detail === "datasource" || detail === "render") return QueryTimeoutError;
      return messages[0] === QUERY_TIMEOUT_MESSAGE ? QueryTimeoutError : RateLimitError;
    default:
      return ApiError;
  }
}

function redirectError(response: Response, context: Context): ApiError {
  const location = response.headers.get("location");
  const target = location ? ` to ${context.redact(location)}` : "";
  const { status, requestId, rateLimit } = context.meta;
  // Never followed: another origin must not see the key, which may be in the body as well as in a header.
  const messages = [
    `${context.label} is redirected${target}; redirects are not followed, set \`baseUrl\` to the target`,
  ];
  return new ApiError({ status, messages, requestId, rateLimit });
}

// Of a limit, a vector tile tells nobody but those who look at it.
function tileBody({ meta }: Context): ErrorBody {
  if (meta.rateLimit.retryAfter !== undefined) {
    return { error: [RATE_LIMIT_MESSAGE], context: "limit", detail: "rate-limit" };
  }
  return { error: ["The tile took longer than the account may use"], context: "limit", detail: "render" };
}

// `{"error": […]}` of the SQL API; the platform's other APIs also say `{"errors": "…" | […] | {field: […]}}`.
function readErrorBody(text: string): AnyErrorBody | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { error, errors, errors_with_context, context, detail, hint } = value as Record<string, unknown>;
  const messages = toMessages(error ?? errors);
  if (messages.length === 0) return undefined;
  if (Array.isArray(errors_with_context)) return { error: messages, ...readContexts(errors_with_context) };
  const texts = Object.entries({ context, detail, hint }).filter(([, text]) => typeof text === "string");
  return { error: messages, ...Object.fromEntries(texts) };
}

function readContexts(contexts: readonly MapErrorContext[]): Omit<AnyErrorBody, "error"> {
  const { type, subtype } = contexts[0] ?? {};
  return { contexts, ...(type === "limit" && { context: type, ...(subtype !== undefined && { detail: subtype }) }) };
}

function toMessages(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(toMessages);
  if (typeof value !== "object") return [String(value)];
  const { message } = value as { message?: unknown };
  if (typeof message === "string") return [message];
  // The import API files its whole sentences under its own name.
  return Object.entries(value).flatMap(([field, texts]) =>
    toMessages(texts).map((text) => (field === "imports" ? text : `${field} ${text}`)),
  );
}

// Proxies and routers answer with pages: their text, without markup, on one line.
function describe(text: string, response: Response, context: Context): string {
  const body = /<body[^>]*>([\s\S]*)/i.exec(text)?.[1] ?? text;
  const words = body
    .replace(/<(script|style)[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  const said = words === "" ? "" : `: ${words.length > 120 ? `${words.slice(0, 120)}…` : words}`;
  return context.redact(`HTTP ${response.status} from ${context.label}${said}`);
}

async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (reader && text.length < LONGEST_BODY) {
    // A body that breaks off still has a status.
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
  await reader?.cancel().catch(() => {});
  return text;
}

/** Makes the error of a `fetch` that rejected: no connection, or one that broke before the answer. */
export function toConnectionError(error: unknown, label: string, redact: (text: string) => string): ConnectionError {
  const chain = causesOf(error);
  const code = chain.map(({ code }) => code).find((code) => typeof code === "string");
  const text = redact(chain.at(-1)?.message || "no connection");
  const refused =
    (code !== undefined && NO_CONNECTION.test(code)) || chain.some(({ message }) => /refused/i.test(message ?? ""));
  return new ConnectionError(`${label} failed: ${text}`, { cause: error, code, refused });
}

const NO_CONNECTION =
  /^(?:ECONNREFUSED|ConnectionRefused|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

interface Cause {
  code?: string;
  message?: string;
}

function causesOf(error: unknown): Cause[] {
  const chain: Cause[] = [];
  for (let at = error; at instanceof Error && chain.length < 8; at = at.cause) {
    // Trying several addresses fails with all their errors in one.
    chain.push(at as Cause, ...(at instanceof AggregateError ? (at.errors as Cause[]) : []));
  }
  return chain;
}
