import { gzipSync } from "node:zlib";
import type { Carto, CreateDatasetOptions, ImportError } from "@carto-ts/sdk/node";
import { describe, expect, test } from "vitest";
import { engines, startWorld } from "../support/world.ts";

const CITIES = "name,founded,people,lat,lon\nVic,-400-01-01,48287,41.93,2.25\nOlot,,36000,42.18,2.49\n";

const csv = (text: string, name = "cities.csv"): File => new File([text], name);

async function rowsOf(carto: Carto, q: string): Promise<unknown[]> {
  return (await carto.sql.query(q)).rows;
}

/** How an import failed. */
async function failureOf(carto: Carto, file: File, options: CreateDatasetOptions = {}): Promise<ImportError> {
  return carto.datasets.create(file, options).then(
    () => expect.fail("it was imported"),
    (error: unknown) => error as ImportError,
  );
}

describe.each(engines)("imports on %s", (engine) => {
  test("a CSV becomes a table with its types, a key and a geometry", async () => {
    await using world = await startWorld(engine);

    const { datasets, warnings } = await world.carto.datasets.create(csv(CITIES));

    expect(datasets).toEqual([
      { id: expect.any(String), name: "cities", visualization_id: expect.any(String), rows: 2 },
    ]);
    expect(warnings).toEqual({});
    const { rows, fields } = await world.carto.sql.query(
      "select *, ST_AsText(the_geom) as at, ST_SRID(the_geom_webmercator) as srid from cities order by cartodb_id",
    );
    expect(rows).toMatchObject([
      { cartodb_id: 1, name: "Vic", people: 48287, lat: 41.93, lon: 2.25, at: "POINT(2.25 41.93)", srid: 3857 },
      { cartodb_id: 2, name: "Olot", people: 36000, lat: 42.18, lon: 2.49, at: "POINT(2.49 42.18)", srid: 3857 },
    ]);
    expect(Object.keys(fields)).toEqual([
      ...["cartodb_id", "the_geom", "the_geom_webmercator", "name", "founded", "people", "lat", "lon", "at", "srid"],
    ]);
    expect(fields).toMatchObject({ people: { pgtype: "int4" }, lat: { pgtype: "float8" } });
  });

  test("the table is cartodbfied: it has indexes, triggers and a sequence that goes on", async () => {
    await using world = await startWorld(engine);
    await world.carto.datasets.create(csv(CITIES));

    await world.carto.sql.query("insert into cities (name, the_geom) values ('Ripoll', CDB_LatLng(42.2, 2.19))");

    expect(
      await rowsOf(
        world.carto,
        "select cartodb_id, the_geom_webmercator is null as empty from cities where name = 'Ripoll'",
      ),
    ).toEqual([{ cartodb_id: 3, empty: false }]);
    expect(
      await rowsOf(
        world.carto,
        "select indexname from pg_indexes where schemaname = current_schema() and tablename = 'cities' order by 1",
      ),
    ).toEqual([
      { indexname: "cities_pkey" },
      { indexname: "cities_the_geom_idx" },
      { indexname: "cities_the_geom_webmercator_idx" },
    ]);
    expect(await rowsOf(world.carto, "select CDB_UserTables() as name")).toEqual([{ name: "cities" }]);
  });

  test("a row too large for a table is told so", async () => {
    await using world = await startWorld(engine);
    const wide = (of: (n: number) => string): string => Array.from({ length: 1_590 }, (_, n) => of(n)).join(",");

    const failure = await failureOf(world.carto, csv(`${wide((n) => `c${n}`)}\n${wide(() => "abcdefgh")}\n`));

    expect(failure).toMatchObject({ code: 2004, whatAbout: expect.stringContaining("row is too big") });
  });

  test("a packed file is unpacked, and a damaged one is none", async () => {
    await using world = await startWorld(engine);
    const packed = gzipSync(CITIES);

    const { datasets } = await world.carto.datasets.create(new File([packed], "cities.csv.gz"));
    const failure = await failureOf(world.carto, new File([packed.subarray(0, 60)], "broken.csv.gz"));

    expect(datasets).toMatchObject([{ name: "cities", rows: 2 }]);
    expect(failure).toMatchObject({ code: 1003, title: "Decompression error" });
  });

  test("privacy says who may read from the first moment on", async () => {
    await using world = await startWorld(engine);
    const anyone = world.client({});

    await world.carto.datasets.create(csv(CITIES, "open.csv"), { privacy: "public" });
    await world.carto.datasets.create(csv(CITIES, "closed.csv"), { privacy: "private" });

    expect(await rowsOf(anyone, "select count(*) as n from open")).toEqual([{ n: 2 }]);
    await expect(anyone.sql.query("select * from closed")).rejects.toThrow("permission denied for table closed");
  });

  test("a name that is taken gets a number, however many ask for it at once", async () => {
    await using world = await startWorld(engine);

    const made = await Promise.all(Array.from({ length: 5 }, () => world.carto.datasets.create(csv(CITIES))));

    expect(made.map(({ datasets }) => datasets[0]?.name).sort()).toEqual([
      ...["cities", "cities_1", "cities_2", "cities_3", "cities_4"],
    ]);
  });

  test("skip leaves what is there, and says so", async () => {
    await using world = await startWorld(engine);
    await world.carto.datasets.create(csv("a\n1\n", "t.csv"));

    const skipped = await world.carto.datasets.create(csv("a\n1\n2\n", "t.csv"), { collisionStrategy: "skip" });

    expect(skipped.datasets).toEqual([]);
    expect(skipped.import).toMatchObject({ state: "complete", success: true, error_code: 1022 });
    expect(await rowsOf(world.carto, "select a from t")).toEqual([{ a: 1 }]);
  });

  test("overwrite replaces the rows, and keeps ids, grants, indexes and triggers", async () => {
    await using world = await startWorld(engine);
    const { datasets: before } = await world.carto.datasets.create(csv("a,b\n1,x\n", "t.csv"), { privacy: "public" });
    await world.carto.sql.query("create index t_own on t (a)");

    const { datasets: after } = await world.carto.datasets.create(csv("b,a,c\ny,2,1\nz,3,2\n", "t.csv"), {
      collisionStrategy: "overwrite",
    });

    expect(after).toEqual([{ ...before[0], rows: 2 }]);
    expect(await rowsOf(world.client({}), "select a, b, c from t order by a")).toEqual([
      { a: 2, b: "y", c: 1 },
      { a: 3, b: "z", c: 2 },
    ]);
    expect(
      await rowsOf(
        world.carto,
        "select indexname from pg_indexes where tablename = 't' and indexname = 't_own' and schemaname = current_schema()",
      ),
    ).toEqual([{ indexname: "t_own" }]);
  });

  test("overwrite refuses to lose a column or break a view, and leaves the old table", async () => {
    await using world = await startWorld(engine);
    await world.carto.datasets.create(csv("a,b\n1,x\n", "t.csv"));
    const overwrite = { collisionStrategy: "overwrite" } as const;

    expect(await failureOf(world.carto, csv("a\n2\n", "t.csv"), overwrite)).toMatchObject({
      code: 2012,
      whatAbout: expect.stringContaining("b (string)"),
    });
    expect(await failureOf(world.carto, csv("a,b\nx,z\n", "t.csv"), overwrite)).toMatchObject({ code: 2012 });
    await world.carto.sql.query("create view seen as select a from t");
    expect(await failureOf(world.carto, csv("a,b\n2,z\n", "t.csv"), overwrite)).toMatchObject({
      code: 2013,
      whatAbout: expect.stringContaining("seen"),
    });

    expect(await rowsOf(world.carto, "select a, b from t")).toEqual([{ a: 1, b: "x" }]);
    expect(
      await rowsOf(
        world.carto,
        "select count(*) as n from pg_class where relnamespace = 'cdb_importer'::regnamespace and relkind = 'r'",
      ),
    ).toEqual([{ n: 0 }]);
  });

  test("readers see the old rows or the new ones, never fewer", async () => {
    await using world = await startWorld(engine);
    const rows = (n: number): string => `n\n${Array.from({ length: n }, (_, i) => i).join("\n")}\n`;
    await world.carto.datasets.create(csv(rows(1000), "t.csv"));
    const seen = new Set<unknown>();
    let done = false;
    const reading = (async () => {
      while (!done)
        for (const row of await rowsOf(world.carto, "select count(*) as n from t")) seen.add((row as { n: number }).n);
    })();

    await world.carto.datasets.create(csv(rows(2000), "t.csv"), { collisionStrategy: "overwrite" });
    done = true;
    await reading;

    expect([...seen].every((n) => n === 1000 || n === 2000)).toBe(true);
    expect(seen.has(1000)).toBe(true);
  });

  test("rows that can't be read are listed with their line, the others imported", async () => {
    await using world = await startWorld(engine);

    const { datasets, warnings } = await world.carto.datasets.create(csv("a,b\n1,2\n3,4,5\n6,7\n"));

    expect(datasets).toMatchObject([{ rows: 2 }]);
    expect(warnings.rejected_rows).toMatchObject({ count: 1, rows: [{ row: 3, text: "3,4,5" }] });
  });

  test("geometries that can't be read are listed and NULL, the others are there", async () => {
    await using world = await startWorld(engine);
    const text = "n,the_geom\n1,POINT(1 2)\n2,\n3,POINT(1\n4,SRID=3857;POINT(111319.49 0)\n";

    const { warnings } = await world.carto.datasets.create(csv(text));

    expect(await rowsOf(world.carto, "select n, ST_AsText(the_geom, 3) as at from cities order by n")).toEqual([
      { n: 1, at: "POINT(1 2)" },
      { n: 2, at: null },
      { n: 3, at: null },
      { n: 4, at: "POINT(1 0)" },
    ]);
    expect(warnings.rejected_values).toEqual({
      count: 1,
      rows: [{ row: 4, reason: "the geometry can't be read", text: "POINT(1" }],
    });
  });

  test("a column that only looks like geometries stays as text", async () => {
    await using world = await startWorld(engine);

    await world.carto.datasets.create(csv("n,geom\n1,abc\n2,def\n", "named.csv"));
    await world.carto.datasets.create(csv("n,geom\n1,POINT(\n2,POINT(x y)\n", "written.csv"));

    expect(await rowsOf(world.carto, "select n, geom, the_geom from named order by n")).toEqual([
      { n: 1, geom: "abc", the_geom: null },
      { n: 2, geom: "def", the_geom: null },
    ]);
    expect(await rowsOf(world.carto, "select n, invalid_the_geom, the_geom from written order by n")).toEqual([
      { n: 1, invalid_the_geom: "POINT(", the_geom: null },
      { n: 2, invalid_the_geom: "POINT(x y)", the_geom: null },
    ]);
  });

  test("a file's own cartodb_id stays, and one that can be no key is refused", async () => {
    await using world = await startWorld(engine);

    await world.carto.datasets.create(csv("cartodb_id,a\n10,x\n7,y\n"));
    await world.carto.sql.query("insert into cities (a) values ('z')");

    expect(await rowsOf(world.carto, "select cartodb_id, a from cities order by 1")).toEqual([
      { cartodb_id: 7, a: "y" },
      { cartodb_id: 10, a: "x" },
      { cartodb_id: 11, a: "z" },
    ]);
    for (const text of ["cartodb_id\n1\n1\n", "cartodb_id,a\n1,x\n,y\n", "cartodb_id\nx\n"]) {
      expect(await failureOf(world.carto, csv(text, "u.csv"))).toMatchObject({ code: 2011 });
    }
  });

  test("a query's rows, and a table's, become a table", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table source as select i as n, 'x' || i as name from generate_series(1, 3) i");

    const made = await world.carto.datasets.create({ sql: "select n * 2 as twice from source;" }, { name: "doubled" });
    const copied = await world.carto.datasets.create({ tableCopy: "source" }, { name: "copied" });

    expect(made.datasets).toMatchObject([{ name: "doubled", rows: 3 }]);
    expect(copied.datasets).toMatchObject([{ name: "copied", rows: 3 }]);
    expect(await rowsOf(world.carto, "select cartodb_id, twice from doubled order by 1")).toEqual([
      { cartodb_id: 1, twice: 2 },
      { cartodb_id: 2, twice: 4 },
      { cartodb_id: 3, twice: 6 },
    ]);
  });

  test("a query that is no SELECT, or more than one, makes nothing", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table kept (a int)");

    for (const q of [
      "drop table kept",
      "select 1 as a) t; drop table kept; --",
      "select 1; drop table kept",
      "select nope",
    ]) {
      const failure = await world.carto.datasets.create({ sql: q }, { name: "t" }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 8003 });
    }
    expect(await rowsOf(world.carto, "select count(*) as n from kept")).toEqual([{ n: 0 }]);
  });
});
