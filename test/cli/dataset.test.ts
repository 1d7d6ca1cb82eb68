import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, run, type Served, serve } from "./cli.ts";

let served: Served;
beforeAll(async () => {
  served = await serve();
  for (const name of ["cities", "roads", "rails"])
    await cli(["import", "-", "--name", `${name}.csv`], "a,b\n1,x\n2,y\n");
});
afterAll(() => served?.stop());

const cli = (args: string[], input?: string): Promise<Outcome> =>
  run(args, { env: served.env, ...(input !== undefined && { input }) });
const names = async (...args: string[]): Promise<string[]> =>
  (await cli(["dataset", "list", ...args])).stdout
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",")[0] ?? "");

describe("dataset", () => {
  it("lists what was imported, and what SQL made of it", async () => {
    expect(await names("--order", "name", "--asc")).toEqual(["cities", "rails", "roads"]);
    expect(await names("--order", "name", "--limit", "1")).toEqual(["roads"]);
    expect(await names("--search", "rail")).toEqual(["rails"]);

    await cli(["sql", "create table by_hand (a int); select cdb_cartodbfytable('by_hand')"]);
    expect(await names("--order", "name", "--asc")).toContain("by_hand");
    await cli(["sql", "drop table by_hand"]);
    expect(await names()).not.toContain("by_hand");
  });

  it("shows one by its name or id", async () => {
    const { id, table } = JSON.parse((await cli(["dataset", "show", "cities"])).stdout) as Record<string, unknown>;
    const byId = JSON.parse((await cli(["dataset", "show", String(id)])).stdout) as Record<string, unknown>;

    expect(byId).toMatchObject({ id, name: "cities", type: "table", privacy: "PRIVATE" });
    expect(table).toMatchObject({ name: "cities", row_count: 2 });
  });

  it("publishes one, and takes that back", async () => {
    const visit = async (): Promise<number | null> =>
      (await run(["sql", "select * from roads"], { env: { CARTO_API_URL: served.env.CARTO_API_URL } })).code;

    expect(await visit()).not.toBe(0);
    expect((await cli(["dataset", "privacy", "roads", "public"])).stderr).toBe("roads is public\n");
    expect(await visit()).toBe(0);
    expect((await cli(["dataset", "privacy", "roads", "private"])).stderr).toBe("roads is private\n");
    expect(await visit()).not.toBe(0);
  });

  it("renames one and its table, made a name that a table can have", async () => {
    const { code, stderr } = await cli(["dataset", "rename", "cities", "Big Towns"]);

    expect(code).toBe(0);
    expect(stderr).toMatch(/^cities is called big_towns now/);
    expect((await cli(["sql", "select count(*) from big_towns"])).stdout).toBe("count\n2\n");
    expect((await cli(["dataset", "show", "cities"])).code).toBe(5);
  });

  it("deletes one with its table", async () => {
    expect((await cli(["dataset", "delete", "rails"])).code).toBe(2);
    expect(await cli(["dataset", "delete", "rails", "--yes"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "deleted rails\n",
    });
    expect((await cli(["sql", "select * from rails"])).stderr).toContain('relation "rails" does not exist');
    expect((await cli(["dataset", "delete", "rails", "--yes"])).code).toBe(5);
  });

  it("needs the master key, but for what is public", async () => {
    const env = { CARTO_API_URL: served.env.CARTO_API_URL };

    expect((await run(["dataset", "list"], { env })).code).toBe(0);
    expect((await run(["dataset", "delete", "roads", "--yes"], { env })).code).not.toBe(0);
    expect(await names()).toContain("roads");
  });
});
