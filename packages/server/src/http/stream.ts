import type { Encoding } from "../formats/format.ts";
import { tellError } from "./errors.ts";
import { jsonpHead } from "./jsonp.ts";

/** Bytes of output that are held before the status line, so that an ordinary error has its status whatever the timing. */
export const HELD_BYTES: number = 64 * 1024;

/** A body that is there as a whole, or one that is still being made; null is none. */
export type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;

/** Bodies up to this size are handed on as text, which leaves with the headers in one write. */
const TEXT_BYTES = 8 * 1024;

/** What a body ends with. */
export interface BodyEnd {
  /** Called when the last byte was taken, the client left, or an error came. */
  close(): PromiseLike<void>;
  /** Breaks the connection off; false where there is none. */
  breakOff(): boolean;
  /** Whether the bytes are text in UTF-8. @defaultValue false */
  isText?: boolean;
}

/**
 * Turns an encoding into a response body.
 *
 * Resolves once the first 64 KB or the end are there; an error up to then rejects.
 */
export async function toBody(encoding: Encoding, { close, breakOff, isText = false }: BodyEnd): Promise<Body> {
  const whole = encoding.whole?.();
  if (whole) {
    await close();
    return wholeBody(whole, isText);
  }
  const chunks = encoding.chunks[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let bytes = 0;
  try {
    while (bytes < HELD_BYTES) {
      const { done, value } = await chunks.next();
      if (done) {
        await close();
        return wholeBody(held, isText);
      }
      held.push(value);
      bytes += value.length;
    }
  } catch (error) {
    await close();
    throw error;
  }
  return continueBody({ encoding, chunks, held, close, breakOff });
}

function wholeBody(pieces: readonly Uint8Array[], isText: boolean): Body {
  const whole = pieces.length === 1 && pieces[0] ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  return isText && whole.length <= TEXT_BYTES ? whole.toString("utf8") : (whole as Uint8Array<ArrayBuffer>);
}

interface Started extends BodyEnd {
  encoding: Encoding;
  chunks: AsyncIterator<Uint8Array>;
  held: Uint8Array[];
}

function continueBody({ encoding, chunks, held, close, breakOff }: Started): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const first = held.shift();
          if (first) return controller.enqueue(first);
          const { done, value } = await chunks.next();
          if (!done) return controller.enqueue(value);
          await close();
          return controller.close();
        } catch (error) {
          await close();
          const ending = encoding.fail(tellError(error).body.error);
          // Nobody may take half a file for a whole one.
          if (!ending) return breakOff() ? undefined : controller.error(error);
          controller.enqueue(ending);
          return controller.close();
        }
      },
      async cancel() {
        await close();
        // It stands still where it gave its last bytes, and may have a thread or a file to let go.
        await chunks.return?.().then(undefined, () => {});
      },
    },
    { highWaterMark: 0 },
  );
}

/** The JSONP form of a document: a call of `callback`. */
export function calledBack(encoding: Encoding, callback: string): Encoding {
  const tail = Buffer.from(");");
  return {
    chunks: (async function* () {
      yield Buffer.from(jsonpHead(callback));
      yield* encoding.chunks;
      yield tail;
    })(),
    fail(messages) {
      const ending = encoding.fail(messages);
      return ending && Buffer.concat([ending, tail]);
    },
  };
}
