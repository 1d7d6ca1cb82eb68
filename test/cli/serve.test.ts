import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/http.ts";
import { outcome, run, type Served, said, serve, start, temporaryDirectory } from "./cli.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory.remove());

async function stopBy(signal: "SIGINT" | "SIGTERM", served: Served): Promise<number | null> {
  const closed = once(served.child, "close");
  served.child.kill(signal);
  return ((await closed) as [number | null])[0];
}

describe("serve", () => {
  it("keeps its data and its key in a directory, and ends well on Ctrl-C and SIGTERM", async () => {
    const env = { XDG_DATA_HOME: directory.path };
    const first = await serve([], env);
    expect(first.env.CARTO_API_URL).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/user\/dev$/);
    expect(first.env.CARTO_API_KEY.length).toBeGreaterThanOrEqual(32);
    await run(["sql", "create table kept as select 7 as a"], { env: first.env });
    expect(await stopBy("SIGINT", first)).toBe(0);

    const second = await serve([], env);
    expect(second.env.CARTO_API_KEY).toBe(first.env.CARTO_API_KEY);
    expect((await run(["sql", "select * from kept"], { env: second.env })).stdout).toBe("a\n7\n");
    expect(await stopBy("SIGTERM", second)).toBe(0);
  });

  it("drains: a running request gets its answer", async () => {
    const served = await serve(["--memory", "--account", "ana"], { CARTO_MASTER_KEY: "a-key-of-my-own" });
    expect(served.env.CARTO_API_URL).toMatch(/\/user\/ana$/);
    expect(served.env.CARTO_API_KEY).toBe("a-key-of-my-own");
    const page = served.env.CARTO_API_URL.replace("/user/", "/viewer/");
    expect(await eventually(() => served.told().includes(`Look at your data: ${page}\n`))).toBe(true);
    expect((await fetch(page)).headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    const running = start(["sql", "select pg_sleep(2), 1 as a", "--columns", "a"], served.env);
    running.stdin.end();
    const answer = outcome(running);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await stopBy("SIGINT", served)).toBe(0);
    expect(await answer).toMatchObject({ code: 0, stdout: "a\n1\n" });
  });

  it("says at once when the port is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const started = performance.now();
    const { code, stdout, stderr } = await run(["serve", "--memory", "--port", String(port)]);
    other.close();
    expect({ code, stdout }).toEqual({ code: 6, stdout: "" });
    expect(stderr).toContain(`127.0.0.1:${port}: the port is in use`);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it("names what it can't reach", async () => {
    const { code, stderr } = await run([
      "serve",
      "--port",
      "0",
      "--database-url",
      "postgres://me:canary@127.0.0.1:1/none",
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("could not start the server");
    expect(stderr).not.toContain("canary");
  });

  it("writes only the export line to stdout, and ends at once on a second Ctrl-C", async () => {
    const child = start(["serve", "--memory", "--port", "0"]);
    const ended = outcome(child);
    await said(child.stderr, "starting");
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, stdout: "" });
  });
});
