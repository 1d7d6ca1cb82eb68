import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, outcome, run, type Served, said, serve, start, temporaryDirectory } from "./cli.ts";

interface Job {
  job_id: string;
  status: string;
  query: unknown;
  failed_reason?: string;
}

let served: Served;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  [served, directory] = await Promise.all([serve(), temporaryDirectory()]);
});
afterAll(async () => {
  await served?.stop();
  await directory.remove();
});

const job = (...args: string[]): Promise<Outcome> => run(["job", ...args], { env: served.env });
const parse = (text: string): Job => JSON.parse(text) as Job;
const SLOW = "select pg_sleep(30)";

describe("job create", () => {
  it("prints the id and nothing else", async () => {
    const { code, stdout, stderr } = await job("create", "select 1");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^[0-9a-f-]{36}\n$/);
    const ended = await job("wait", stdout.trim(), "--interval", "0.1");
    expect(ended.code).toBe(0);
    expect(parse(ended.stdout)).toMatchObject({ job_id: stdout.trim(), status: "done", query: "select 1" });
  });

  it("runs several queries in order and waits for them", async () => {
    const { code, stdout, stderr } = await job(
      "create",
      "create table made (a int)",
      "insert into made values (1), (2)",
      "--wait",
      "--interval",
      "0.1",
    );
    expect(code).toBe(0);
    expect(parse(stdout)).toMatchObject({ status: "done", query: [{ status: "done" }, { status: "done" }] });
    expect(stderr).toMatch(/job \S+ created\n(.*\n)*job \S+ is done\n/);
    expect((await run(["sql", "select count(*) from made"], { env: served.env })).stdout).toBe("count\n2\n");
  });

  it("reads a query or a plan from a file, or standard input", async () => {
    const query = join(directory.path, "q.sql");
    await writeFile(query, "select 42\n");
    expect(parse((await job("create", "-f", query, "--json")).stdout).query).toBe("select 42\n");
    const plan = join(directory.path, "plan.json");
    await writeFile(plan, JSON.stringify({ query: [{ query: "select 1", onsuccess: "select 2" }] }));
    expect(parse((await job("create", "-f", plan, "--json")).stdout).query).toMatchObject({
      query: [{ query: "select 1" }],
    });
    const piped = await run(["job", "create", "--json"], { env: served.env, input: "select 43" });
    expect(parse(piped.stdout).query).toBe("select 43");
  });

  it("takes what follows success and failure", async () => {
    await job("create", "select 1", "--onsuccess", "create table told (a int)", "--wait", "--interval", "0.1");
    for (let tries = 0; tries < 50; tries += 1) {
      if ((await run(["sql", "select * from told"], { env: served.env })).code === 0) return;
    }
    expect.fail("onsuccess did not run");
  });

  it("exits with 3 when the job fails, and says why", async () => {
    const { code, stdout, stderr } = await job("create", "select * from nowhere", "--wait", "--interval", "0.1");
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(/is failed: relation "nowhere" does not exist/);
  });

  it("needs the master key", async () => {
    const { code, stderr } = await run(["job", "create", "select 1"], {
      env: { CARTO_API_URL: served.env.CARTO_API_URL },
    });
    expect(code).toBe(4);
    expect(stderr).toContain("master key");
  });
});

describe("job get, cancel and list", () => {
  it("shows, cancels and lists", async () => {
    const id = (await job("create", SLOW)).stdout.trim();
    expect(parse((await job("get", id)).stdout)).toMatchObject({ job_id: id, query: SLOW });
    expect(parse((await job("cancel", id)).stdout).status).toBe("cancelled");
    // A job that has ended stays as it is, which is no error.
    expect((await job("cancel", id)).code).toBe(0);
    const list = JSON.parse((await job("list")).stdout) as Job[];
    expect(list.find((each) => each.job_id === id)?.status).toBe("cancelled");
  });

  it("exits with 5 for a job that isn't there", async () => {
    const { code, stdout } = await job("get", "00000000-0000-4000-8000-000000000000");
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
  });
});

describe("Ctrl-C while waiting", () => {
  it("cancels the job", async () => {
    const child = start(["job", "create", SLOW, "--wait", "--interval", "0.1"], served.env);
    const ended = outcome(child);
    const id = /job (\S+) created/.exec(await said(child.stderr, / is (pending|running)/))?.[1] ?? "";
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain(`job ${id} is cancelled`);
    expect(parse((await job("get", id)).stdout).status).toBe("cancelled");
  });

  it("leaves the job alone with --detach", async () => {
    const id = (await job("create", SLOW)).stdout.trim();
    const child = start(["job", "wait", id, "--detach", "--interval", "0.1"], served.env);
    const ended = outcome(child);
    await said(child.stderr, / is (pending|running)/);
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain("goes on");
    expect(parse((await job("cancel", id)).stdout).status).toBe("cancelled");
  });

  it("isn't what --timeout does: it only ends the waiting, with 8", async () => {
    const id = (await job("create", SLOW)).stdout.trim();
    const { code, stderr } = await job("wait", id, "--timeout", "1", "--interval", "0.1");
    expect(code).toBe(8);
    expect(stderr).toContain("goes on");
    expect(parse((await job("cancel", id)).stdout).status).toBe("cancelled");
  });
});
