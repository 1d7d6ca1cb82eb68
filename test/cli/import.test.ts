import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { zipOf } from "../support/archives.ts";
import { type Outcome, outcome, run, type Served, serve, start, temporaryDirectory } from "./cli.ts";

let served: Served;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  [served, directory] = await Promise.all([serve(), temporaryDirectory()]);
});
afterAll(async () => {
  await served?.stop();
  await directory.remove();
});

const cli = (args: string[], input?: string): Promise<Outcome> =>
  run(args, { env: served.env, ...(input !== undefined && { input }) });
const csv = async (q: string): Promise<string> => (await cli(["sql", q])).stdout;

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(directory.path, name);
  await writeFile(path, content);
  return path;
}

const CITIES = "name,population,longitude,latitude\nVic,48000,2.25,41.93\nSoria,39000,-2.46,41.76\n";

describe("import", () => {
  it("makes a table of a CSV, its columns typed and its coordinates points", async () => {
    const { code, stdout, stderr } = await cli(["import", await file("Cities (1).csv", CITIES)]);

    expect({ code, stdout }).toEqual({ code: 0, stdout: "cities_1\n" });
    expect(stderr).toMatch(/^imported Cities \(1\)\.csv into cities_1: 2 rows, /);
    expect(await csv("select name, population + 1 as more, st_astext(the_geom) as at from cities_1 order by 1")).toBe(
      "name,more,at\nSoria,39001,POINT(-2.46 41.76)\nVic,48001,POINT(2.25 41.93)\n",
    );
  });

  it("makes one of GeoJSON, of what is compressed, and of standard input", async () => {
    const feature = { type: "Feature", geometry: { type: "Point", coordinates: [1, 2] }, properties: { name: "A" } };
    const shapes = await file("shapes.geojson", JSON.stringify({ type: "FeatureCollection", features: [feature] }));
    const zipped = await file("zipped.csv.gz", gzipSync(CITIES));

    const several = await cli(["import", shapes, zipped]);
    const piped = await cli(["import", "-", "--name", "piped.csv"], CITIES);

    expect(several).toMatchObject({ code: 0, stdout: "shapes\nzipped\n" });
    expect(piped).toMatchObject({ code: 0, stdout: "piped\n" });
    expect(await csv("select name, st_astext(the_geom) as at from shapes")).toBe("name,at\nA,POINT(1 2)\n");
    expect(await csv("select (select count(*) from zipped) + (select count(*) from piped) as n")).toBe("n\n4\n");
  });

  it("makes a table of each file of an archive, and lists what it left out", async () => {
    const archive = zipOf([
      { name: "countries.csv", data: CITIES },
      { name: "capitals.csv", data: CITIES },
      { name: "notes.pdf", data: "%PDF" },
    ]);

    const { code, stdout, stderr } = await cli(["import", await file("borders.zip", archive)]);

    expect({ code, stdout }).toEqual({ code: 0, stdout: "countries\ncapitals\n" });
    expect(stderr).toMatch(/^imported borders\.zip into countries \(2 rows\), capitals \(2 rows\): /);
    expect(stderr).toContain("warning: borders.zip: 1 file left out:\n  notes.pdf: a file of the format pdf can't be");
    expect(await csv("select (select count(*) from countries) + (select count(*) from capitals) as n")).toBe("n\n4\n");
  });

  it("leaves text text with --no-guess, and reads 1,5 with --decimal-comma", async () => {
    await cli(["import", await file("plain.csv", "a;b\n007;1,5\n"), "--no-guess"]);
    await cli(["import", await file("comma.csv", "a;b\n7;1,5\n"), "--decimal-comma"]);

    expect(await csv("select a, b from plain")).toBe('a,b\n007,"1,5"\n');
    expect(await csv("select b * 2 as b from comma")).toBe("b\n3\n");
  });

  it("adds a number to a name that is taken, replaces it, or leaves it", async () => {
    const path = await file("taken.csv", "a\n1\n");
    expect((await cli(["import", path])).stdout).toBe("taken\n");
    expect((await cli(["import", path])).stdout).toBe("taken_1\n");
    await file("taken.csv", "a\n2\n");

    const skipped = await cli(["import", path, "--skip"]);
    expect(skipped).toMatchObject({ code: 0, stdout: "" });
    expect(skipped.stderr).toContain("nothing imported");
    expect(await csv("select a from taken")).toBe("a\n1\n");

    expect((await cli(["import", path, "--overwrite"])).stdout).toBe("taken\n");
    expect(await csv("select a from taken")).toBe("a\n2\n");
  });

  it("makes a table that everybody may read with --privacy public", async () => {
    await cli(["import", await file("open.csv", CITIES), "--privacy", "public"]);

    const visitor = await run(["sql", "select count(*) from open"], {
      env: { CARTO_API_URL: served.env.CARTO_API_URL },
    });
    expect(visitor.stdout).toBe("count\n2\n");
  });

  it("lists the rows that had to be left out, and takes the others", async () => {
    const { code, stdout, stderr } = await cli(["import", await file("ragged.csv", "a,b\n1,2\n3,4,5\n6,7\n")]);

    expect({ code, stdout }).toEqual({ code: 0, stdout: "ragged\n" });
    expect(stderr).toMatch(/warning: ragged\.csv: 1 row left out:\n {2}row 3: .*3,4,5\n/);
    expect(await csv("select a, b from ragged order by a")).toBe("a,b\n1,2\n6,7\n");
  });

  it("exits with 3 when the data is at fault, whatever became of the others", async () => {
    const [empty, odd, good] = [
      await file("empty.csv", ""),
      await file("odd.pdf", "%PDF"),
      await file("good.csv", CITIES),
    ];

    const { code, stdout, stderr } = await cli(["import", empty, odd, good]);

    expect({ code, stdout }).toEqual({ code: 3, stdout: "good\n" });
    expect(stderr).toMatch(/empty\.csv failed: Empty file \(1005\)/);
    expect(stderr).toMatch(/odd\.pdf failed: Unsupported\/Unrecognized file type \(1002\)/);
  });

  it("gives everything to programs", async () => {
    const { stdout } = await cli(["import", await file("numbers.csv", CITIES), "--json"]);

    expect(JSON.parse(stdout)).toMatchObject([
      { source: "numbers.csv", import: { state: "complete", success: true }, datasets: [{ name: "numbers", rows: 2 }] },
    ]);
  });

  it("needs the master key", async () => {
    const env = { CARTO_API_URL: served.env.CARTO_API_URL };

    const { code, stdout, stderr } = await run(["import", await file("secret.csv", CITIES)], { env });

    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toContain("master key");
  });

  it("doesn't fetch what is on the server's own machine", async () => {
    let asked = 0;
    const inner = createServer((_, response) => {
      asked += 1;
      response.end(CITIES);
    });
    await new Promise<void>((resolve) => inner.listen(0, "127.0.0.1", resolve));

    const { code } = await cli(["import", `http://127.0.0.1:${(inner.address() as AddressInfo).port}/inner.csv`]);

    expect(code).not.toBe(0);
    expect(asked).toBe(0);
    inner.close();
  });

  it("leaves nothing behind on Ctrl-C", async () => {
    const child = start(["import", "-", "--name", "broken.csv"], served.env);
    child.stdin.on("error", () => {});
    child.stdin.write(`a\n${"1\n".repeat(100_000)}`);
    const ended = outcome(child);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    child.kill("SIGINT");

    expect((await ended).code).toBe(130);
    expect(await csv("select count(*) from pg_class where relname like 'broken%'")).toBe("count\n0\n");
  });
});
