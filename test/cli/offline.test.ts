import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { run } from "./cli.ts";

const COMMANDS = [
  "sql",
  "import",
  "dataset",
  "dataset list",
  "dataset delete",
  "copy from",
  "copy to",
  "job create",
  "job wait",
  "serve",
  "auth login",
  "api",
  "completion",
];

describe("help", () => {
  it.each(["", ...COMMANDS])("of %j is on stdout, examples first", async (command) => {
    const { code, stdout, stderr } = await run([...command.split(" ").filter(Boolean), "--help"]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^Usage: carto-ts/);
    expect(stdout).toContain("Examples:");
    expect(stdout.indexOf("Examples:")).toBeLessThan(stdout.indexOf("Options:"));
  });

  it("is what the bare command shows", async () => {
    expect(await run([])).toEqual(await run(["--help"]));
  });

  it("is also what help before a command shows", async () => {
    expect(await run(["help", "copy", "from"])).toEqual(await run(["copy", "from", "--help"]));
  });

  it("names the exit codes and where the key comes from", async () => {
    const { stdout } = await run(["--help"]);
    expect(stdout).toContain("Exit codes:");
    expect(stdout).toContain("CARTO_API_KEY");
  });

  it("is shown on stderr for a group without a command", async () => {
    const { code, stdout, stderr } = await run(["job"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: carto-ts job");
  });

  it("shows the version", async () => {
    expect(await run(["--version"])).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
  });
});

describe("wrong usage", () => {
  it("suggests what was meant", async () => {
    const command = await run(["sqll", "select 1"]);
    expect(command).toMatchObject({ code: 2, stdout: "" });
    expect(command.stderr).toMatch(/^error: unknown command 'sqll'\nhint: Did you mean sql\?/);
    const option = await run(["sql", "select 1", "--fromat", "csv"]);
    expect(option.code).toBe(2);
    expect(option.stderr).toContain("Did you mean --format?");
  });

  it.each([
    [["sql", "select 1", "--format", "xml"], "Allowed choices are table, csv"],
    [["sql", "select 1", "--limit", "x"], "whole number"],
    [["sql", "select 1", "--timeout", "0"], "seconds above 0"],
    [["copy", "from", "a.csv"], "missing required argument 'table'"],
    [["import", "a.csv", "b.csv", "--name", "c"], "one name can't be that of several"],
    [["import", "a.csv", "--privacy", "secret"], "Allowed choices are private, public, link"],
    [["dataset", "delete", "a"], "say --yes"],
    [["serve", "--memory", "--data", "x"], "cannot be used with"],
    [["serve", "--key", "app:t0ken:drop@t"], "is no right"],
    [["serve", "--host", "0.0.0.0"], "can be reached from other machines"],
    [["sql", "select 1", "-o", "x.unknown"], "can't tell a format"],
    [["sql", "select 1", "-f", "x.sql"], "not both"],
    [["sql"], "no SQL to run"],
    [["api", "GET", "https://evil.example/"], "not a whole URL"],
  ])("of %j is told with 2", async (args, text) => {
    const { code, stdout, stderr } = await run(args, { env: { CARTO_API_URL: "http://127.0.0.1:1/user/dev" } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(text);
  });

  it("is told as JSON when asked", async () => {
    const { code, stderr } = await run(["sql", "--nope", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: "usage", message: "unknown option '--nope'", retryable: false },
    });
  });
});

describe("without a configuration", () => {
  it("says how to make one, and asks nobody", async () => {
    const { code, stdout, stderr } = await run(["sql", "select 1"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("no server is configured");
    expect(stderr).toContain("export CARTO_API_URL=");
    expect(stderr).toContain("carto-ts auth login");
    expect(stderr).toContain("carto-ts serve");
  });

  it("explains a URL that can't be one", async () => {
    const { code, stderr } = await run(["sql", "select 1", "--url", "carto"]);
    expect(code).toBe(2);
    expect(stderr).toContain("https://bob.carto.com");
  });
});

describe("a server that isn't there", () => {
  const env = { CARTO_API_URL: "", CARTO_API_KEY: "canary-key-9f2c1b" };
  beforeAll(async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    env.CARTO_API_URL = `http://127.0.0.1:${(server.address() as { port: number }).port}/user/dev`;
    server.close();
  });

  it("is told with what to do, and without the key", async () => {
    const { code, stdout, stderr } = await run(["sql", "select 1", "--verbose"], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("could not run the query");
    expect(stderr).toContain("is the server running?");
    expect(stderr).not.toContain("canary");
  });

  it("is told as JSON when asked", async () => {
    const { code, stderr } = await run(["sql", "select 1", "--json"], { env });
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "connection", retryable: true } });
  });
});

describe("completion", () => {
  it("for bash is valid, and completes commands, options and their values", async () => {
    const { code, stdout } = await run(["completion", "bash"]);
    expect(code).toBe(0);
    const bash = promisify(execFile);
    await bash("bash", ["-n", "-c", stdout]);
    const complete = async (...words: string[]): Promise<string[]> => {
      const script = `${stdout}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _carto_ts; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return (await bash("bash", ["-c", script, "bash", ...words])).stdout.trim().split("\n");
    };
    expect(await complete("carto-ts", "s")).toEqual(["sql", "sync", "serve"]);
    expect(await complete("carto-ts", "copy", "f")).toEqual(["from"]);
    expect(await complete("carto-ts", "dataset", "d")).toEqual(["delete"]);
    expect(await complete("carto-ts", "import", "--privacy", "p")).toEqual(["private", "public"]);
    expect(await complete("carto-ts", "sql", "--format", "n")).toEqual(["ndjson"]);
    expect(await complete("carto-ts", "job", "wait", "--de")).toEqual(["--detach"]);
    expect(await complete("carto-ts", "sql", "--file", "x")).toEqual([""]);
  });

  it.each(["zsh", "fish"])("for %s names every command", async (shell) => {
    const { code, stdout } = await run(["completion", shell]);
    expect(code).toBe(0);
    for (const name of ["sql", "import", "dataset", "copy", "job", "serve", "auth", "api", "completion"])
      expect(stdout).toContain(name);
  });
});
