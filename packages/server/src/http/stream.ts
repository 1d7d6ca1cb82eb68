import type { Encoding } from "../formats/format.ts";
import { tellError } from "./errors.ts";

/** Bytes of output that are held before the status line, so that an ordinary error has its status whatever the timing. */
export const HELD_BYTES: number = 64 * 1024;

/** A body that is there as a whole, or one that is still being made. */
export type Body = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

/**
 * Turns an encoding into a response body.
 *
 * Resolves once the first 64 KB or the end are there; an error up to then rejects. `close` is called exactly once,
 * when the last byte was taken, the client left, or an error came.
 */
export async function toBody(encoding: Encoding, close: () => Promise<void>): Promise<Body> {
  const chunks = encoding.chunks[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let bytes = 0;
  try {
    while (bytes < HELD_BYTES) {
      const { done, value } = await chunks.next();
      if (done) {
        await close();
        return Buffer.concat(held, bytes) as Uint8Array<ArrayBuffer>;
      }
      held.push(value);
      bytes += value.length;
    }
  } catch (error) {
    await close();
    throw error;
  }
  return continueBody({ encoding, chunks, held, close });
}

interface Started {
  encoding: Encoding;
  chunks: AsyncIterator<Uint8Array>;
  held: Uint8Array[];
  close: () => Promise<void>;
}

function continueBody({ encoding, chunks, held, close }: Started): ReadableStream<Uint8Array> {
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
          if (!ending) return controller.error(error); // the connection breaks: nobody takes half a file for a whole one
          controller.enqueue(ending);
          return controller.close();
        }
      },
      async cancel() {
        await close();
      },
    },
    { highWaterMark: 0 },
  );
}
