import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Outcome, outcome, run, type Served, said, serve, start, temporaryDirectory } from "./cli.ts";

let served: Served;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  [served, directory] = await Promise.all([serve(), temporaryDirectory()]);
  await sql('create table cities (id int, name text, pop int); create table "My table" (a int)');
});
afterAll(async () => {
  await served?.stop();
  await directory.remove();
});
beforeEach(async () => {
  await sql("delete from cities");
});

const cli = (args: string[], input?: string): Promise<Outcome> =>
  run(args, { env: served.env, ...(input !== undefined && { input }) });
const sql = (q: string): Promise<Outcome> => cli(["sql", q]);
const rows = async (): Promise<string> => (await sql("select id, name, pop from cities order by id")).stdout;

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(directory.path, name);
  await writeFile(path, content);
  return path;
}

describe("copy from", () => {
  it("takes the columns as the first line of a CSV names them", async () => {
    const path = await file("a.csv", 'name,id\n"Paz, La",2\nMadrid,1\n');
    const { code, stdout, stderr } = await cli(["copy", "from", path, "cities"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toMatch(/^copied 2 rows, 29 B in .*\/s\n$/);
    expect(await rows()).toBe('id,name,pop\n1,Madrid,\n2,"Paz, La",\n');
  });

  it("reads standard input, compressed files and tab-separated ones", async () => {
    expect((await cli(["copy", "from", "-", "public.cities"], "id\n1\n")).code).toBe(0);
    expect((await cli(["copy", "from", await file("b.csv.gz", gzipSync("id,name\n2,b\n")), "cities"])).code).toBe(0);
    expect((await cli(["copy", "from", await file("c.tsv", "3\tc\t\\N\n"), "cities"])).code).toBe(0);
    expect((await cli(["copy", "from", await file("d.tsv", "name\tid\nd\t4\n"), "cities", "--header"])).code).toBe(0);
    expect(await rows()).toBe("id,name,pop\n1,,\n2,b,\n3,c,\n4,d,\n");
  });

  it("takes what the flags say, or a statement of the user's own", async () => {
    const path = await file("odd.dat", "5;five;NA\n");
    const flags = ["--no-header", "--delimiter", ";", "--null", "NA", "--columns", "id,name,pop"];
    expect((await cli(["copy", "from", path, "cities", ...flags])).code).toBe(0);
    const statement = "copy cities (name, id) from stdin with (format csv, delimiter '|')";
    expect((await cli(["copy", "from", "-", statement], "six|6\n")).code).toBe(0);
    expect(await rows()).toBe("id,name,pop\n5,five,\n6,six,\n");
  });

  it("reaches a table whose name needs quotes", async () => {
    expect((await cli(["copy", "from", "-", '"My table"'], "a\n1\n")).code).toBe(0);
    expect((await sql('select * from "My table"')).stdout).toBe("a\n1\n");
  });

  it("copies all or nothing", async () => {
    const { code, stderr } = await cli(["copy", "from", await file("bad.csv", "id,name\n1,a\nx,b\n"), "cities"]);
    expect(code).toBe(3);
    expect(stderr).toContain("bad.csv into cities: invalid input syntax for type integer");
    expect(await rows()).toBe("id,name,pop\n");
  });

  it("says which file or table isn't there", async () => {
    const missing = await cli(["copy", "from", "/none.csv", "cities"]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("/none.csv: no such file or directory");
    const folder = await cli(["copy", "from", directory.path, "cities"]);
    expect(folder.code).toBe(1);
    expect(folder.stderr).toContain("is a directory");
    const table = await cli(["copy", "from", "-", "nowhere"], "a\n1\n");
    expect(table.code).toBe(3);
    expect(table.stderr).toContain('relation "nowhere" does not exist');
  });

  it("gives numbers to programs", async () => {
    const path = await file("p.csv", `id\n${"1\n".repeat(1000)}`);
    const { stdout, stderr } = await cli(["copy", "from", path, "cities", "--json", "--progress", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ total_rows: 1000, time: expect.any(Number) });
    const last = JSON.parse(stderr.trim().split("\n").at(-1) ?? "") as unknown;
    expect(last).toMatchObject({ bytes: 2003, total: 2003 });
  });

  it("rolls back on Ctrl-C", async () => {
    const child = start(["copy", "from", "-", "cities"], served.env);
    child.stdin.on("error", () => {});
    child.stdin.write(`id\n${"1\n".repeat(100_000)}`);
    const ended = outcome(child);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
    expect((await cli(["sql", "select count(*) from cities", "--timeout", "10"])).stdout).toBe("count\n0\n");
  });
});

describe("copy to", () => {
  beforeEach(async () => {
    await sql("insert into cities values (1, 'Madrid', 3300000), (2, 'a\tb', null)");
  });

  it("writes a table or a query to stdout as CSV", async () => {
    expect(await cli(["copy", "to", "cities", "--quiet"])).toEqual({
      code: 0,
      stdout: "id,name,pop\n1,Madrid,3300000\n2,a\tb,\n",
      stderr: "",
    });
    const query = await cli(["copy", "to", "select name from cities where id = 1; -- one", "--no-header"]);
    expect(query.stdout).toBe("Madrid\n");
  });

  it("takes the format from the name of the file", async () => {
    const path = join(directory.path, "out.tsv");
    const { code, stdout, stderr } = await cli(["copy", "to", "cities", "-o", path]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toMatch(/^copied 27 B in /);
    expect(await readFile(path, "utf8")).toBe("1\tMadrid\t3300000\n2\ta\\tb\t\\N\n");
  });

  it("comes back the way it went", async () => {
    const path = join(directory.path, "round.csv.gz");
    await cli(["copy", "to", "cities", "-o", path]);
    const before = await rows();
    await sql("delete from cities");
    await cli(["copy", "from", path, "cities"]);
    expect(await rows()).toBe(before);
  });

  it("leaves the old file alone when it fails, early or late", async () => {
    const path = await file("keep.csv", "old\n");
    expect((await cli(["copy", "to", "nowhere", "-o", path])).code).toBe(3);
    const late = "select 1 / (200000 - n) from generate_series(1, 300000) n";
    expect((await cli(["copy", "to", late, "-o", path])).code).not.toBe(0);
    expect(await readFile(path, "utf8")).toBe("old\n");
    await mkdir(join(directory.path, "folder"), { recursive: true });
    expect((await cli(["copy", "to", "cities", "-o", join(directory.path, "folder")])).stderr).toContain(
      "is a directory",
    );
  });

  it("ends quietly with 0 when the reader has enough", async () => {
    const child = start(["copy", "to", "select generate_series(1, 50000000) as n, repeat('x', 100) as x"], served.env);
    child.stdin.end();
    await said(child.stdout, "\n");
    child.stdout.destroy();
    expect(await outcome(child)).toMatchObject({ code: 0, stderr: "" });
    expect((await cli(["sql", "select 1 as a", "--timeout", "10"])).stdout).toBe("a\n1\n");
  });
});
