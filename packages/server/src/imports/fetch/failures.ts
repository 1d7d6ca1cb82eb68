import { STATUS_CODES } from "node:http";
import { ImportError } from "../error.ts";
import { isDiskFull } from "../new-file.ts";
import { AddressError, type AddressProblem } from "./address-guard.ts";

const FILE_ERROR = 1000;
const DOWNLOAD_ERROR = 1001;
const TIMEOUT = 1020;
const NOT_FOUND = 1100;
const FORBIDDEN = 1101;
const UNKNOWN_SERVER = 1102;
const PARTIAL_FILE = 1103;
const TOO_BIG = 6666;

const BY_PROBLEM: Readonly<Record<AddressProblem, number>> = {
  refused: UNKNOWN_SERVER,
  unknown: UNKNOWN_SERVER,
  unreachable: DOWNLOAD_ERROR,
  timeout: TIMEOUT,
};

/** Codes of TLS' errors that are about the server's certificate. */
const CERTIFICATE = /CERT|SELF_SIGNED|ISSUER|UNABLE_TO_VERIFY/;

/** A request that brought no answer. `shown` is the address as messages have it. */
export function requestFailure(error: unknown, shown: string): ImportError {
  if (error instanceof ImportError) return error;
  if (error instanceof AddressError) {
    return new ImportError(BY_PROBLEM[error.problem], `${shown} can't be fetched: ${error.message}.`, { cause: error });
  }
  const { code = "no code" } = error as NodeJS.ErrnoException;
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_CONNECT_TIMEOUT") return stalled(shown, error);
  const why = CERTIFICATE.test(code)
    ? `the server's certificate is not trusted (${code}); ask who runs it to mend that, or upload the file`
    : `the server gave no answer that can be read (${code}); try again later`;
  return new ImportError(DOWNLOAD_ERROR, `${shown} can't be fetched: ${why}.`, { cause: error });
}

/** A body that broke off. */
export function bodyFailure(error: unknown, shown: string): ImportError {
  if ((error as NodeJS.ErrnoException).code === "UND_ERR_BODY_TIMEOUT") return stalled(shown, error);
  return partial(shown, error);
}

/** A file of which only a part came. */
export function partial(shown: string, cause?: unknown): ImportError {
  const message = `${shown} was not received as a whole, for the server broke off or sent a part: try again, or upload the file.`;
  return new ImportError(PARTIAL_FILE, message, { cause });
}

/** A download that took longer than it may. */
export function tooSlow(shown: string, ms: number): ImportError {
  const message = `${shown} was not there as a whole after ${Math.ceil(ms / 1000)} s: try again, or upload the file.`;
  return new ImportError(TIMEOUT, message);
}

/** An answer that is no file. */
export function statusFailure(status: number, shown: string): ImportError {
  const httpStatus = { httpStatus: status };
  if (status === 404) {
    return new ImportError(NOT_FOUND, `There is no file at ${shown}: check the address.`, httpStatus);
  }
  if (status === 401 || status === 403) {
    const message = `The server does not give ${shown} to everybody: make the file public, or upload it.`;
    return new ImportError(FORBIDDEN, message, httpStatus);
  }
  const message = `The server answered ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd();
  return new ImportError(DOWNLOAD_ERROR, `${message} to ${shown}: check the address, or try again later.`, httpStatus);
}

/** A file that is larger than it may be; `limit` in words. */
export function tooBig(shown: string, limit: string): ImportError {
  const message = `The file at ${shown} is larger than the ${limit} that may be imported: split it, or raise the limit.`;
  return new ImportError(TOO_BIG, message);
}

/** A file that could not be written. */
export function diskFailure(error: unknown): ImportError {
  const message = isDiskFull(error)
    ? "The server has no room for the file: ask whoever runs it to free disk space, then try again."
    : `The server can't store the file (${(error as NodeJS.ErrnoException).code ?? "no code"}): ask whoever runs it.`;
  return new ImportError(FILE_ERROR, message, { cause: error });
}

const stalled = (shown: string, cause: unknown): ImportError =>
  new ImportError(TIMEOUT, `${shown} can't be fetched: the server stopped answering; try again, or upload the file.`, {
    cause,
  });
