import { IMPORT_ERRORS, type ImportErrorText, UNKNOWN_IMPORT_ERROR } from "@carto-ts/protocol";
import { StatementTimeoutError } from "../db/pg-error.ts";

const TOO_LONG = 6667;

/** An import that can't go on, with the code that clients know and a sentence for people. */
export class ImportError extends Error {
  override readonly name = "ImportError";
  /** One of the contract's codes. */
  readonly code: number;
  /** Status of the answer that a download ended with. */
  readonly httpStatus: number | undefined;

  /** @param message What was attempted, what happened and what to do; shown to whoever imports. */
  constructor(code: number, message: string, extra: { httpStatus?: number; cause?: unknown } = {}) {
    super(message, { cause: extra.cause });
    this.code = code;
    this.httpStatus = extra.httpStatus;
  }
}

/** An error's text as clients get it. `title` stands where the code's own says nothing. */
export function toErrorText(code: number, message: string, title?: string): ImportErrorText {
  const kind = IMPORT_ERRORS[code] ?? { title: "Unknown", source: "cartodb" as const };
  return { title: title ?? kind.title, what_about: message, source: kind.source };
}

/** Anything that was thrown, as an import's error. */
export function toImportError(error: unknown): ImportError {
  if (error instanceof ImportError) return error;
  if (error instanceof StatementTimeoutError) return new ImportError(TOO_LONG, "The import took longer than it may.");
  return new ImportError(UNKNOWN_IMPORT_ERROR, "The import failed for a reason of the server's; its log has it.", {
    cause: error,
  });
}
