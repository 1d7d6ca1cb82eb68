import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "./support/http.ts";
import { type Ran, runProgram } from "./support/program.ts";
import { SourceServer } from "./support/source-server.ts";
import { engines, startTestServer, startWorld, type World, worldOf } from "./support/world.ts";

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "carto-ts-examples-"));
  await writeFile(join(cwd, "cities.csv"), "the_geom,name,age\nSRID=4326;POINT(-2 41),Soria,900\n,Nowhere,\n");
});
afterAll(async () => {
  await rm(cwd, { recursive: true, force: true });
});

const run = (world: World, name: string, args: readonly string[] = []): Promise<Ran> =>
  runProgram(`examples/${name}.js`, args, { cwd, env: { CARTO_API_URL: world.url, CARTO_API_KEY: world.masterKey } });

async function makePlaces(world: World): Promise<void> {
  await world.carto.sql.query(`
    create table places (name text not null, population int, the_geom geometry(Point, 4326));
    insert into places values ('Soria', 39000, 'SRID=4326;POINT(-2.5 41.8)'), ('O''Hara', null, null);
    create index places_name on places (name)`);
}

describe.each(engines)("examples on %s", (engine) => {
  test("copy-example copies a file in and out", async () => {
    await using world = await startWorld(engine);

    const { code, stdout, stderr } = await run(world, "copy-example", ["cities.csv", "out.csv"]);

    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^2 rows copied in/);
    expect(await readFile(join(cwd, "out.csv"), "utf8")).toBe(
      "the_geom,name,age\n0101000020E610000000000000000000C00000000000804440,Soria,900\n,Nowhere,\n",
    );
  });

  test("stream-rows copies what a generator makes", async () => {
    await using world = await startWorld(engine);

    expect((await run(world, "stream-rows", ["5000"])).stdout).toMatch(/^5000 rows in/);
    const { rows } = await world.carto.sql.query("select count(*) as n, count(the_geom) as points from readings");
    expect(rows).toEqual([{ n: 5000, points: 5000 }]);
  });

  test("batch-jobs and batch-wait run jobs", async () => {
    await using world = await startWorld(engine);

    expect((await run(world, "batch-wait", ["create table a as select 1", "analyze a"])).stdout).toMatch(/is done\n$/);
    const failed = await run(world, "batch-wait", ["select nope"]);
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('column "nope" does not exist')]);
    const created = await run(world, "batch-jobs", ["create", "select 1"]);
    const id = /job_id: '([^']+)'/.exec(created.stdout)?.[1] ?? "";
    await world.carto.batch.wait(id);
    expect((await run(world, "batch-jobs", ["read", id])).stdout).toContain("status: 'done'");
    expect((await run(world, "batch-jobs", ["cancel", id])).stdout).toContain("status: 'done'");
    expect((await run(world, "batch-jobs", ["list"])).stdout).toContain(id);
    expect((await run(world, "batch-jobs", ["nonsense"])).code).toBe(2);
  });

  test("check-query shows the plan", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world);

    const { stdout } = await run(world, "check-query", ["select * from places"]);

    expect(stdout).toMatch(/Seq Scan on places[\s\S]*Execution Time[\s\S]*name those that you need/);
  });

  test("list-tables, table-info and export-create-tables tell what is there", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world);

    expect((await run(world, "list-tables")).stdout).toMatch(/MB {2}~\d+ rows {2}places {2}\(no map columns\)/);
    const info = await run(world, "table-info", ["places"]);
    expect(info.stdout).toMatch(/population[\s\S]*integer[\s\S]*places_name[\s\S]*Triggers\n {2}none/);
    expect((await run(world, "export-create-tables", ["create_table.sql"])).stdout).toBe(
      "1 tables written to create_table.sql\n",
    );
    expect(await readFile(join(cwd, "create_table.sql"), "utf8")).toBe(
      "create table places (\n  name text not null,\n  population integer,\n  the_geom geometry(Point,4326)\n);\n",
    );
  });

  test("duplicate-table copies a table into another account", async () => {
    await using source = await startWorld(engine);
    await using destination = await startWorld(engine);
    await makePlaces(source);

    const env = {
      SOURCE_URL: source.url,
      SOURCE_KEY: source.masterKey,
      DESTINATION_URL: destination.url,
      DESTINATION_KEY: destination.masterKey,
    };
    const { stdout, stderr } = await runProgram("examples/duplicate-table.js", ["places"], { cwd, env });

    expect([stdout, stderr]).toEqual(["2 rows copied\n", ""]);
    expect((await destination.carto.sql.query("select name from places order by 1")).rows).toEqual([
      { name: "O'Hara" },
      { name: "Soria" },
    ]);
  });

  test("export-dataset and export-all-datasets make files of tables and queries", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world);
    await world.carto.sql.query("create table at_times as select now() as at");
    const folder = await mkdtemp(join(cwd, "exports-"));

    const { code, stdout } = await run(world, "export-dataset", ["places", join(folder, "places.geojson")]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+ bytes in \S*places\.geojson\n$/)]);
    expect(JSON.parse(await readFile(join(folder, "places.geojson"), "utf8"))).toMatchObject({
      features: [{ properties: { name: "Soria" } }, { geometry: null }],
    });
    const lossy = await run(world, "export-dataset", ["select at from at_times", join(folder, "a.ndjson")]);
    expect(lossy.stdout).toMatch(/^JSON, a row a line: fractions of seconds are cut off at\n\d+ bytes in /);
    expect((await run(world, "export-dataset")).stderr).toContain("say which table");

    await world.carto.sql.query("select cdb_cartodbfytable('places'); select cdb_cartodbfytable('at_times')");
    const all = await run(world, "export-all-datasets", [join(folder, "all"), "csv"]);
    expect([all.code, all.stderr]).toEqual([0, ""]);
    expect(all.stdout).toMatch(/^\S*at_times\.csv: \d+ bytes\n\S*places\.csv: \d+ bytes\n$/);
    expect(await readFile(join(folder, "all/places.csv"), "utf8")).toMatch(/^the_geom,cartodb_id,name,population\r\n/);
    const refused = await run(world, "export-all-datasets", [join(folder, "none"), "arraybuffer"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toBe(
      "at_times: geometry types are not supported\nplaces: geometry types are not supported\n",
    );
    expect(await readdir(join(folder, "none"))).toEqual([]);
  });

  test("import-standard-table, change-dataset-privacy and import-and-merge make tables of files", async () => {
    await using world = await startWorld(engine);
    const folder = await mkdtemp(join(cwd, "parts-"));
    await writeFile(join(folder, "one.csv"), "name,lat,lon\nVic,41.93,2.25\nOlot,42.18,2.49\n");
    await writeFile(join(folder, "two.csv"), "name,lat,lon\nRipoll,42.2,2.19\nTorn\n");

    const imported = await run(world, "import-standard-table", [join(folder, "two.csv")]);
    expect(imported.stdout).toMatch(/^1 rows in the table two\n {2}left out: line 3, /);
    expect((await run(world, "change-dataset-privacy", ["two", "public"])).stdout).toBe("two is public\n");
    expect((await world.client({}).sql.query("select name from two")).rows).toEqual([{ name: "Ripoll" }]);
    expect((await run(world, "import-and-merge", [folder, "all of them"])).stdout).toBe(
      "3 rows of 2 files in all_of_them\n",
    );
    expect(
      (await world.carto.sql.query("select count(*) as n, count(the_geom) as points from all_of_them")).rows,
    ).toEqual([{ n: 3, points: 3 }]);
    const broken = await run(world, "import-standard-table", ["nothing.csv"]);
    expect([broken.code, broken.stderr]).toEqual([1, expect.stringContaining("no such file")]);
  });

  test("import-sync-table and import-sync-table-as-dataset keep tables as files are", async () => {
    const source = await SourceServer.start({ text: "name,km\nDuero,897\n", etag: '"v1"' });
    const server = await startTestServer(engine, { imports: { allowed: "127.0.0.1", ports: source.port } });
    const world = worldOf(server);
    try {
      const kept = await run(world, "import-sync-table", [source.url("rivers.csv"), "3600"]);
      expect([kept.code, kept.stderr]).toEqual([0, ""]);
      expect(kept.stdout).toMatch(
        /^queued\nsuccess\nrivers is looked at again at 20\S+\nnot queued again: it has just run\n$/,
      );
      const dataset = await run(world, "import-sync-table-as-dataset", [source.url("lakes.csv"), "900"]);
      expect(dataset.stdout).toMatch(/^1 rows in the table lakes, looked at again at 20\S+\n$/);
      source.file = { text: "", status: 403 };
      const refused = await run(world, "import-sync-table-as-dataset", [source.url("seas.csv"), "900"]);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("Forbidden file URL (1101)")]);
      const names = [];
      for await (const { name } of world.carto.syncs.list()) names.push(name);
      expect(names).toEqual(["rivers", "lakes"]);
    } finally {
      await server.close();
      source.close();
    }
  });

  test("create-anonymous-map, create-named-map and instantiate-named-map make maps", async () => {
    await using world = await startWorld(engine);
    const files = join(import.meta.dirname, "../examples/files");
    await world.carto.datasets.create([{ name: "Soria", the_geom: { type: "Point", coordinates: [-2.47, 41.76] } }], {
      name: "cities",
    });

    const anonymous = await run(world, "create-anonymous-map", [join(files, "anonymous_map.json")]);
    expect([anonymous.code, anonymous.stderr]).toEqual([0, ""]);
    expect(anonymous.stdout).toMatch(/^[0-9a-f]{32}:\d+, changed 20\d\d-/);
    expect(anonymous.stdout).toContain('"carto-cities-circle"');
    expect(anonymous.stdout).toMatch(/\n[1-9]\d* bytes in the tile of the world\n$/);

    const keep = () => run(world, "create-named-map", [join(files, "named_map.json")]);
    expect((await keep()).stdout).toBe("cities_by_name is kept\n");
    expect((await keep()).stdout).toBe("cities_by_name is replaced\n");

    const show = (...token: string[]) =>
      run(world, "instantiate-named-map", ["cities_by_name", join(files, "instantiate_map.json"), ...token]);
    expect((await show("for-everybody-with-the-link")).stdout).toMatch(
      /^[\w-]+@[0-9a-f]{8}@[0-9a-f]{32}:\d+\nhttp.*\{z\}\/\{x\}\/\{y\}\.mvt\?auth_token=for-everybody-with-the-link\n$/,
    );
    const refused = await show("another");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/: give one of its tokens\n$/)]);
  });

  test("running-queries and kill-query find a query and end it", async () => {
    await using world = await startWorld(engine);
    if (engine === "pglite") {
      expect((await run(world, "running-queries")).stdout).toMatch(/^nothing else is running; on the embedded engine/);
      const refused = await run(world, "kill-query", ["1"]);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("nobody to end")]);
      return;
    }
    const sleeping = world.carto.sql.query("select pg_sleep(20)").catch((error: unknown) => error);

    let pid = "";
    await eventually(async () => {
      pid = /^(\d+) .*pg_sleep\(20\)/m.exec((await run(world, "running-queries")).stdout)?.[1] ?? "";
      return pid !== "";
    }, 10_000);
    expect((await run(world, "kill-query", [pid])).stdout).toBe(`query ${pid} was told to end\n`);
    expect(await sleeping).toBeInstanceOf(Error);
    expect((await run(world, "kill-query", ["2147483647"])).stdout).toBe("there is no query 2147483647\n");
    expect((await run(world, "kill-query")).stderr).toContain("say which query");
  });
});

test("the quickstart asks its question and gives an answer", { timeout: 120_000 }, async () => {
  const { code, stdout, stderr } = await runProgram("examples/quickstart.js", [], { cwd, env: {} });

  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/Copy 135,233 places in/);
  expect(stdout).toMatch(/China +[\d,]+ +[\d,]+\n/);
  expect(stdout).toMatch(/job [0-9a-f-]+ is done/);
  expect(stdout).toMatch(/on maps at http:\/\/127\.0\.0\.1:8080\/viewer\/dev\n$/);
  const file = /^(\/.*population_by_country\.csv)$/m.exec(stdout)?.[1] ?? "";
  expect((await readFile(file, "utf8")).split("\n")[0]).toBe("country,places,population");
});
