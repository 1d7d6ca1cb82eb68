import { PlatformError } from "../http/errors.ts";
import { prettyBytes } from "../pretty-bytes.ts";
import { isDiskFull } from "./new-file.ts";

/** An answer of the import API other than success: `{"errors":{"imports":"…"}}`. */
export const refusal = (status: number, message: string): PlatformError =>
  new PlatformError(status, { errors: { imports: message } });

/** The answer to one import more than the `slots` that an account has. */
export const importSlotsTaken = (slots: number): PlatformError =>
  refusal(429, `We're sorry but you're already using your allowed ${slots} import slots`);

/** The answer to a file that is larger than `maxBytes`. */
export function tooLarge(maxBytes: number): PlatformError {
  return refusal(
    413,
    `The file is larger than the ${prettyBytes(maxBytes)} that may be imported: split it, or raise the limit.`,
  );
}

/** The answer to a multipart body that can't be read; `why` is a clause. */
export const malformed = (why: string): PlatformError =>
  refusal(
    400,
    `The upload can't be read: ${why}. Send it as multipart/form-data with the file in a part named "file".`,
  );

/** What is thrown when the file could not be stored: 507 on a full disk, else the error itself. */
export function storeFailure(error: unknown): unknown {
  if (!isDiskFull(error)) return error;
  return refusal(
    507,
    "The server has no room for the file: ask whoever runs it to free disk space, then send it again.",
  );
}
