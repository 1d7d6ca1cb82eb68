import type { Readable } from "node:stream";
import busboy from "busboy";
import { createDeferred, type Deferred } from "../../deferred.ts";
import type { PlatformError } from "../../http/errors.ts";
import { cleanFileName } from "../names/file-name.ts";
import { malformed, refusal } from "../refusals.ts";

/** Fields of a form; a repeated one is a list. Without a prototype. */
export type Fields = Record<string, string | string[]>;

/** Fields that a form may have, and what their values may have together, in bytes. */
const MAX_FIELDS = 100;
const FIELD_BYTES = 1024 ** 2;
/** Parts of other kinds than fields and files, which are read over. */
const OTHER_PARTS = 20;
/** Longer ones have a boundary that is slow to look for; the standard's may have 70 characters. */
const TYPE_LENGTH = 300;
const FILE_PARTS = ["file", "filename"];
/** Transfer encodings under which bytes are not the file's. */
const ENCODED = ["base64", "quoted-printable"];

/** Takes the bytes of the one file of a form. */
export type FileTaker = (name: string, chunks: AsyncIterable<Uint8Array>) => Promise<void>;

/**
 * Reads a multipart form as it comes: collects its fields, hands its file's bytes on.
 *
 * Every failure is a PlatformError, or what the file's taker threw.
 */
export class MultipartReader {
  readonly fields: Fields = Object.create(null);
  readonly #parser: busboy.Busboy;
  readonly #takeFile: FileTaker;
  readonly #closed: Deferred<void> = createDeferred();
  #fieldBytes = 0;
  #hasFile = false;
  /** Settles when all that took a file has ended; never rejects. */
  #files: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | undefined;
  #writing: ((error: unknown) => void) | undefined;

  /** @throws PlatformError 400 when the content type says not how to read the body. */
  constructor(contentType: string, takeFile: FileTaker) {
    this.#takeFile = takeFile;
    this.#parser = createParser(contentType);
    this.#parser
      .on("field", (name, value, { valueTruncated }) => this.#addField(name, value, valueTruncated))
      .on("file", (name, stream, info) => this.#addFile(name, stream, info))
      .on("fieldsLimit", () => this.#fail(malformed(`it has more than ${MAX_FIELDS} fields`)))
      .on("partsLimit", () => this.#fail(malformed("it has too many parts")))
      .on("error", () => this.#fail(malformed("it is no multipart form, or ends before its end")))
      .on("close", () => this.#closed.resolve());
  }

  /** Takes a piece of the body; resolves when its file's bytes are where they belong. */
  write(piece: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure.error);
      // A parser that was destroyed does not call back.
      this.#writing = reject;
      this.#parser.write(piece, () => (this.#failure ? reject(this.#failure.error) : resolve()));
    });
  }

  /** Ends the form, and waits for its file to be taken. */
  async end(): Promise<void> {
    if (!this.#failure) this.#parser.end();
    await this.#closed.promise;
    await this.#files;
    if (this.#failure) throw this.#failure.error;
  }

  /** Gives up what is not read yet, and waits until the file's taker has ended. */
  async abort(reason: unknown): Promise<void> {
    this.#fail(reason);
    await this.#files;
  }

  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    this.#parser.destroy();
    this.#writing?.(error);
  }

  #addField(name: string | undefined, value: string, truncated: boolean): void {
    this.#fieldBytes += Buffer.byteLength(value);
    if (name === undefined) {
      this.#fail(malformed("a part of it has no name"));
    } else if (truncated || this.#fieldBytes > FIELD_BYTES) {
      this.#fail(refusal(413, `The fields of the upload are larger than ${FIELD_BYTES} bytes.`));
    } else {
      const before = this.fields[name];
      this.fields[name] = before === undefined ? value : [before, value].flat();
    }
  }

  #addFile(part: string | undefined, stream: Readable, { filename, encoding }: busboy.FileInfo): void {
    // It gets the parser's error as well.
    stream.on("error", () => {});
    const name = uploadName(filename ?? "");
    const refused = this.#refusal(part, encoding);
    if (name === "") {
      // A form in which no file was chosen has a part without a name and without bytes.
      this.#follow(refuseBytes(stream));
    } else if (refused) {
      this.#fail(refused);
    } else {
      this.#hasFile = true;
      this.#follow(this.#takeFile(name, chunksOf(stream)));
    }
  }

  #follow(work: Promise<void>): void {
    const before = this.#files;
    const done = work.catch((error: unknown) => this.#fail(error));
    this.#files = before.then(() => done);
  }

  #refusal(part: string | undefined, encoding: string): PlatformError | undefined {
    if (this.#hasFile) return refusal(400, "An import takes one file: send each in a request of its own.");
    if (!FILE_PARTS.includes(part ?? "")) {
      return refusal(400, `The file must be in a part named "file", not ${JSON.stringify((part ?? "").slice(0, 60))}.`);
    }
    if (ENCODED.includes(encoding)) {
      return malformed(`its file is encoded as ${encoding}, which forms do not use any more`);
    }
    return undefined;
  }
}

function createParser(contentType: string): busboy.Busboy {
  if (contentType.length > TYPE_LENGTH) throw malformed("its boundary is too long");
  try {
    return busboy({
      headers: { "content-type": contentType },
      defParamCharset: "utf8",
      limits: { fields: MAX_FIELDS, fieldSize: FIELD_BYTES, parts: MAX_FIELDS + OTHER_PARTS },
    });
  } catch {
    throw malformed("its content type names no boundary");
  }
}

/** A file's name as it goes into an import: as {@link cleanFileName} leaves it, without spaces. */
export function uploadName(given: string): string {
  // Browsers write these three so, and nothing else.
  const name = given.replace(/%(22|0d|0a)/gi, decodeURIComponent);
  return cleanFileName(name).replaceAll(" ", "_");
}

async function refuseBytes(stream: Readable): Promise<void> {
  for await (const _ of chunksOf(stream)) throw malformed("its file has no name");
}

async function* chunksOf(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch {
    throw malformed("it ends within the file");
  }
}
