import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { sendJson, startServer } from "../../../sdk/testing/http-server.ts";
import { TABLE } from "../../../sdk/testing/imports.ts";
import { type Run, run } from "../../testing/run.ts";

const CITIES = {
  id: TABLE.visualization_id,
  name: "cities",
  type: "table",
  title: null,
  description: "All of them",
  privacy: "PRIVATE",
  tags: ["a", "b"],
  license: null,
  attributions: null,
  created_at: "2026-11-24T10:00:00.000Z",
  updated_at: "2026-11-24T11:00:00.000Z",
  dependent_visualizations_count: 0,
  dependent_visualizations: [],
  table: { id: TABLE.id, name: "cities", geometry_types: ["ST_Point"], size: 8192, row_count: 1234 },
};
const ROADS = { ...CITIES, id: "r", name: "roads", privacy: "PUBLIC", table: {} };
const COLUMNS = [
  ["cartodb_id", "number"],
  ["the_geom", "geometry", "geometry", "point"],
  ["name", "string"],
];

/** A server with two datasets; `roads` is on two maps. */
async function serving(tables = 200) {
  const maps = ["One", "Two"].map((name) => ({ id: name, name, updated_at: "2026-11-24T10:00:00.000Z" }));
  const shown = { ...ROADS, dependent_visualizations_count: 2, dependent_visualizations: maps };
  const server = await startServer((request, response) => {
    const url = new URL(request.url, "http://x");
    const name = url.pathname.split("/").at(-1) ?? "";
    if (name === "viz") return sendJson(response, 200, { visualizations: [CITIES, ROADS], total_entries: 2 });
    if (url.pathname.includes("/tables/")) {
      return sendJson(response, tables, {
        id: TABLE.id,
        name,
        schema: COLUMNS,
        rows_counted: 1240,
        table_size: 16_384,
      });
    }
    const found = [CITIES, shown].find((dataset) => dataset.name === name || dataset.id === name);
    if (!found) return sendJson(response, 404, { errors: "Visualization does not exist", errors_cause: null });
    if (request.method === "DELETE") return response.writeHead(204).end();
    if (request.method === "GET") return sendJson(response, 200, found);
    const { privacy, ...changes } = JSON.parse(String(request.body)) as { privacy?: string; name?: string };
    return sendJson(response, 200, { ...found, ...changes, ...(privacy && { privacy: privacy.toUpperCase() }) });
  });
  const env = {
    HOME: "/nonexistent",
    CARTO_API_URL: server.baseUrl,
    CARTO_API_KEY: "canary-master-key",
    NO_COLOR: "1",
  };
  return Object.assign(server, {
    dataset: (args: string[], given: Parameters<typeof run>[1] = {}): Promise<Run> =>
      run(["dataset", ...args], { env, ...given }),
    asked: () => server.requests.map(({ method, url }) => `${method} ${url.replace("/user/dev/api/v1/", "")}`),
    deletions: () => server.requests.filter(({ method }) => method === "DELETE").length,
  });
}

describe("dataset list", () => {
  it("is a table on a terminal, with sizes for people", async () => {
    await using server = await serving();

    const { code, stdout, stderr } = await server.dataset(["list"], { terminal: true });

    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "┌────────┬───────┬─────────┬──────────┬─────────┬──────────────────────────┐",
        "│ name   │  rows │    size │ geometry │ privacy │ updated                  │",
        "├────────┼───────┼─────────┼──────────┼─────────┼──────────────────────────┤",
        "│ cities │ 1,234 │ 8.19 kB │ Point    │ private │ 2026-11-24T11:00:00.000Z │",
        "│ roads  │       │         │          │ public  │ 2026-11-24T11:00:00.000Z │",
        "└────────┴───────┴─────────┴──────────┴─────────┴──────────────────────────┘",
        "",
      ].join("\n"),
    );
    expect(stderr).toBe("2 datasets\n");
  });

  it("is CSV in a pipe, with numbers for programs", async () => {
    await using server = await serving();

    expect(await server.dataset(["list"])).toEqual({
      code: 0,
      stdout:
        "name,rows,bytes,geometry,privacy,updated,id\n" +
        `cities,1234,8192,Point,private,2026-11-24T11:00:00.000Z,${CITIES.id}\n` +
        "roads,,,,public,2026-11-24T11:00:00.000Z,r\n",
      stderr: "",
    });
  });

  it("has everything in JSON, also by --json", async () => {
    await using server = await serving();

    expect(JSON.parse((await server.dataset(["list", "--json"])).stdout)).toEqual([CITIES, ROADS]);
    const lines = (await server.dataset(["list", "--format", "ndjson"])).stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([CITIES, ROADS]);
  });

  it("asks for what the options say, and no more than is wanted", async () => {
    await using server = await serving();
    const options = ["--search", "city", "--tags", "a,b", "--privacy", "public", "--order", "name", "--asc"];

    const { stdout } = await server.dataset(["list", ...options, "--limit", "1", "--format", "csv"]);

    expect(stdout.trim().split("\n")).toHaveLength(2);
    const { searchParams } = new URL(server.requests[0]?.url ?? "", "http://x");
    expect(Object.fromEntries(searchParams)).toEqual({
      type: "table",
      shared: "no",
      page: "1",
      per_page: "1",
      q: "city",
      tags: "a,b",
      privacy: "public",
      order: "name",
      order_direction: "asc",
    });
  });
});

describe("dataset show", () => {
  it("shows people a dataset with its columns", async () => {
    await using server = await serving();

    const { code, stdout } = await server.dataset(["show", "cities"], { terminal: true });

    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "dataset      cities",
        "description  All of them",
        "privacy      private",
        "rows         1,240",
        "size         16.4 kB",
        "geometry     Point",
        "tags         a, b",
        "created      2026-11-24T10:00:00.000Z",
        "updated      2026-11-24T11:00:00.000Z",
        `id           ${CITIES.id}`,
        "column       cartodb_id number",
        "column       the_geom geometry (point)",
        "column       name string",
        "",
      ].join("\n"),
    );
  });

  it("shows those who may not see the table what they may see", async () => {
    await using server = await serving(401);

    const { code, stdout } = await server.dataset(["show", "cities"], { terminal: true });

    expect(code).toBe(0);
    expect(stdout).toContain("rows         1,234\n");
    expect(stdout).not.toContain("column");
  });

  it("gives programs what the server says, with one request", async () => {
    await using server = await serving();

    const { stdout } = await server.dataset(["show", "cities"]);

    expect(JSON.parse(stdout)).toEqual(CITIES);
    expect(server.requests).toHaveLength(1);
  });

  it("exits with 5 for a dataset that isn't there", async () => {
    await using server = await serving();

    expect(await server.dataset(["show", "none"])).toEqual({
      code: 5,
      stdout: "",
      stderr: "error: could not read dataset none: Visualization does not exist\n",
    });
  });
});

describe("dataset rename and privacy", () => {
  it("say what the dataset is now", async () => {
    await using server = await serving();

    expect(await server.dataset(["rename", "cities", "towns"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "cities is called towns now\n",
    });
    expect((await server.dataset(["privacy", "cities", "public"])).stderr).toBe("cities is public\n");
    expect(server.asked().filter((line) => line.startsWith("PUT"))).toEqual(Array(2).fill(`PUT viz/${CITIES.id}`));
  });

  it("give programs the dataset", async () => {
    await using server = await serving();

    const { stdout, stderr } = await server.dataset(["privacy", "cities", "link", "--json"]);

    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ ...CITIES, privacy: "LINK" });
    expect((await server.dataset(["privacy", "cities", "secret"])).code).toBe(2);
  });
});

describe("dataset delete", () => {
  it("needs --yes where nobody can be asked", async () => {
    await using server = await serving();

    const { code, stderr } = await server.dataset(["delete", "cities"]);

    expect(code).toBe(2);
    expect(stderr).toBe("error: nobody is there to be asked\nhint: say --yes to delete without a question\n");
    expect(server.requests).toEqual([]);
  });

  it.each([
    ["y\n", 0, 1],
    ["YES\n", 0, 1],
    ["\n", 1, 0],
    ["n\n", 1, 0],
    ["cities\n", 1, 0],
  ])("asks on a terminal, and takes %j as it is meant", async (typed, exit, deletions) => {
    await using server = await serving();
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    stdin.end(typed);

    const { code, stderr } = await server.dataset(["delete", "cities"], { stdin });

    expect(code).toBe(exit);
    expect(stderr).toContain("Delete dataset cities with all rows? [y/N] ");
    expect(server.deletions()).toBe(deletions);
  });

  it("deletes one after the other, up to one that can't be", async () => {
    await using server = await serving();

    const { code, stdout, stderr } = await server.dataset(["delete", "cities", "none", "roads", "--yes"]);

    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toBe("deleted cities\nerror: could not delete dataset none: Visualization does not exist\n");
    expect(server.deletions()).toBe(1);
  });

  it("leaves alone what maps show, unless forced", async () => {
    await using server = await serving();

    const { code, stderr } = await server.dataset(["delete", "roads", "--yes"]);
    expect(code).toBe(6);
    expect(stderr).toBe(
      'error: could not delete dataset roads: 2 maps of dataset "roads": "One", "Two"\n' +
        "hint: --force deletes the dataset all the same, and with it the maps that show nothing else\n",
    );
    expect(server.deletions()).toBe(0);

    expect((await server.dataset(["delete", "roads", "--yes", "--force"])).code).toBe(0);
    expect(server.deletions()).toBe(1);
  });
});
