import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { type Carto, type CreateDatasetOptions, ImportError } from "@carto-ts/sdk/node";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../cli/cli.ts";
import { slowArchive, tarOf, type ZipEntry, zipOf } from "../support/archives.ts";
import { eventually } from "../support/http.ts";
import { engines, startTestServer, startWorld, worldOf } from "../support/world.ts";

const CITIES = "name,people,lat,lon\nVic,48287,41.93,2.25\nOlot,36000,42.18,2.49\n";
const ROADS = JSON.stringify({
  type: "FeatureCollection",
  features: [{ type: "Feature", geometry: { type: "Point", coordinates: [1, 2] }, properties: { ref: "C-17" } }],
});

const zip = (entries: readonly ZipEntry[], name = "borders.zip"): File => new File([zipOf(entries)], name);
const csv = (name: string, data: string): ZipEntry => ({ name, data });

async function rowsOf(carto: Carto, q: string): Promise<unknown[]> {
  return (await carto.sql.query(q)).rows;
}

const tablesOf = async (carto: Carto): Promise<unknown[]> =>
  (await carto.sql.query<{ name: string }>("select CDB_UserTables() as name order by 1")).rows.map(({ name }) => name);

async function failureOf(carto: Carto, file: File, options: CreateDatasetOptions = {}): Promise<ImportError> {
  const error = await carto.datasets.create(file, options).catch((thrown: unknown) => thrown);
  return error instanceof ImportError ? error : expect.fail(`it was imported: ${JSON.stringify(error)}`);
}

describe.each(engines)("archives on %s", (engine) => {
  test("become a table for each file, named after it, with the privacy asked for", async () => {
    await using world = await startWorld(engine);
    const archive = zip([csv("data/Cities 2024.csv", CITIES), { name: "roads.geojson", data: ROADS }]);

    const created = await world.carto.datasets.create(archive, { privacy: "public" });

    expect(created.datasets).toMatchObject([
      { name: "cities_2024", rows: 2 },
      { name: "roads", rows: 1 },
    ]);
    expect(created.import).toMatchObject({
      ...{ state: "complete", tables_created_count: 2, table_name: "roads", display_name: "borders.zip" },
      progress: { rows: 3, bytes: CITIES.length + ROADS.length, total_bytes: CITIES.length + ROADS.length },
    });
    expect(created.warnings).toEqual({});
    const q =
      "select name, ST_AsText(the_geom) as at from cities_2024 union all select ref, ST_AsText(the_geom) from roads";
    expect(await rowsOf(world.client({}), `${q} order by 1`)).toEqual([
      { name: "C-17", at: "POINT(1 2)" },
      { name: "Olot", at: "POINT(2.49 42.18)" },
      { name: "Vic", at: "POINT(2.25 41.93)" },
    ]);
  });

  test.each([
    ["a.tar", (bytes: Buffer<ArrayBuffer>) => bytes],
    ["a.tar.gz", gzipSync],
    ["a.tgz", gzipSync],
  ] as const)("are taken as %s", async (name, pack) => {
    await using world = await startWorld(engine);
    const bytes = pack(
      tarOf([
        { name: "./x/cities.csv", data: CITIES },
        { name: "./more.csv.gz", data: gzipSync(CITIES) },
      ]),
    );

    const { datasets } = await world.carto.datasets.create(new File([bytes], name));

    expect(datasets).toMatchObject([
      { name: "cities", rows: 2 },
      { name: "more", rows: 2 },
    ]);
  });

  test("with one file give it the name that was asked for", async () => {
    await using world = await startWorld(engine);

    const { datasets } = await world.carto.datasets.create(zip([csv("cities.csv", CITIES)]), { name: "towns" });

    expect(datasets).toMatchObject([{ name: "towns", rows: 2 }]);
    expect(await tablesOf(world.carto)).toEqual(["towns"]);
  });

  test("are imported as a whole, or not at all: the error names the file", async () => {
    await using world = await startWorld(engine);

    const failure = await failureOf(world.carto, zip([csv("cities.csv", CITIES), csv("bad.csv", "a,b\n1\n2\n")]));

    expect(failure).toMatchObject({
      code: 2003,
      whatAbout: expect.stringMatching(/^In bad\.csv: None of the file's 2 rows/),
    });
    expect(await tablesOf(world.carto)).toEqual([]);
    const left =
      "select count(*) as n from pg_class where relnamespace = 'cdb_importer'::regnamespace and relkind = 'r'";
    expect(await rowsOf(world.carto, left)).toEqual([{ n: 0 }]);
  });

  test("tell of files and rows that were left out", async () => {
    await using world = await startWorld(engine);
    const archive = zip([csv("a.csv", "a,b\n1,2\n3,4,5\n"), csv("notes.pdf", "%PDF"), csv("b.csv", "a,b\n1\n2,3\n")]);

    const { datasets, warnings } = await world.carto.datasets.create(archive);

    expect(datasets).toMatchObject([
      { name: "a", rows: 1 },
      { name: "b", rows: 1 },
    ]);
    expect(warnings).toMatchObject({
      skipped_files: { count: 1, files: [{ name: "notes.pdf", reason: "a file of the format pdf can't be imported" }] },
      rejected_rows: {
        count: 2,
        rows: [
          { file: "a.csv", row: 3 },
          { file: "b.csv", row: 2 },
        ],
      },
    });
  });

  test("give files of one name a number, and overwrite the same tables when they come again", async () => {
    await using world = await startWorld(engine);
    const archive = (n: number): File => zip([csv("x/t.csv", `a\n${n}\n`), csv("y/t.csv", `a\n${n + 1}\n`)]);
    const values = "select (select a from t) as t, (select a from t_1) as t_1";
    const overwrite = { collisionStrategy: "overwrite" } as const;

    const { datasets: before } = await world.carto.datasets.create(archive(1));
    expect(await rowsOf(world.carto, values)).toEqual([{ t: 1, t_1: 2 }]);
    const { datasets: after } = await world.carto.datasets.create(archive(5), overwrite);

    expect(after).toEqual(before);
    expect(await rowsOf(world.carto, values)).toEqual([{ t: 5, t_1: 6 }]);
    const refused = zip([csv("t.csv", "a\n8\n"), csv("t_1.csv", "other\n9\n")]);
    expect(await failureOf(world.carto, refused, overwrite)).toMatchObject({ code: 2012 });
    expect(await rowsOf(world.carto, values)).toEqual([{ t: 5, t_1: 6 }]);
  });

  test("skip the files whose names are taken, and no others", async () => {
    await using world = await startWorld(engine);
    await world.carto.datasets.create(new File(["a\n1\n"], "t.csv"));
    const archive = zip([csv("t.csv", "a\n2\n"), csv("u.csv", "a\n3\n")]);
    const skip = { collisionStrategy: "skip" } as const;

    const some = await world.carto.datasets.create(archive, skip);
    const none = await world.carto.datasets.create(archive, skip);

    expect(some.datasets).toMatchObject([{ name: "u" }]);
    expect(some.import).toMatchObject({ error_code: null, tables_created_count: 1 });
    expect(none.import).toMatchObject({ state: "complete", error_code: 1022, tables_created_count: 0 });
    expect(await rowsOf(world.carto, "select a from t")).toEqual([{ a: 1 }]);
  });

  test("make 26 tables at most, and say so", async () => {
    await using world = await startWorld(engine);
    const archive = zip(Array.from({ length: 28 }, (_, n) => csv(`t${n}.csv`, "a\n1\n")));

    const { datasets, warnings } = await world.carto.datasets.create(archive);

    expect(datasets).toHaveLength(26);
    expect(warnings).toEqual({ max_tables_per_import: 26 });
  });

  test.each([
    [1002, "No file in the archive can be imported", [{ name: "a.pdf", data: "%PDF" }]],
    [1003, "packed with LZMA", [{ name: "a.csv", data: "a", method: 14 }]],
    [1018, "has a password", [{ name: "a.csv", data: "a", flags: 1 }]],
    [2006, "not the UTF-8", [{ name: Buffer.from("\xff.csv", "latin1"), data: "a" }]],
    [6666, "more than 10485760 bytes", [{ name: "a.csv", data: Buffer.alloc(20e6, "1") }]],
  ])("fail with %i where they %s", async (code, says, entries) => {
    await using world = await startWorld(engine);

    expect(await failureOf(world.carto, zip(entries))).toMatchObject({
      code,
      whatAbout: expect.stringContaining(says),
    });
  });

  test("come from URLs too", async () => {
    const archive = zipOf([csv("cities.csv", CITIES), csv("towns.csv", CITIES)]);
    const origin = createServer((_, response) =>
      response.writeHead(200, { "Content-Type": "application/zip" }).end(archive),
    );
    await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
    const port = String((origin.address() as AddressInfo).port);
    const server = await startTestServer(engine, { imports: { allowed: "127.0.0.1", ports: port } });
    const { carto } = worldOf(server);

    const { datasets } = await carto.datasets.create(`http://127.0.0.1:${port}/download?id=7`);

    expect(datasets.map(({ name }) => name)).toEqual(["cities", "towns"]);
    await server.close();
    origin.close();
  });

  test("are cancelled while they are unpacked; others are answered meanwhile, and nothing stays", async () => {
    const spool = await temporaryDirectory();
    const server = await startTestServer(engine, { imports: { spoolDir: spool.path } });
    const { carto } = worldOf(server);
    const id = await carto.imports.create(
      new File([slowArchive(1_200, [{ name: "a.csv", data: CITIES }])], "slow.tar.gz"),
    );
    expect(await eventually(async () => (await carto.imports.get(id)).state === "unpacking", 10_000)).toBe(true);
    let longest = 0;
    for (let n = 0; n < 20; n++) {
      const startedAt = performance.now();
      await carto.sql.query("select 1");
      longest = Math.max(longest, performance.now() - startedAt);
      await sleep(20);
    }
    expect(await eventually(async () => (await carto.imports.get(id)).progress.bytes > 0, 5_000)).toBe(true);
    const { state } = await carto.imports.get(id);

    await carto.imports.cancel(id);
    await expect(carto.imports.wait(id, { timeout: 5_000 })).rejects.toThrow("cancelled");

    expect(state).toBe("unpacking");
    expect(longest).toBeLessThan(500);
    expect(await eventually(async () => (await readdir(spool.path)).join() === "spool-id", 5_000)).toBe(true);
    await server.close();
    await spool.remove();
  });
});
