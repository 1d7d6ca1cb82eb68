import type { AbortSource } from "../../db/engine.ts";
import { ClientGoneError } from "../../http/client.ts";
import { refusal } from "../refusals.ts";
import { type Fields, MultipartReader, uploadName } from "./multipart.ts";
import { RequestBody } from "./request-body.ts";
import { type ReceivedFile, StoredFile } from "./stored-file.ts";

/** Bytes that a form may have besides its file: fields, and what is around them. */
const FORM_OVERHEAD = 2 * 1024 ** 2;

/** Where an upload goes and how much of it is taken. */
export interface UploadOptions {
  /** An existing folder on this machine. */
  dir: string;
  /** Bytes that the file may have. */
  maxBytes: number;
  /** Milliseconds that the client may send nothing. */
  idleMs: number;
  /** Aborting it ends the upload, as when the client is gone. */
  signal: AbortSource;
  /** Called with the fields that came before the file, and without one at the end. What it throws refuses the upload. */
  admit(fields: Fields): void;
}

/** What a request brought. */
export interface ReceivedUpload {
  /** The form's fields; none for a raw body. */
  fields: Fields;
  file?: ReceivedFile;
}

/** Whether a request's body is a file, or a form that may have one, rather than parameters. */
export function isUpload(request: Request): boolean {
  return isForm(request) || fileNameInQuery(request) !== undefined;
}

/**
 * Receives the file of a request: from its multipart form, or the raw body where `filename` is in the query.
 *
 * Streams it to the disk; memory is flat whatever its size. The file is on the disk when this resolves, and there is
 * none of it when this rejects.
 *
 * @throws PlatformError to be answered: 400 for a form that can't be read, is cut short, stands still or has not one
 * file; 413 for a file that is too large; 507 when the disk is full. The rest of the body is then read and dropped for
 * a while, so that the client gets to read that.
 * @throws {@link ClientGoneError} when the client left, or the signal's reason.
 */
export async function receiveUpload(request: Request, options: UploadOptions): Promise<ReceivedUpload> {
  const { maxBytes, idleMs, signal } = options;
  const overhead = isForm(request) ? FORM_OVERHEAD : 0;
  const body = new RequestBody(request, { maxBytes, overhead, idleMs, signal });
  await using stored = new StoredFile(options.dir, maxBytes);
  try {
    const admitted: Taker = { admit: options.admit, stored };
    const fields = await (isForm(request) ? receiveForm : receiveRaw)(request, body, admitted);
    const file = await stored.keep();
    return file ? { fields, file } : { fields };
  } catch (error) {
    if (!(error instanceof ClientGoneError)) void body.discard();
    throw error;
  }
}

/** Where a file goes, once it may. */
interface Taker {
  admit(fields: Fields): void;
  stored: StoredFile;
}

async function receiveForm(request: Request, body: RequestBody, { admit, stored }: Taker): Promise<Fields> {
  let hasFile = false;
  const form = new MultipartReader(typeOf(request), async (name, chunks) => {
    hasFile = true;
    admit(form.fields);
    await stored.take(name, chunks);
  });
  try {
    for await (const piece of body) await form.write(piece);
    await form.end();
    if (!hasFile) admit(form.fields);
    return form.fields;
  } catch (error) {
    // The file may be deleted only when nobody writes to it any more.
    await form.abort(error);
    throw error;
  }
}

async function receiveRaw(request: Request, body: RequestBody, { admit, stored }: Taker): Promise<Fields> {
  admit({});
  const name = uploadName(fileNameInQuery(request) ?? "");
  if (name === "") {
    throw refusal(400, 'There is no file: send a form with a part named "file", or name the body in "filename".');
  }
  await stored.take(name, body);
  return {};
}

const typeOf = (request: Request): string => request.headers.get("content-type") ?? "";

const isForm = (request: Request): boolean => /^multipart\/form-data\b/i.test(typeOf(request));

const fileNameInQuery = (request: Request): string | undefined =>
  new URL(request.url).searchParams.getAll("filename").at(-1);
