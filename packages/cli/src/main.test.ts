import { describe, expect, it } from "vitest";
import { run } from "../testing/run.ts";
import { Interrupted, PipeClosed } from "./io.ts";

describe("main", () => {
  it("never rejects, and needs no process", async () => {
    expect(await run(["--version"])).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
    expect(await run(["nope"])).toMatchObject({ code: 2, stdout: "" });
    expect(await run(["sql", "select 1"])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("no server"),
    });
  });

  it("ends with 0 when the reader of the output is gone, with 130 when interrupted", async () => {
    const env = { HOME: "/nonexistent", CARTO_API_URL: "http://127.0.0.1:1/user/dev" };
    expect(await run(["sql", "select 1"], { env, signal: AbortSignal.abort(new PipeClosed()) })).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    expect(await run(["sql", "select 1"], { env, signal: AbortSignal.abort(new Interrupted("SIGINT")) })).toMatchObject(
      { code: 130, stdout: "" },
    );
  });

  it("tells of a failure as text or as JSON", async () => {
    const text = await run(["auth", "logout", "--profile", "none"]);
    expect(text).toEqual({
      code: 2,
      stdout: "",
      stderr: 'error: there is no profile "none"\nhint: nothing is stored\n',
    });
    const json = await run(["auth", "logout", "--profile", "none", "--json"]);
    expect(JSON.parse(json.stderr)).toEqual({
      error: { code: "usage", message: 'there is no profile "none"', hint: "nothing is stored", retryable: false },
    });
  });
});
