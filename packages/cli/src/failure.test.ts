import {
  type ApiError,
  AuthenticationError,
  ConfigError,
  ConnectionError,
  DecodeError,
  type Job,
  JobError,
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

describe("toFailure", () => {
  it.each([
    [answered(AuthenticationError, 401), 4, "authentication"],
    [answered(PermissionError, 403), 4, "permission"],
    [answered(NotFoundError, 404), 5, "not_found"],
    [answered(ValidationError, 409), 6, "conflict"],
    [answered(ValidationError, 422), 1, "validation"],
    [answered(SqlError, 400), 3, "sql"],
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

  it("says which failures may pass", () => {
    const passing = [
      answered(RateLimitError, 429),
      answered(ServerError, 503),
      new ConnectionError("x"),
      new TimeoutError("x", 1),
    ];
    expect(passing.map((error) => toFailure(error).retryable)).toEqual([true, true, true, true]);
  });

  it("says in words what is wrong with a file", () => {
    const error = Object.assign(new Error("ENOENT: no such file or directory, open 'x.csv'"), {
      code: "ENOENT",
      path: "x.csv",
    });
    expect(toFailure(error).message).toBe("x.csv: no such file or directory");
  });
});
