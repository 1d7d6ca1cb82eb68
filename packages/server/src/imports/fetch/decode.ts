import { Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { ImportError } from "../error.ts";

type Chunks = AsyncIterable<Uint8Array>;

const DOWNLOAD_ERROR = 1001;
const DECOMPRESSION_ERROR = 1003;
const PARTIAL_FILE = 1103;
/** More than one is hardly ever meant well. */
const MAX_CODINGS = 2;
const CHUNK = { chunkSize: 64 * 1024 };

/** What is asked for in `Accept-Encoding`. */
export const ACCEPTED_CODINGS = "gzip, deflate, br";

const DECODERS: ReadonlyMap<string, (body: Chunks) => Chunks> = new Map(
  Object.entries({
    gzip: (body: Chunks) => through(() => createGunzip(CHUNK), body),
    "x-gzip": (body: Chunks) => through(() => createGunzip(CHUNK), body),
    br: (body: Chunks) => through(() => createBrotliDecompress(CHUNK), body),
    deflate: inflate,
    identity: (body: Chunks) => body,
  }),
);

/**
 * Undoes what the header `Content-Encoding` says was done to a body.
 *
 * @throws {@link ImportError} 1001 for a coding that was not asked for; while it is read, 1003 for a damaged body and
 * 1103 for one that ends too soon.
 */
export function decode(body: Chunks, header: string | undefined): Chunks {
  const codings = (header ?? "")
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "");
  const decoders = codings.map((coding) => DECODERS.get(coding));
  if (codings.length > MAX_CODINGS || decoders.includes(undefined)) {
    throw new ImportError(
      DOWNLOAD_ERROR,
      `The server sent the file in a coding that is not known: ${codings.join(", ").slice(0, 60)}.`,
    );
  }
  return decoders.reduceRight<Chunks>((inner, decoder) => decoder?.(inner) ?? inner, body);
}

/** Some servers send zlib's format, as the standard says, and some bare deflate. */
async function* inflate(body: Chunks): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  const isZlib = ((first.value[0] ?? 0) & 0x0f) === 8;
  const whole = (async function* () {
    try {
      for (let next: IteratorResult<Uint8Array> = first; !next.done; next = await chunks.next()) yield next.value;
    } finally {
      await chunks.return?.();
    }
  })();
  yield* through(() => (isZlib ? createInflate(CHUNK) : createInflateRaw(CHUNK)), whole);
}

async function* through(createDecoder: () => Transform, body: Chunks): AsyncGenerator<Uint8Array> {
  const decoder = createDecoder();
  const source = Readable.from(body, { objectMode: false });
  let sourceError: Error | undefined;
  source.on("error", (error) => {
    sourceError = error;
    decoder.destroy(error);
  });
  source.pipe(decoder);
  try {
    for await (const piece of decoder) yield piece as Uint8Array;
  } catch (error) {
    throw sourceError ?? decodeFailure(error as NodeJS.ErrnoException);
  } finally {
    source.unpipe(decoder);
    source.destroy();
    decoder.destroy();
  }
}

function decodeFailure(error: NodeJS.ErrnoException): ImportError {
  if (error.code === "Z_BUF_ERROR") {
    return new ImportError(PARTIAL_FILE, "The server's answer ended before the whole file was there: try again.", {
      cause: error,
    });
  }
  const message =
    "The server compressed the file on its way, and what came can't be decompressed: try again, or upload the file.";
  return new ImportError(DECOMPRESSION_ERROR, message, { cause: error });
}
