import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasGdal, readByGdal } from "../support/gdal.ts";
import { engines, startWorld, type World } from "../support/world.ts";
import { type Env, type Outcome, outcome, run, said, start, temporaryDirectory } from "./cli.ts";

const TABLES = `
  create table cities (name text, population_of_2026 int, at timestamptz, the_geom geometry(Point, 4326));
  insert into cities values
    ('Vic', 48000, '2026-01-02 03:04:05.678Z', 'SRID=4326;POINT(2.25 41.93)'), ('Ñandú', null, null, null);
  select cdb_cartodbfytable('cities');
  create table "Odd/../name" (a int); insert into "Odd/../name" values (1);`;

/** Formats of files that a server may not make. */
const FILES = [
  ["shp", "zip"],
  ["gpkg", "gpkg"],
  ["spatialite", "sqlite"],
  ["flatgeobuf", "fgb"],
] as const;

describe.each(engines)("export on %s", (engine) => {
  let world: World;
  let env: Env;
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeAll(async () => {
    world = await startWorld(engine);
    env = { CARTO_API_URL: world.url, CARTO_API_KEY: world.masterKey };
    await world.carto.sql.query(TABLES);
  });
  beforeEach(async () => {
    await folder?.remove();
    folder = await temporaryDirectory();
  });
  afterAll(() => folder.remove());

  const cli = (...args: string[]): Promise<Outcome> => run(["export", ...args], { env });
  const file = (name: string): string => join(folder.path, name);
  const text = (name: string): Promise<string> => readFile(file(name), "utf8");
  const files = async (): Promise<string[]> =>
    (await readdir(folder.path, { recursive: true, encoding: "utf8" })).sort();

  it("makes a file of a table in the format that its name means, without the second geometry", async () => {
    const { code, stdout, stderr } = await cli("cities", "-o", file("out.csv"));

    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(/^exported cities to \S*out\.csv, \d+ B in \d+ ms\n$/);
    expect(await text("out.csv")).toBe(
      "the_geom,cartodb_id,name,population_of_2026,at\r\n" +
        "0101000020E61000000000000000000240D7A3703D0AF74440,1,Vic,48000,2026-01-02 03:04:05.678+00\r\n" +
        ",2,Ñandú,,\r\n",
    );
    expect(await files()).toEqual(["out.csv"]);
  });

  it("makes files of queries, and of tables by any of their names", async () => {
    expect((await cli("select name from cities where cartodb_id = 1; -- one", "-o", file("a.csv"))).code).toBe(0);
    expect((await cli(`"${world.account}".CITIES`, "-o", file("b.ndjson"))).code).toBe(0);
    expect((await cli("cities", "-o", file("c.csv.gz"))).code).toBe(0);
    expect((await cli("cities", "-o", file("d.json"))).code).toBe(0);
    expect((await cli("cities", "-o", file("my-layer.kml"))).code).toBe(0);
    expect((await cli("cities", "--format", "svg", "-o", file("e.txt"))).code).toBe(0);

    expect(await text("a.csv")).toBe("name\r\nVic\r\n");
    expect((await text("b.ndjson")).split("\n")[1]).toMatch(/^\{"cartodb_id":2,"the_geom":null,"name":"Ñandú",/);
    expect(gunzipSync(await readFile(file("c.csv.gz"))).toString()).toContain("Vic,48000");
    expect(JSON.parse(await text("d.json"))).toMatchObject({
      features: [{ geometry: { coordinates: [2.25, 41.93] }, properties: { name: "Vic" } }, { geometry: null }],
    });
    expect(await text("my-layer.kml")).toContain("<name>my_layer</name>");
    expect(await text("e.txt")).toContain("<circle");
  });

  it("writes to standard output, as CSV unless told otherwise", async () => {
    expect(await cli("select 1 as a", "-o", "-")).toEqual({ code: 0, stdout: "a\r\n1\r\n", stderr: "" });
    expect((await cli("select 1 as a", "--format", "ndjson", "--json")).stdout).toBe('{"a":1}\n');
  });

  it("says once, and only then, what the format doesn't keep of these columns", async () => {
    const lossy = await cli("cities", "-o", file("a.geojson"));
    expect(lossy.stderr).toMatch(/^exported .*\nGeoJSON: fractions of seconds are cut off \(at\)\n$/);
    expect((await cli("select name, the_geom from cities", "-o", file("b.geojson"))).stderr).toMatch(/^exported .*\n$/);
    expect(await cli("cities", "-o", file("c.geojson"), "--quiet")).toEqual({ code: 0, stdout: "", stderr: "" });

    await world.carto.sql.query("create table cities_then as select * from cities");
    const several = await cli("cities", "cities_then", "Cities", "-o", file("all"), "--format", "ndjson");
    expect(several.stderr).toMatch(
      /^(?:exported .*\n){2}JSON, a row a line: fractions of seconds are cut off \((?:cities\.at, cities_then\.at|cities_then\.at, cities\.at)\)\n$/,
    );
    await world.carto.sql.query("drop table cities_then");
  });

  it("replaces no file without --force, and asks for nothing then", async () => {
    await writeFile(file("a.csv"), "old");

    const refused = await cli("nowhere", "-o", file("a.csv"));
    expect([refused.code, refused.stderr]).toEqual([
      6,
      `error: ${file("a.csv")} is there already\nhint: --force replaces it\n`,
    ]);
    expect(await text("a.csv")).toBe("old");
    expect((await cli("select 1 as a", "-o", file("a.csv"), "--force")).code).toBe(0);
    expect(await text("a.csv")).toBe("a\r\n1\r\n");
    expect((await cli("select 1 as a", "-o", "/dev/null", "--format", "csv")).code).toBe(0);
  });

  it("leaves nothing, or the old file, where it fails, early or late, and exits by the kind of failure", async () => {
    await writeFile(file("old.csv"), "old");
    const late = "select 1 / (200000 - n) as a from generate_series(1, 300000) n";
    const cases: [code: number, args: string[], text: string][] = [
      [3, ["nowhere", "-o", file("a.csv")], 'could not export nowhere: relation "nowhere" does not exist'],
      [3, ["select 1 as a", "-o", file("a.geojson")], 'column "the_geom" does not exist'],
      [1, [late, "-o", file("a.csv")], "broke off"],
      [1, [late, "-o", file("old.csv"), "--force"], "broke off"],
      [3, [late, "-o", file("a.geojsonl")], "the_geom"],
      [1, ["cities", "-o", join(folder.path, "none", "a.csv")], "no such file or directory"],
    ];
    for (const [code, args, expected] of cases) {
      const failed = await cli(...args);
      expect([args, failed.code, failed.stderr]).toEqual([args, code, expect.stringContaining(expected)]);
    }
    const anonymous = await run(["export", "cities", "-o", file("a.csv")], { env: { CARTO_API_URL: world.url } });
    expect([anonymous.code, anonymous.stderr]).toEqual([4, expect.stringContaining("permission denied")]);
    const refused = await run(["export", "cities", "-o", file("a.csv")], { env: { ...env, CARTO_API_KEY: "wrong" } });
    expect(refused.code).toBe(4);

    expect(await files()).toEqual(["old.csv"]);
    expect(await text("old.csv")).toBe("old");
  });

  it("ends at once when it is interrupted, and leaves nothing", async () => {
    const q = "select n, repeat('x', 1000) as x from generate_series(1, 5000000) n";
    const child = start(["export", q, "-o", file("a.csv"), "--progress", "json"], env);
    const ended = outcome(child);
    child.stdin.end();
    await said(child.stderr, "bytes_per_second");
    child.kill("SIGINT");

    expect((await ended).code).toBe(130);
    expect(await files()).toEqual([]);
    expect((await cli("select 1 as a", "--timeout", "20")).stdout).toBe("a\r\n1\r\n");
  });

  it("exports all tables into a folder, one that fails leaving the others", async () => {
    const { code, stdout, stderr } = await cli("--all", "-o", file("all"), "--format", "csv");
    expect([code, stdout]).toEqual([0, `${file("all/Odd%2F..%2Fname.csv")}\n${file("all/cities.csv")}\n`]);
    expect(stderr).toMatch(/^(?:exported (?:cities|Odd\/\.\.\/name) to .*\n){2}$/);
    expect(await text("all/Odd%2F..%2Fname.csv")).toBe("a\r\n1\r\n");

    const drawn = await cli("--all", "-o", file("drawn"), "--format", "svg", "--json");
    expect(drawn.code).toBe(3);
    expect(JSON.parse(drawn.stdout)).toEqual([
      { source: "Odd/../name", error: expect.objectContaining({ message: 'column "the_geom" does not exist' }) },
      { source: "cities", output: file("drawn/cities.svg"), format: "svg", bytes: expect.any(Number) },
    ]);
    expect(await readdir(file("drawn"))).toEqual(["cities.svg"]);
    const again = await cli("--all", "-o", file("all"), "--format", "csv");
    expect([again.code, again.stderr]).toEqual([6, expect.stringContaining("is there already")]);
    expect((await cli("--all", "-o", file("all"), "--format", "csv", "--force")).code).toBe(0);
  });

  it("begins no more where the key or the connection fails", async () => {
    const refused = await run(["export", "a", "b", "c", "d", "-o", file("all"), "--format", "csv"], {
      env: { ...env, CARTO_API_KEY: "wrong" },
    });
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("2 exports not begun")]);
    expect(await files()).toEqual(["all"]);
  });

  it("says what can't be meant", async () => {
    await mkdir(file("folder"));
    const cases: [string[], string][] = [
      [[], "there is nothing to export"],
      [["cities", "--all"], "--all is all tables"],
      [["cities", "-o", file("a.txt")], "can't tell a format from the name"],
      [["cities", "-o", file("folder")], "a folder's name tells no format"],
      [["cities", "x", "--format", "csv"], "several tables need a folder"],
      [["select 1 as a", "-o", file("folder"), "--format", "csv"], "a query has no name"],
      [["delete from cities", "-o", file("a.csv")], "is neither a table nor a query"],
      [["cities", "--format", "dxf"], "Allowed choices are csv, "],
    ];
    for (const [args, expected] of cases) {
      const { code, stderr } = await cli(...args);
      expect([args, code, stderr]).toEqual([args, 2, expect.stringContaining(expected)]);
    }
    expect(await files()).toEqual(["folder"]);
  });

  it("makes a GeoParquet", async () => {
    const { code } = await cli("cities", "-o", file("cities.parquet"));

    const bytes = await readFile(file("cities.parquet"));
    expect([code, bytes.toString("latin1", 0, 4), bytes.toString("latin1", bytes.length - 4)]).toEqual([
      0,
      "PAR1",
      "PAR1",
    ]);
    expect(bytes.includes("population_of_2026")).toBe(true);
  });

  it.skipIf(!hasGdal).for(FILES)("makes a %s that GDAL reads", async ([format, extension]) => {
    const name = format === "shp" ? "cities.shp" : `cities.${extension}`;
    const { code, stderr } = await cli("cities", "-o", file(name));

    expect([code, await files()]).toEqual([0, [`cities.${extension}`]]);
    const features = await readByGdal(
      await readFile(file(`cities.${extension}`)),
      format === "shp" ? "cities.shp.zip" : name,
    );
    expect(features.map(({ properties }) => properties["name"]).sort()).toEqual(["Vic", "Ñandú"]);
    const vic = features.find(({ properties }) => properties["name"] === "Vic");
    expect(vic?.geometry).toMatchObject({ type: "Point", coordinates: [2.25, 41.93] });
    if (format === "shp") {
      expect(stderr).toContain("Shapefile: names are cut to 10 characters (population_of_2026)\n");
      expect(vic?.properties).toMatchObject({ population: 48_000 });
    } else expect(vic?.properties).toMatchObject({ population_of_2026: 48_000 });
  });
});

it("leaves nothing where the connection breaks", async () => {
  const server = createServer((_, response) => {
    response.writeHead(200);
    response.write("a\r\n");
    setTimeout(() => response.destroy(), 100);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const folder = await temporaryDirectory();
  const env = { CARTO_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/user/dev` };

  const { code, stderr } = await run(["export", "cities", "-o", join(folder.path, "a.csv")], { env });

  expect([code, stderr]).toEqual([1, expect.stringContaining("broke off")]);
  expect(await readdir(folder.path)).toEqual([]);
  await folder.remove();
  server.close();
});
