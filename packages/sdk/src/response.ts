import type { ErrorBody } from "@carto-ts/protocol";
import { ConnectionError, DecodeError } from "./errors.ts";
import type { ResponseMeta } from "./meta.ts";
import type { ResponseContext } from "./response-context.ts";
import { toApiError } from "./to-error.ts";

/** Resolves with the JSON of the whole body; rejects when that carries an `error`, as broken-off results do. */
export async function json<T>(response: Response, context: ResponseContext): Promise<T> {
  try {
    refusePage(response, context);
    const text = await context.lifetime.race(response.text()).catch((error) => {
      throw toBodyError(error, context);
    });
    const value = parseJson(text, context);
    const failure = partialError(value, context);
    if (failure) throw failure;
    return value as T;
  } finally {
    context.lifetime.release();
  }
}

/** Resolves with the JSON of the whole body and its {@link ResponseMeta}, which doesn't show up among the fields. */
export async function jsonWithMeta<T extends object>(
  response: Response,
  context: ResponseContext,
): Promise<T & { readonly meta: ResponseMeta }> {
  const value = await json<T>(response, context);
  if (typeof value !== "object" || value === null) throw new DecodeError(`The answer to ${context.label} is no object`);
  return Object.defineProperty(value, "meta", { value: context.meta }) as T & { readonly meta: ResponseMeta };
}

/** Reads the body to its end, and drops it. */
export async function nothing(response: Response, context: ResponseContext): Promise<void> {
  try {
    await context.lifetime.race(response.arrayBuffer()).catch((error) => {
      throw toBodyError(error, context);
    });
  } finally {
    context.lifetime.release();
  }
}

/**
 * Resolves with the body as a stream, which rejects with errors of this package.
 *
 * Cancelling the stream ends the request, and the query behind it.
 */
export function bytes(response: Response, context: ResponseContext): Promise<ReadableStream<Uint8Array>> {
  refusePage(response, context);
  return Promise.resolve(readBody(response, context));
}

/** Resolves with the answer itself, its body tied to the caller's signal and to the time limits. */
export function raw(response: Response, context: ResponseContext): Promise<Response> {
  if (response.body === null) {
    context.lifetime.release();
    return Promise.resolve(response);
  }
  const { status, statusText, headers } = response;
  return Promise.resolve(new Response(readBody(response, context), { status, statusText, headers }));
}

/** The body of an answer, chunk by chunk as it arrives; nothing is read ahead of the consumer. */
export function readBody(response: Response, context: ResponseContext): ReadableStream<Uint8Array> {
  const { lifetime } = context;
  const reader = response.body?.getReader();
  // From here on only waiting for the server counts, not the time between the consumer's reads.
  lifetime.disarm();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        context.awaitPiece();
        const result = await lifetime.race(reader?.read() ?? Promise.resolve(END)).catch((error) => {
          lifetime.release();
          throw toBodyError(error, context);
        });
        lifetime.disarm();
        if (!result.done) return controller.enqueue(result.value);
        lifetime.release();
        controller.close();
      },
      async cancel(reason) {
        lifetime.release();
        await reader?.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

const END = { done: true, value: undefined } as const;

/** Parses JSON, and says of text that isn't JSON what it looks like. @throws {@link DecodeError} */
export function parseJson(text: string, context: ResponseContext): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const what = text === "" ? "is empty" : `is not JSON, or breaks off (${text.length} characters)`;
    throw new DecodeError(`The answer to ${context.label} ${what}`, { cause: redactCause(cause, context) });
  }
}

/** The error of a 200 whose body carries `error`, as an answer that failed after its first rows does. */
export function partialError(value: unknown, context: ResponseContext): Error | undefined {
  const { error, ...rest } = (value ?? {}) as Partial<ErrorBody>;
  if (!Array.isArray(error)) return undefined;
  return toApiError({ ...rest, error }, context, true);
}

/** What a failed read of a body means: an abort or a time limit as they are, else a broken connection. */
export function toBodyError(error: unknown, context: ResponseContext): unknown {
  const { signal } = context.lifetime;
  if (signal.aborted) return signal.reason;
  return new ConnectionError(`The answer to ${context.label} broke off`, { cause: error });
}

/** Ends the request when the answer is a web page. @throws {@link DecodeError} */
export function refusePage(response: Response, context: ResponseContext): void {
  if (!/^text\/html\b/i.test(response.headers.get("content-type") ?? "")) return;
  context.lifetime.abort(undefined);
  throw new DecodeError(`The answer to ${context.label} is a web page: is this CARTO's base URL?`);
}

// V8 quotes the text it can't parse in its message.
function redactCause(cause: unknown, context: ResponseContext): Error {
  return new SyntaxError(context.redact(cause instanceof Error ? cause.message : String(cause)));
}
