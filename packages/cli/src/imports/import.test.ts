import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendJson, startServer, until } from "../../../sdk/testing/http-server.ts";
import { CLASSIC, COMPLETE, FAILED, OURS, readForm, TABLE } from "../../../sdk/testing/imports.ts";
import { type Run, run } from "../../testing/run.ts";
import { Interrupted } from "../io.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "carto-import-"));
  for (const name of ["cities", "roads", "rails", "rivers"]) await writeFile(pathOf(name), "a\n1\n2\n");
});
afterAll(() => rm(directory, { recursive: true }));

const pathOf = (name: string): string => join(directory, `${name}.csv`);

/**
 * A server on which each import has the name of its file as id, and ends as `endings` says, else with a table of that
 * name.
 */
async function importing(
  endings: Record<string, object> = {},
  refuse: (posts: number) => { status: number; body: object } | undefined = () => undefined,
) {
  let posts = 0;
  const server = await startServer(async (request, response) => {
    const refused = request.method === "POST" ? refuse(posts++) : undefined;
    if (refused) return sendJson(response, refused.status, refused.body);
    if (request.method === "POST") {
      const name = request.form["url"]?.split("/").at(-1) ?? (await readForm(request)).file?.name ?? "";
      return sendJson(response, 200, { item_queue_id: name.replace(/\..*$/, ""), success: true });
    }
    if (request.method === "DELETE") return response.writeHead(204).end();
    if (request.method === "PUT") return sendJson(response, 200, JSON.parse(String(request.body)));
    const id = request.url.split("/").at(-1) ?? "";
    return sendJson(response, 200, endings[id] ?? { ...COMPLETE, id, tables: [{ ...TABLE, name: id }] });
  });
  const env = { HOME: "/nonexistent", CARTO_API_URL: server.baseUrl, CARTO_API_KEY: "canary-master-key" };
  return Object.assign(server, {
    import: (args: string[], given: Parameters<typeof run>[1] = {}): Promise<Run> =>
      run(["import", ...args], { env, ...given }),
    posts: () => server.requests.filter(({ method }) => method === "POST"),
  });
}

describe("import of one file", () => {
  it("prints the table's name in a pipe, and tells people the rest", async () => {
    await using server = await importing();

    const { code, stdout, stderr } = await server.import([pathOf("cities")]);

    expect({ code, stdout }).toEqual({ code: 0, stdout: "cities\n" });
    expect(stderr).toMatch(/^imported cities\.csv into cities: 2 rows, 100 B in \d+ ms\n$/);
    const { fields, file } = await readForm(server.requests[0]);
    expect(fields).toEqual({ client: "cts-0.1.0" });
    expect(file).toMatchObject({ name: "cities.csv", text: "a\n1\n2\n" });
  });

  it("sends what the options say", async () => {
    await using server = await importing();
    const { import: cli } = server;

    await cli([
      pathOf("cities"),
      "--name",
      "towns",
      "--privacy",
      "link",
      "--overwrite",
      "--no-guess",
      "--decimal-comma",
      "--srs",
      "EPSG:25830",
    ]);
    await cli([pathOf("cities"), "--skip"]);

    const [all, skip] = await Promise.all(server.posts().map(readForm));
    expect(all?.file?.name).toBe("towns.csv");
    expect(all?.fields).toEqual({
      privacy: "link",
      collision_strategy: "overwrite",
      type_guessing: "false",
      decimal_comma: "true",
      srs: "EPSG:25830",
      client: "cts-0.1.0",
    });
    expect(skip?.fields).toEqual({ collision_strategy: "skip", client: "cts-0.1.0" });
  });

  it("takes a URL as it is, renames its table, and shows nothing of it that may be secret", async () => {
    await using server = await importing();
    const url = "https://files.example/data/cities.csv?Token=canary";

    const { code, stdout, stderr } = await server.import([url, "--name", "towns", "--json"]);

    expect(code).toBe(0);
    expect(server.posts()[0]?.form["url"]).toBe(url);
    expect(JSON.parse(stdout)).toMatchObject([
      { source: "files.example/data/cities.csv", datasets: [{ name: "towns" }] },
    ]);
    expect(stdout + stderr).not.toContain("canary");
  });

  it("takes standard input, which needs a name", async () => {
    await using server = await importing();
    const stdin = Readable.from([Buffer.from("a\n1\n")]);

    expect((await server.import(["-", "--name", "piped.csv"], { stdin })).stdout).toBe("piped\n");
    const nameless = await server.import(["-"]);

    expect((await readForm(server.posts()[0])).file).toMatchObject({ name: "piped.csv", text: "a\n1\n" });
    expect(nameless).toMatchObject({ code: 2, stdout: "" });
    expect(nameless.stderr).toContain("--name cities.csv");
  });

  it("gives everything to programs, warnings and all, and nothing else to stderr", async () => {
    const warnings = { rejected_rows: { count: 1, rows: [{ row: 7, reason: "2 values for 3 columns", text: "a,b" }] } };
    await using server = await importing({ cities: { ...COMPLETE, warnings } });

    const { code, stdout, stderr } = await server.import([pathOf("cities"), "--json"]);

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual([
      { source: "cities.csv", import: { ...COMPLETE, warnings }, datasets: [TABLE], warnings },
    ]);
  });

  it("lists the rows that were left out", async () => {
    const warnings = { rejected_rows: { count: 1, rows: [{ row: 7, reason: "2 values for 3 columns", text: "a,b" }] } };
    await using server = await importing({ cities: { ...COMPLETE, warnings } });

    const { code, stdout, stderr } = await server.import([pathOf("cities")]);

    expect({ code, stdout }).toEqual({ code: 0, stdout: "cities\n" });
    expect(stderr).toContain("warning: cities.csv: 1 row left out:\n  row 7: 2 values for 3 columns: a,b\n");
  });

  it("names every table of a file, and says when there is none", async () => {
    const tables = [TABLE, { ...TABLE, name: "roads", rows: 1 }];
    await using server = await importing({ cities: { ...COMPLETE, tables }, roads: { ...COMPLETE, tables: [] } });

    const several = await server.import([pathOf("cities")]);
    expect(several.stdout).toBe("cities\nroads\n");
    expect(several.stderr).toMatch(/^imported cities\.csv into cities \(2 rows\), roads \(1 row\): 100 B in \d+ ms\n$/);

    const none = await server.import([pathOf("roads"), "--skip"]);
    expect(none).toEqual({
      code: 0,
      stdout: "",
      stderr: "roads.csv: nothing imported, for there is a dataset of that name\n",
    });
  });

  it("shows how far it is on a terminal, and takes that away at the end", async () => {
    await using server = await importing();

    const { stdout, stderr } = await server.import([pathOf("cities")], { terminal: true });

    expect(stdout).toBe("");
    expect(stderr).toContain("\r\u001b[Kcities.csv  uploading");
    const [, last] = stderr.split(/\r.\[K(?=imported)/);
    expect(last).toMatch(/^imported cities\.csv into cities: 2 rows, 100 B in \d+ ms\n$/);
  });

  it("writes how far it is as JSON when asked", async () => {
    await using server = await importing();

    const { stderr } = await server.import([pathOf("cities"), "--progress", "json", "--quiet"]);

    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(lines[0]).toMatchObject({ progress: "cities.csv", phase: "uploading", bytes: 0, total: 6 });
    expect(lines.at(-1)).toMatchObject({ progress: "cities.csv", phase: "complete", bytes: 100, total: 100, rows: 2 });
  });

  it("works with CARTO's own servers, which tell less", async () => {
    const complete = { ...CLASSIC, state: "complete", success: true, table_id: "t" };
    const table = { id: "t", name: "cities", rows_server: 3, table_visualization: { id: "v" } };
    await using server = await importing({ cities: complete, t: table });

    expect(await server.import([pathOf("cities"), "--quiet"])).toEqual({ code: 0, stdout: "cities\n", stderr: "" });
  });
});

describe("an import that fails", () => {
  it("exits with 3 when the data is at fault, and says what to do", async () => {
    await using server = await importing({ cities: FAILED });

    const { code, stdout, stderr } = await server.import([pathOf("cities")]);

    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toBe(
      'warning: cities.csv: 1 row left out:\n  row 2: a quote is not closed: 1,"a\n' +
        "error: The import of cities.csv failed: Malformed CSV (2003): No row could be read. Check the quotes.\n",
    );
  });

  it("is told as JSON when asked", async () => {
    await using server = await importing({ cities: FAILED });

    const { code, stdout, stderr } = await server.import([pathOf("cities"), "--json"]);

    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: "import_data",
        message: "The import of cities.csv failed: Malformed CSV (2003): No row could be read. Check the quotes.",
        importCode: 2003,
        retryable: false,
      },
    });
  });

  it.each([
    ["the key", 401, {}, 4, "imports and datasets need the master key"],
    [
      "the slots",
      429,
      { errors: { imports: "you're using your allowed 3 import slots" } },
      7,
      "allowed 3 import slots",
    ],
    ["the parameters", 400, { errors: { imports: "Unknown value 'x' for 'privacy'" } }, 1, "Unknown value 'x'"],
    ["the server", 500, {}, 1, "could not import cities.csv"],
  ])("by %s exits with what that means", async (_, status, body, exit, text) => {
    await using server = await importing({}, () => ({ status, body }));

    const { code, stdout, stderr } = await server.import([pathOf("cities")]);

    expect({ code, stdout }).toEqual({ code: exit, stdout: "" });
    expect(stderr).toContain(text);
    expect(stderr).not.toContain("canary");
    expect(server.requests).toHaveLength(1);
  });

  it("for a file that isn't there sends nothing of the others", async () => {
    await using server = await importing();

    const { code, stderr } = await server.import([pathOf("cities"), pathOf("none")]);

    expect(code).toBe(1);
    expect(stderr).toContain("none.csv: no such file or directory");
    expect(server.requests).toEqual([]);
  });

  it.each([
    [["a.csv", "b.csv", "--name", "c"], "one name can't be that of several"],
    [["-", "-"], "only once"],
    [["https://", "--skip"], "no address"],
    [["a.csv", "--skip", "--overwrite"], "cannot be used with"],
    [["https://x.example/a.csv", "--name", "b", "--skip"], "give either `name` or `collisionStrategy`"],
    [[], "missing required argument 'files'"],
  ])("because of its options (%j) is wrong usage", async (args, text) => {
    await using server = await importing();

    const { code, stderr } = await server.import(args);

    expect(code).toBe(2);
    expect(stderr).toContain(text);
    expect(server.requests).toEqual([]);
  });
});

describe("import of several files", () => {
  it("does three at a time, and prints the names in their order", async () => {
    let [most, ended] = [0, 0];
    await using server = await startServer(async (request, response) => {
      if (request.method === "POST") {
        most = Math.max(most, server.requests.filter(({ method }) => method === "POST").length - ended);
        const name = (await readForm(request)).file?.name.replace(".csv", "");
        await new Promise((resolve) => setTimeout(resolve, name === "cities" ? 1_000 : 30));
        return sendJson(response, 200, { item_queue_id: name, success: true });
      }
      ended += 1;
      const id = request.url.split("/").at(-1) ?? "";
      return sendJson(response, 200, { ...COMPLETE, id, tables: [{ ...TABLE, name: id }] });
    });
    const env = { HOME: "/nonexistent", CARTO_API_URL: server.baseUrl };
    const names = ["cities", "roads", "rails", "rivers"];

    const { code, stdout, stderr } = await run(["import", ...names.map(pathOf)], { env });

    expect({ code, stdout }).toEqual({ code: 0, stdout: "cities\nroads\nrails\nrivers\n" });
    expect(stderr.split("\n").at(-2)).toMatch(/^imported cities\.csv/);
    expect(most).toBe(3);
  });

  it("leaves the others when one fails, and exits with its code", async () => {
    await using server = await importing({ roads: { ...FAILED, display_name: "roads.csv" } });

    const { code, stdout, stderr } = await server.import(["cities", "roads", "rails"].map(pathOf));

    expect({ code, stdout }).toEqual({ code: 3, stdout: "cities\nrails\n" });
    expect(stderr).toContain("error: The import of roads.csv failed: Malformed CSV (2003)");
    expect(stderr).toContain("imported rails.csv into rails");
  });

  it("has an entry for each in JSON", async () => {
    await using server = await importing({ roads: FAILED });

    const { code, stdout } = await server.import([...["cities", "roads"].map(pathOf), "--json"]);

    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject([
      { source: "cities.csv", datasets: [{ name: "cities" }] },
      { source: "roads.csv", error: { code: "import_data", importCode: 2003 } },
    ]);
  });

  it("waits for one of its own to end when the account has no slot left", async () => {
    const body = { errors: { imports: "We're sorry but you're already using your allowed 1 import slots" } };
    await using server = await importing({}, (posts) =>
      posts === 1 || posts === 2 ? { status: 429, body } : undefined,
    );

    const { code, stdout } = await server.import(["cities", "roads", "rails"].map(pathOf));

    expect({ code, stdout }).toEqual({ code: 0, stdout: "cities\nroads\nrails\n" });
    expect(server.posts()).toHaveLength(5);
  });

  it("begins no other when the key is refused", async () => {
    await using server = await importing({}, () => ({ status: 401, body: {} }));
    const names = ["cities", "roads", "rails", "rivers"];

    const { code, stderr } = await server.import(names.map(pathOf));

    expect(code).toBe(4);
    expect(stderr).toContain("1 import not begun");
    expect(server.requests).toHaveLength(3);
  });
});

describe("Ctrl-C", () => {
  it("cancels on the server what runs there, and begins nothing else", async () => {
    await using server = await importing({ cities: OURS, roads: OURS, rails: OURS });
    const over = new AbortController();
    const names = ["cities", "roads", "rails", "rivers"];

    const interrupted = server.import(names.map(pathOf), { signal: over.signal });
    await until(() => server.requests.filter(({ method }) => method === "GET").length >= 3);
    over.abort(new Interrupted("SIGINT"));

    expect(await interrupted).toEqual({ code: 130, stdout: "", stderr: "error: interrupted\n" });
    const cancelled = server.requests
      .filter(({ method }) => method === "DELETE")
      .map(({ url }) => url.split("/").at(-1));
    expect(cancelled.sort()).toEqual(["cities", "rails", "roads"]);
    expect(server.posts()).toHaveLength(3);
  });
});
