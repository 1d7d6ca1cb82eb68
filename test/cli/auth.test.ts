import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, run, type Served, serve, temporaryDirectory } from "./cli.ts";

let served: Served;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let profiles: string;
beforeAll(async () => {
  [served, directory] = await Promise.all([
    serve(["--memory", "--key", "reader:r3ader-t0ken:select@seen"]),
    temporaryDirectory(),
  ]);
  profiles = join(directory.path, "carto-ts", "profiles.json");
});
afterAll(async () => {
  await served?.stop();
  await directory.remove();
});

const cli = (args: string[], input?: string): Promise<Outcome> =>
  run(args, { env: { XDG_CONFIG_HOME: directory.path }, ...(input !== undefined && { input }) });
const login = (...args: string[]): string[] => ["auth", "login", "--url", served.env.CARTO_API_URL, ...args];

describe("auth", () => {
  it("refuses a key that the server doesn't know, and stores nothing", async () => {
    const { code, stdout, stderr } = await cli(login(), "wrong-canary-key\n");
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toContain("refused the key");
    expect(stderr).not.toContain("canary");
    await expect(readFile(profiles)).rejects.toThrow("ENOENT");
  });

  it("stores a key that is right where only its owner can read it", async () => {
    const { code, stdout, stderr } = await cli(login(), `${served.env.CARTO_API_KEY}\n`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain('stored profile "default" for dev');
    expect(stderr).not.toContain(served.env.CARTO_API_KEY);
    expect((await stat(profiles)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(profiles))).mode & 0o777).toBe(0o700);
    expect(await cli(["sql", "select 1 as a"])).toEqual({ code: 0, stdout: "a\n1\n", stderr: "" });
  });

  it("shows what is in use, never the key", async () => {
    const { code, stdout } = await cli(["auth", "status"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      url: served.env.CARTO_API_URL,
      url_from: 'profile "default"',
      account: "dev",
      key: "accepted",
      key_from: 'profile "default"',
      profiles: ["default"],
    });
    expect(stdout).not.toContain(served.env.CARTO_API_KEY);
  });

  it("uses the profile that is named, by flag or by environment", async () => {
    await cli(login("--profile", "anyone", "--no-key"));
    expect((await cli(["sql", "create table t (a int)", "--profile", "anyone"])).code).not.toBe(0);
    const env = { XDG_CONFIG_HOME: directory.path, CARTO_PROFILE: "anyone" };
    expect(JSON.parse((await run(["auth", "status"], { env })).stdout)).toMatchObject({
      key: "none",
      profiles: ["default", "anyone"],
    });
    const missing = await cli(["sql", "select 1", "--profile", "nope"]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain("known profiles: default, anyone");
  });

  it("exits with 4 when the key in use is refused", async () => {
    const env = { CARTO_API_URL: served.env.CARTO_API_URL, CARTO_API_KEY: "wrong-canary-key" };
    const { code, stdout } = await run(["auth", "status"], { env });
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ key: "refused", key_from: "CARTO_API_KEY" });
  });

  it("warns of keys on the command line and of profiles that others can read", async () => {
    const flag = await cli(["sql", "select 1 as a", "--api-key", served.env.CARTO_API_KEY]);
    expect(flag).toMatchObject({ code: 0, stdout: "a\n1\n" });
    expect(flag.stderr).toMatch(/^warning: --api-key shows the key/);
    await chmod(profiles, 0o644);
    expect((await cli(["sql", "select 1"])).stderr).toContain("chmod 600");
    await chmod(profiles, 0o600);
  });

  it("forgets a profile, and tells of a file that is broken", async () => {
    expect((await cli(["auth", "logout", "--profile", "anyone"])).code).toBe(0);
    expect((await cli(["auth", "logout", "--profile", "anyone"])).code).toBe(2);
    expect((await cli(["auth", "logout"])).code).toBe(0);
    await expect(readFile(profiles)).rejects.toThrow("ENOENT");
    await writeFile(profiles, '{"profiles": {"default": {"apiKey": "canary', { mode: 0o600 });
    const broken = await cli(["sql", "select 1"]);
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain("is not valid JSON");
    expect(broken.stderr).not.toContain("canary");
  });
});

describe("keys given to serve", () => {
  it("have the rights they were given", async () => {
    await run(["sql", "create table unseen (a int)"], { env: served.env });
    const env = { CARTO_API_URL: served.env.CARTO_API_URL, CARTO_API_KEY: "r3ader-t0ken" };
    const { code, stderr } = await run(["sql", "select * from unseen"], { env });
    expect(code).toBe(4);
    expect(stderr).toContain("permission denied");
  });
});

describe("api", () => {
  it("passes the answer through", async () => {
    const { code, stdout, stderr } = await run(["api", "GET", "api/v2/sql", "-q", "q=select 1 as a"], {
      env: served.env,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ rows: [{ a: 1 }], total_rows: 1 });
  });

  it("sends JSON and forms, from the argument, a file or standard input", async () => {
    const env = served.env;
    const json = await run(["api", "post", "/api/v2/sql", "-d", '{"q":"select 1 as a"}'], { env });
    expect(JSON.parse(json.stdout)).toMatchObject({ rows: [{ a: 1 }] });
    const form = await run(["api", "POST", "/api/v2/sql", "-d", "-"], { env, input: "q=select+2+as+b" });
    expect(JSON.parse(form.stdout)).toMatchObject({ rows: [{ b: 2 }] });
    const path = join(directory.path, "body.json");
    await writeFile(path, '{"q":"select 3 as c"}');
    const file = await run(["api", "POST", "/api/v2/sql", "-d", `@${path}`], { env });
    expect(JSON.parse(file.stdout)).toMatchObject({ rows: [{ c: 3 }] });
  });

  it("fails as other commands do", async () => {
    const { code, stderr } = await run(["api", "GET", "/api/v2/nowhere"], { env: served.env });
    expect(code).toBe(5);
    expect(stderr).toContain("could not GET /api/v2/nowhere");
  });
});
