import { partialError } from "./response.ts";
import type { ResponseContext } from "./response-context.ts";

const LONGEST_TAIL = 16_384;

// JSON: a last key `error`, then at most lists of notices. Rows can't end a document: `time` or brackets follow them.
const JSON_TAIL = /"error":(\[(?:"(?:[^"\\]|\\.)*",?)*\])(?:,"\w+":\[(?:"(?:[^"\\]|\\.)*",?)*\])*\}\s*$/;

// COPY: an object right at the end, where text and CSV have a newline and binary has two bytes 0xff.
const COPY_TAIL = /(\{"error":\[(?:"(?:[^"\\]|\\.)*",?)*\].*\})$/;

/**
 * Passes a body on, and fails at its end if that is an error which the server could no longer put into the status.
 *
 * Servers end JSON that way; the original one ends COPY data so.
 */
export function guardTail(
  body: ReadableStream<Uint8Array>,
  context: ResponseContext,
  kind: "json" | "copy",
): ReadableStream<Uint8Array> {
  let tail: Uint8Array = new Uint8Array(0);
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (!done) {
          tail = lastBytes(tail, value);
          return controller.enqueue(value);
        }
        const error = tailError(new TextDecoder().decode(tail), context, kind);
        if (error) controller.error(error);
        else controller.close();
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

function tailError(tail: string, context: ResponseContext, kind: "json" | "copy"): Error | undefined {
  const found = (kind === "json" ? JSON_TAIL : COPY_TAIL).exec(tail)?.[1];
  if (found === undefined) return undefined;
  try {
    return partialError(kind === "json" ? { error: JSON.parse(found) } : JSON.parse(found), context);
  } catch {
    return undefined;
  }
}

function lastBytes(tail: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (chunk.length >= LONGEST_TAIL) return chunk.slice(-LONGEST_TAIL);
  const joined = new Uint8Array(tail.length + chunk.length);
  joined.set(tail);
  joined.set(chunk, tail.length);
  return joined.subarray(-LONGEST_TAIL);
}
