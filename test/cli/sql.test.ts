import { readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, outcome, run, type Served, said, serve, start, temporaryDirectory } from "./cli.ts";

let served: Served;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  [served, directory] = await Promise.all([serve(), temporaryDirectory()]);
  await sql("create table places (id int, name text, pop int)");
  await sql("insert into places values (1, 'Madrid', 3300000), (2, 'La, Paz', null), (3, '', 0)");
});
afterAll(async () => {
  await served?.stop();
  await directory.remove();
});

const sql = (q: string, ...args: string[]): Promise<Outcome> => run(["sql", q, ...args], { env: served.env });
const file = (name: string): string => join(directory.path, name);
const PLACES = "select * from places order by id";

describe("formats", () => {
  it("is CSV in a pipe, and nothing else on stdout", async () => {
    expect(await sql(PLACES)).toEqual({
      code: 0,
      stdout: 'id,name,pop\n1,Madrid,3300000\n2,"La, Paz",\n3,,0\n'.replace(
        "3,,0",
        (await hasQuotedEmpty()) ? '3,"",0' : "3,,0",
      ),
      stderr: "",
    });
  });

  it.each([
    ["tsv", "id\tname\n1\tMadrid\n2\tLa, Paz\n"],
    ["ndjson", '{"id":1,"name":"Madrid"}\n{"id":2,"name":"La, Paz"}\n'],
    ["json", '[\n{"id":1,"name":"Madrid"},\n{"id":2,"name":"La, Paz"}\n]\n'],
    ["md", "| id | name |\n| --- | --- |\n| 1 | Madrid |\n| 2 | La, Paz |\n"],
    [
      "table",
      "┌────┬─────────┐\n│ id │ name    │\n├────┼─────────┤\n│  1 │ Madrid  │\n│  2 │ La, Paz │\n└────┴─────────┘\n",
    ],
  ])("writes %s", async (format, text) => {
    const result = await sql("select id, name from places where id < 3 order by id", "--format", format);
    expect(result.stdout).toBe(text);
    expect(result.code).toBe(0);
  });

  it("passes the server's GeoJSON through", async () => {
    const { code, stdout } = await sql(
      "select 1 as id, st_setsrid(st_makepoint(1, 2), 4326) as the_geom",
      "--format",
      "geojson",
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      type: "FeatureCollection",
      features: [{ geometry: { type: "Point", coordinates: [1, 2] }, properties: { id: 1 } }],
    });
  });

  it.each([
    [
      "geojsonl",
      /^\{"type":"Feature","geometry":\{"type":"Point","coordinates":\[1,2\]\},"properties":\{"id":1\}\}\n$/,
    ],
    ["topojson", /^\{"type":"Topology",.*"coordinates":\[0,0\]/],
    ["kml", /<Folder><name>file_kml<\/name>[\s\S]*<coordinates>1,2<\/coordinates>/],
    ["svg", /<circle r="5" cx="0" cy="0" \/>/],
  ])("writes the server's %s, told by the file's name", async (format, text) => {
    const path = file(`file-${format}.${format}`);
    const { code } = await sql("select 1 as id, st_setsrid(st_makepoint(1, 2), 4326) as the_geom", "-o", path);
    expect(code).toBe(0);
    expect(await readFile(path, "utf8")).toMatch(text);
  });

  it("writes the server's arraybuffer, which takes no geometry", async () => {
    const path = file("a.arraybuffer");
    expect((await sql("select 1 as a__int8", "-o", path)).code).toBe(0);
    expect((await readFile(path)).readUInt32BE(0)).toBe(11);
    const { code, stderr } = await sql("select st_makepoint(1, 2) as the_geom", "--format", "arraybuffer");
    expect(code).toBe(3);
    expect(stderr).toContain("geometry types are not supported");
  });

  it.each([
    ["zip", /^PK/],
    ["gpkg", /^SQLite format 3/],
    ["sqlite", /^SQLite format 3/],
    ["fgb", /^fgb/],
    ["parquet", /^PAR1.*PAR1$/s],
  ])("writes the server's file, told by the extension %s", async (extension, start) => {
    const path = file(`places.${extension}`);
    expect((await sql("select 1 as id, st_makepoint(1, 2) as the_geom", "-o", path)).code).toBe(0);
    expect(await readFile(path, "latin1")).toMatch(start);
  });

  it("leaves columns and rows of the server's formats to the SQL", async () => {
    const { code, stderr } = await sql(PLACES, "--format", "kml", "--limit", "1");
    expect(code).toBe(2);
    expect(stderr).toContain("kml is made by the server as a whole");
  });

  it("keeps every digit of 64-bit integers in CSV", async () => {
    const { stdout } = await sql("select 9223372036854775807 as big, 0.1234567890123456789 as fine");
    expect(stdout).toBe("big,fine\n9223372036854775807,0.1234567890123456789\n");
  });

  it("writes the empty array and the bare header of no rows", async () => {
    expect((await sql("select * from places where false", "--format", "json")).stdout).toBe("[]\n");
    expect((await sql("select * from places where false")).stdout).toBe("id,name,pop\n");
  });

  it("picks columns and rows, names NULL, leaves the header out", async () => {
    const { stdout } = await sql(PLACES, "--columns", "pop,id", "--limit", "2", "--no-header", "--null", "NA");
    expect(stdout).toBe("3300000,1\nNA,2\n");
    const missing = await sql(PLACES, "--columns", "nope");
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain("its columns are id, name, pop");
  });

  it("does what writes, and says so on stderr", async () => {
    const returned = await sql("insert into places values (9, 'x', 1) returning id, name");
    expect(returned).toMatchObject({ code: 0, stdout: "id,name\n9,x\n" });
    const gone = await sql("delete from places where id = 9");
    expect(gone).toMatchObject({ code: 0, stdout: "" });
    expect(gone.stderr).toMatch(/^OK, 1 row, \d+ ms\n$/);
    expect((await sql("delete from places where id = 9", "--quiet")).stderr).toBe("");
  });
});

describe("where the SQL comes from", () => {
  it("is a file or standard input as well", async () => {
    await writeFile(file("q.sql"), "\ufeffselect 1\n  as one -- end\n");
    expect(await run(["sql", "-f", file("q.sql")], { env: served.env })).toMatchObject({ code: 0, stdout: "one\n1\n" });
    expect(await run(["sql"], { env: served.env, input: "select 2 as two;\n" })).toMatchObject({
      code: 0,
      stdout: "two\n2\n",
    });
    const missing = await run(["sql", "-f", file("none.sql")], { env: served.env });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("none.sql: no such file or directory");
  });
});

describe("-o", () => {
  it("takes the format from the name, compressed or not", async () => {
    await sql("select 1 as a", "-o", file("a.ndjson"));
    expect(await readFile(file("a.ndjson"), "utf8")).toBe('{"a":1}\n');
    await sql("select 1 as a", "-o", file("a.csv.gz"));
    expect(gunzipSync(await readFile(file("a.csv.gz"))).toString()).toBe("a\n1\n");
  });

  it("leaves the old file as it was when the query fails, and nothing beside it", async () => {
    await writeFile(file("old.csv"), "old\n", { mode: 0o640 });
    const late = "select 1 / (200000 - n) as x from generate_series(1, 300000) n";
    const { code } = await sql(late, "-o", file("old.csv"));
    // A CSV that breaks off can't say why.
    expect(code).toBe(1);
    expect(await readFile(file("old.csv"), "utf8")).toBe("old\n");
    expect((await readdir(directory.path)).filter((name) => name.includes("part"))).toEqual([]);
  });

  it("keeps the mode of a file and the link to it", async () => {
    await symlink(file("old.csv"), file("link.csv"));
    expect((await sql("select 1 as a", "-o", file("link.csv"))).code).toBe(0);
    expect(await readFile(file("old.csv"), "utf8")).toBe("a\n1\n");
    expect((await stat(file("old.csv"))).mode & 0o777).toBe(0o640);
  });

  it("says so when the directory isn't there", async () => {
    const { code, stderr } = await sql("select 1", "-o", file("no/where.csv"));
    expect(code).toBe(1);
    expect(stderr).toContain("no such file or directory");
  });
});

describe("errors", () => {
  it("of SQL exit with 3 and leave stdout empty", async () => {
    const { code, stdout, stderr } = await sql("select nme from places");
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(/^error: could not run the query: column "nme" does not exist\n/);
    expect(stderr).toContain('hint: Perhaps you meant to reference the column "places.name".');
  });

  it("in the middle of the rows are errors too, in every format", async () => {
    const late = "select 1 / (200000 - n) as x from generate_series(1, 300000) n";
    for (const format of ["csv", "ndjson", "json"]) {
      const { code, stderr } = await sql(late, "--format", format);
      // Where the answer is JSON the server can still say why; elsewhere it can only break the connection.
      expect([format, code]).toEqual([format, format === "csv" ? 1 : 3]);
      expect(stderr).toContain(format === "csv" ? "--format ndjson" : "division by zero");
    }
  });

  it("are JSON with --json", async () => {
    const { code, stdout, stderr } = await sql("select nme from places", "--json");
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: "sql",
        message: 'column "nme" does not exist',
        hint: 'Perhaps you meant to reference the column "places.name".',
        status: 400,
        requestId: expect.any(String),
        retryable: false,
      },
    });
  });

  it("of a wrong key exit with 4 and don't repeat it", async () => {
    const env = { ...served.env, CARTO_API_KEY: "wrong-canary-key" };
    const { code, stdout, stderr } = await run(["sql", "select 1"], { env });
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toContain("hint: check the key");
    expect(stderr).not.toContain("canary");
  });

  it("of another account exit with 5", async () => {
    const env = { ...served.env, CARTO_API_URL: served.env.CARTO_API_URL.replace(/dev$/, "nobody") };
    expect((await run(["sql", "select 1"], { env })).code).toBe(5);
  });

  it("of time exit with 8", async () => {
    const { code, stderr } = await sql("select pg_sleep(20)", "--timeout", "0.5");
    expect(code).toBe(8);
    expect(stderr).toContain("--timeout");
  });

  it("can't write to the terminal what data or server say", async () => {
    const { stderr } = await sql("do $$ begin raise exception E'\\x1b[2Jboo'; end $$");
    expect(stderr).toContain("\\x1b[2Jboo");
    expect(stderr).not.toContain("\u001b");
  });
});

describe("the end of the reader", () => {
  it.each(["csv", "ndjson", "json", "table"])("ends %s quietly with 0, and the query with it", async (format) => {
    const child = start(
      ["sql", "select generate_series(1, 50000000) as n, repeat('x', 100) as x", "--format", format],
      served.env,
    );
    child.stdin.end();
    await said(child.stdout, "\n");
    child.stdout.destroy();
    const started = performance.now();
    const { code, stderr } = await outcome(child);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    // The embedded database has one session: the next query would wait for one that still ran.
    expect((await sql("select 1 as a", "--timeout", "10")).stdout).toBe("a\n1\n");
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe("Ctrl-C", () => {
  it("ends with 130 and cancels the query", async () => {
    const child = start(["sql", "select pg_sleep(30)"], served.env);
    child.stdin.end();
    const ended = outcome(child);
    await new Promise((resolve) => setTimeout(resolve, 700));
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, stdout: "" });
    expect((await sql("select 1 as a", "--timeout", "10")).stdout).toBe("a\n1\n");
  });
});

describe("--verbose", () => {
  it("tells of requests on stderr without the key", async () => {
    const { stdout, stderr } = await sql("select 1 as a", "--verbose");
    expect(stdout).toBe("a\n1\n");
    expect(stderr).toMatch(/> POST http.*\/api\/v2\/sql\n< 200 after \d+ ms, request id \S+\n/);
    expect(stderr).not.toContain(served.env.CARTO_API_KEY);
  });
});

async function hasQuotedEmpty(): Promise<boolean> {
  const { stdout } = await run(["api", "GET", "/api/v2/sql", "-q", "q=select '' as a, 1 as b", "-q", "format=csv"], {
    env: served.env,
  });
  return stdout.includes('""');
}
