import {
  type ApiError,
  AuthenticationError,
  ConfigError,
  ConnectionError,
  DecodeError,
  DependentVisualizationsError,
  ImportError,
  type Job,
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
import { describe, expect, it } from "vitest";
import { CommandError } from "./command-error.ts";
import { EXIT } from "./exit.ts";
import { toFailure } from "./failure.ts";
import { Interrupted } from "./io.ts";

const job = { job_id: "j1", status: "failed", failed_reason: "boom" } as Job;
const answered = (Type: new (init: { status: number; messages: string[] }) => ApiError, status: number): ApiError =>
  new Type({ status, messages: ["said"] });

const failedImport = (code: number, source: ImportError["source"]): ImportError =>
  new ImportError("said", { importId: "i", code, title: "t", whatAbout: "w", source, warnings: {} });

describe("toFailure", () => {
  it.each([
    [answered(AuthenticationError, 401), 4, "authentication"],
    [answered(PermissionError, 403), 4, "permission"],
    [answered(NotFoundError, 404), 5, "not_found"],
    [answered(ValidationError, 409), 6, "conflict"],
    [answered(ValidationError, 422), 1, "validation"],
    [answered(SqlError, 400), 3, "sql"],
    [answered(MapError, 400), 1, "validation"],
    [new MapError({ status: 400, messages: ["PgMvtFactory: syntax error"] }), 3, "sql"],
    [answered(RateLimitError, 429), 7, "rate_limit"],
    [answered(QueryTimeoutError, 429), 8, "query_timeout"],
    [answered(ServerError, 500), 1, "server"],
    [new TimeoutError("slow", 1), 8, "timeout"],
    [new DOMException("slow", "TimeoutError"), 8, "timeout"],
    [new ConnectionError("refused"), 1, "connection"],
    [new DecodeError("html"), 1, "decode"],
    [new ConfigError("url"), 2, "config"],
    [new CommandError("how"), 2, "usage"],
    [new CommandError("port", undefined, EXIT.conflict), 6, "conflict"],
    [new JobError(job), 3, "job_failed"],
    [new JobError({ ...job, status: "cancelled" }), 1, "job_cancelled"],
    [failedImport(2003, "user"), 3, "import_data"],
    [failedImport(8003, "user"), 3, "import_data"],
    [failedImport(8001, "user"), 7, "import_limit"],
    [failedImport(6668, "user"), 7, "import_limit"],
    [failedImport(6667, "cartodb"), 8, "import_timeout"],
    [failedImport(1020, "user"), 8, "import_timeout"],
    [failedImport(99999, "cartodb"), 1, "import_server"],
    [failedImport(1012, "external"), 1, "import_external"],
    [new DependentVisualizationsError("t", [], 2), 6, "dependent_maps"],
    [new Interrupted("SIGINT"), 130, "interrupted"],
    [new Interrupted("SIGTERM"), 143, "interrupted"],
    [new Error("odd"), 1, "error"],
    ["odd", 1, "error"],
  ])("gives %s the exit code %i and the name %s", (error, exit, code) => {
    expect(toFailure(error)).toMatchObject({ exit, code });
  });

  it("keeps what the server said", () => {
    const error = new SqlError({ status: 400, messages: ["first", "second"], detail: "d", hint: "h", requestId: "r" });
    expect(toFailure(error)).toEqual({
      exit: 3,
      code: "sql",
      message: "first",
      detail: "d",
      hint: "h",
      status: 400,
      requestId: "r",
      retryable: false,
    });
  });

  it("names the maps that keep a dataset from being deleted", () => {
    const maps = ["One", "Two"].map((name) => ({ id: name, name, updated_at: "2026-11-24T10:00:00.000Z" }));
    expect(toFailure(new DependentVisualizationsError("cities", maps, 7))).toMatchObject({
      message: '7 maps of dataset "cities": "One", "Two", 5 more',
      hint: expect.stringContaining("--force"),
    });
  });

  it("says which failures may pass", () => {
    const passing = [
      answered(RateLimitError, 429),
      answered(ServerError, 503),
      new ConnectionError("x"),
      new TimeoutError("x", 1),
      failedImport(6671, "cartodb"),
      failedImport(6667, "cartodb"),
    ];
    expect(passing.filter((error) => !toFailure(error).retryable)).toEqual([]);
    expect(toFailure(failedImport(2003, "user")).retryable).toBe(false);
  });

  it("says in words what is wrong with a file", () => {
    const error = Object.assign(new Error("ENOENT: no such file or directory, open 'x.csv'"), {
      code: "ENOENT",
      path: "x.csv",
    });
    expect(toFailure(error).message).toBe("x.csv: no such file or directory");
  });
});
