import {
  ApiError,
  AuthenticationError,
  CartoError,
  ConfigError,
  ConnectionError,
  DecodeError,
  DependentVisualizationsError,
  ImportError,
  JobError,
  MapError,
  NotFoundError,
  PermissionError,
  QueryTimeoutError,
  RateLimitError,
  ServerError,
  SqlError,
  TimeoutError,
  ValidationError,
} from "@carto-ts/sdk";
import { CommandError } from "./command-error.ts";
import { ProfileError } from "./config/profile.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { Interrupted } from "./io.ts";
import { plural } from "./output/units.ts";

/** A failure as people and programs are told of it. Never holds a key. */
export interface Failure {
  exit: ExitCode;
  /** A stable name of the kind of failure. */
  code: string;
  message: string;
  detail?: string;
  /** What to do about it. */
  hint?: string;
  /** HTTP status. */
  status?: number;
  requestId?: string;
  /** Number of the kind of a failed import. */
  importCode?: number;
  /** Whether the same command may succeed later. */
  retryable: boolean;
}

type Kind = Pick<Failure, "exit" | "code"> & { retryable?: boolean; hint?: string };

const REFUSED =
  "check the key: carto-ts auth status shows where it comes from, carto-ts auth login stores another; imports and datasets need the master key";
const FORBIDDEN = "this key may not do that; batch jobs and changes of other tables need the master key";
const SLOW = "let it run as a batch job: carto-ts job create --wait";
const UNREACHABLE = "is the server running? carto-ts serve starts one, carto-ts auth status shows which is asked";

const BROKEN = "what came of it is incomplete; when a query fails half-way, --format ndjson can say why";

/** Most specific first. */
const API_KINDS: readonly [abstract new (...args: never[]) => Error, Kind][] = [
  [AuthenticationError, { exit: EXIT.auth, code: "authentication", hint: REFUSED }],
  [PermissionError, { exit: EXIT.auth, code: "permission", hint: FORBIDDEN }],
  [NotFoundError, { exit: EXIT.notFound, code: "not_found" }],
  [QueryTimeoutError, { exit: EXIT.timeout, code: "query_timeout", hint: SLOW }],
  [RateLimitError, { exit: EXIT.limit, code: "rate_limit", retryable: true }],
  [SqlError, { exit: EXIT.sql, code: "sql" }],
  [ValidationError, { exit: EXIT.failure, code: "validation" }],
  [ServerError, { exit: EXIT.failure, code: "server", retryable: true }],
  [ApiError, { exit: EXIT.failure, code: "api" }],
];

const LOCAL_KINDS: readonly [abstract new (...args: never[]) => Error, Kind][] = [
  [ConfigError, { exit: EXIT.usage, code: "config" }],
  [ProfileError, { exit: EXIT.failure, code: "profile" }],
  [TimeoutError, { exit: EXIT.timeout, code: "timeout", retryable: true }],
  [ConnectionError, { exit: EXIT.failure, code: "connection", retryable: true }],
  [DecodeError, { exit: EXIT.failure, code: "decode" }],
  [CartoError, { exit: EXIT.failure, code: "error" }],
];

/** What became of a command that threw `error`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Interrupted) {
    return {
      exit: error.by === "SIGINT" ? EXIT.interrupted : EXIT.terminated,
      code: "interrupted",
      message: "interrupted",
      retryable: true,
    };
  }
  if (error instanceof JobError) return jobFailure(error);
  if (error instanceof ImportError) return importFailure(error);
  if (error instanceof DependentVisualizationsError) return dependentsFailure(error);
  if (error instanceof ApiError) return apiFailure(error);
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return { exit: EXIT.timeout, code: "timeout", message: "the time given by --timeout is over", retryable: true };
  }
  return localFailure(error);
}

function kindOf(error: unknown, kinds: typeof API_KINDS): Kind {
  const found = kinds.find(([type]) => error instanceof type);
  return found?.[1] ?? { exit: EXIT.failure, code: "error" };
}

function apiFailure(error: ApiError): Failure {
  const kind = kindOf(error, API_KINDS);
  const conflict = error.status === 409 ? { exit: EXIT.conflict, code: "conflict" } : {};
  const hint = error.hint ?? kind.hint;
  return {
    exit: kind.exit,
    code: kind.code,
    ...conflict,
    message: error.messages[0] ?? error.message,
    ...(error.detail && { detail: error.detail }),
    ...(hint && { hint }),
    status: error.status,
    ...(error.requestId && { requestId: error.requestId }),
    retryable: kind.retryable ?? false,
    ...(error instanceof MapError && mapFailure(error)),
  };
}

/** How a map's error begins when it is its SQL that failed, by the part of the server that ran it. */
const SQL_STEP = /^(?:PgMvtFactory|PgMvtRenderer|Postgis Plugin): /;
const NO_GEOMETRY =
  "maps show a column the_geom_webmercator: select cdb_cartodbfytable('TABLE') adds it to a table, a query names it or *";

function mapFailure(error: MapError): Partial<Failure> {
  if (!SQL_STEP.test(error.message)) return {};
  const bare = /column "?the_geom_webmercator"? does not exist/.test(error.message);
  return { exit: EXIT.sql, code: "sql", ...(bare && { hint: NO_GEOMETRY }) };
}

function jobFailure(error: JobError): Failure {
  const { job } = error;
  const failed = job.status === "failed";
  const reason = job.failed_reason ? `: ${job.failed_reason}` : "";
  return {
    exit: failed ? EXIT.sql : EXIT.failure,
    code: `job_${job.status}`,
    message: `job ${job.job_id} is ${job.status}${reason}`,
    ...(failed && { hint: `carto-ts job get ${job.job_id} shows each of its queries` }),
    retryable: false,
  };
}

const LIMITS: ReadonlySet<number> = new Set([6666, 6668, 6669, 6670, 8001, 8002, 8005, 8006, 8007, 8008]);
const TIMEOUTS: ReadonlySet<number> = new Set([1020, 6667]);

const IMPORT_KINDS: Readonly<Record<ImportError["source"], Kind>> = {
  user: { exit: EXIT.sql, code: "import_data" },
  cartodb: { exit: EXIT.failure, code: "import_server", retryable: true },
  external: { exit: EXIT.failure, code: "import_external", retryable: true },
};

function importFailure({ code, message, source }: ImportError): Failure {
  const limit = LIMITS.has(code) ? { exit: EXIT.limit, code: "import_limit" } : {};
  const timeout = TIMEOUTS.has(code) ? { exit: EXIT.timeout, code: "import_timeout", retryable: true } : {};
  return { retryable: false, ...IMPORT_KINDS[source], ...limit, ...timeout, message, importCode: code };
}

function dependentsFailure({ dataset, dependents, count }: DependentVisualizationsError): Failure {
  const names = dependents.map(({ name }) => `"${name}"`);
  const more = count > names.length ? [`${count - names.length} more`] : [];
  return {
    exit: EXIT.conflict,
    code: "dependent_maps",
    message: `${plural(count, "map")} of dataset "${dataset}": ${[...names, ...more].join(", ")}`,
    hint: "--force deletes the dataset all the same, and with it the maps that show nothing else",
    retryable: false,
  };
}

function localFailure(error: unknown): Failure {
  const kind = error instanceof CommandError ? commandKind(error) : kindOf(error, LOCAL_KINDS);
  const hint = error instanceof ConnectionError ? connectionHint(error) : kind.hint;
  return {
    exit: kind.exit,
    code: kind.code,
    message: messageOf(error),
    ...(hint && { hint }),
    retryable: kind.retryable ?? false,
  };
}

function connectionHint(error: ConnectionError): string {
  return error.message.includes("broke off") ? BROKEN : UNREACHABLE;
}

function commandKind({ exit, hint }: CommandError): Kind {
  const code = exit === EXIT.usage ? "usage" : exit === EXIT.conflict ? "conflict" : "error";
  return hint === undefined ? { exit, code } : { exit, code, hint };
}

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ENOTDIR: "a part of the path is not a directory",
  ENOSPC: "no space left on the device",
  EROFS: "the file system is read-only",
};

function messageOf(error: unknown): string {
  const { code, path, message } = error as { code?: string; path?: string; message?: string };
  const said = code ? FILE_ERRORS[code] : undefined;
  if (said) return path ? `${path}: ${said}` : said;
  return message ?? String(error);
}
