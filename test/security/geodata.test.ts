import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Carto, ImportError } from "@carto-ts/sdk/node";
import type { RunningServer } from "@carto-ts/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readZip } from "../../packages/server/src/imports/archive/zip.ts";
import { temporaryDirectory } from "../cli/cli.ts";
import { type ZipEntry, zipOf } from "../support/archives.ts";
import { eventually } from "../support/http.ts";
import { engines, startTestServer, worldOf } from "../support/world.ts";

const FIXTURES = resolve(import.meta.dirname, "../../fixtures/geo");

const MB = 1024 ** 2;

const hostile = async (name: string): Promise<File> => fileOf(await readFile(resolve(FIXTURES, "hostile", name)), name);
const fileOf = (bytes: Uint8Array | string, name: string): File =>
  new File([new Uint8Array(Buffer.from(bytes as string))], name);

/** How an import ended: the tables' names, or the error's code and words. */
async function outcomeOf(carto: Carto, file: File): Promise<string[] | { code: number; says: string }> {
  try {
    return (await carto.datasets.create(file)).datasets.map(({ name }) => name);
  } catch (error) {
    if (error instanceof ImportError) return { code: error.code, says: error.whatAbout };
    throw error;
  }
}

const rowsOf = async (carto: Carto, q: string): Promise<unknown[]> => (await carto.sql.query(q)).rows;

const DOCUMENTS: readonly [string, (before: string, text: string) => string][] = [
  ["a.gpx", (before, text) => `${before}<gpx version="1.1"><wpt lat="1" lon="2"><name>${text}</name></wpt></gpx>`],
  [
    "a.gml",
    (before, text) =>
      `${before}<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><x><name>${text}</name>` +
      "<p><gml:Point><gml:coordinates>1,2</gml:coordinates></gml:Point></p></x></gml:featureMember></gml:FeatureCollection>",
  ],
  [
    "a.osm",
    (before, text) =>
      `${before}<osm version="0.6"><node id="1" lat="1" lon="2"><tag k="name" v="x"/></node><!-- -->${text}</osm>`,
  ],
];

const LAUGHS = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join("");

describe.each(engines)("hostile geodata on %s", (engine) => {
  let server: RunningServer;
  let carto: Carto;
  let spool: Awaited<ReturnType<typeof temporaryDirectory>>;

  beforeAll(async () => {
    spool = await temporaryDirectory();
    server = await startTestServer(engine, {
      imports: { spoolDir: spool.path },
      limits: { importMaxBytes: 2 * MB, importTimeoutMs: 15_000, gdalMemoryBytes: 700 * MB },
    });
    carto = worldOf(server).carto;
  });

  afterAll(async () => {
    expect(await rowsOf(carto, "select 1 as alive")).toEqual([{ alive: 1 }]);
    expect(await eventually(async () => (await readdir(spool.path)).join() === "spool-id", 5_000)).toBe(true);
    await server.close();
    await spool.remove();
  });

  test("a view without an end ends its own import", async () => {
    expect(await outcomeOf(carto, await hostile("endless-view.gpkg"))).toMatchObject({
      code: expect.toSatisfy((code: number) => code === 6666 || code === 6667),
    });
  });

  test("a view that never has a row ends its own import", async () => {
    expect(await outcomeOf(carto, await hostile("no-limit-join.gpkg"))).toMatchObject({ code: 6667 });
  });

  test("a value that takes all memory ends its own import", async () => {
    expect(await outcomeOf(carto, await hostile("huge-value.gpkg"))).toMatchObject({
      code: expect.toSatisfy((code: number) => code === 6666 || code === 1002),
    });
  });

  test("is cancelled at once, whatever it is at", async () => {
    const id = await carto.imports.create(await hostile("no-limit-join.gpkg"));
    expect(await eventually(async () => (await carto.imports.get(id)).state === "importing", 10_000)).toBe(true);
    const startedAt = performance.now();

    await carto.imports.cancel(id);

    await expect(carto.imports.wait(id)).rejects.toThrow("cancelled");
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  test("triggers don't run, and no library is loaded", async () => {
    const options = { srs: "EPSG:25830" };
    const { datasets } = await carto.datasets.create(await hostile("triggers.gpkg"), options);
    expect(datasets).toMatchObject([{ name: "triggers", rows: 1 }]);

    expect(await outcomeOf(carto, await hostile("extension.gpkg"))).toMatchObject({ code: 1005 });
  });

  test("tables that are other files are not read", async () => {
    await outcomeOf(carto, await hostile("virtual-tables.sqlite"));

    const tables = await rowsOf(carto, "select * from CDB_UserTables() as name where name like 'virtual%'");
    for (const { name } of tables as { name: string }[]) {
      expect(JSON.stringify(await rowsOf(carto, `select * from ${name}`))).not.toContain("root");
    }
  });

  test.each(DOCUMENTS)("entities of entities in %s end their own import", async (name, document) => {
    const bomb = document(`<!DOCTYPE x [<!ENTITY l0 "laughs">${LAUGHS}]>`, "&l9;");

    expect(await outcomeOf(carto, fileOf(bomb, name))).toMatchObject({ code: 1002 });
  });

  test.each(DOCUMENTS)("no entity in %s names a file", async (name, document) => {
    const before = `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "file:///etc/hosts"> %p;]>`;
    const made = await outcomeOf(carto, fileOf(document(before, "&e;"), `xxe-${name}`));

    if (!Array.isArray(made)) return expect(made.says).not.toMatch(/root:|localhost/);
    for (const table of made) {
      expect(JSON.stringify(await rowsOf(carto, `select * from ${table}`))).not.toMatch(/root:|localhost/);
    }
  });

  test.each(["a.vrt", "a.gpx", "a.gml", "a.xml", "a.csv", "a.osm"])(
    "a virtual file called %s is refused",
    async (name) => {
      const source = `<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/http://127.0.0.1/x</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>`;

      expect(await outcomeOf(carto, fileOf(source, name))).toMatchObject({ code: 1002 });
    },
  );

  test("paths in a file lead nowhere", async () => {
    const gml =
      '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' +
      'xmlns:xlink="http://www.w3.org/1999/xlink" xsi:schemaLocation="http://x /vsicurl/http://127.0.0.1:1/x.xsd file:///etc/passwd">' +
      '<gml:featureMember><x><name xlink:href="file:///etc/passwd">n</name><p><gml:Point xlink:href="/etc/passwd">' +
      "<gml:coordinates>1,2</gml:coordinates></gml:Point></p></x></gml:featureMember></gml:FeatureCollection>";
    const tab =
      '!table\n!version 300\nDefinition Table\n  File "/etc/passwd"\n  Type NATIVE Charset "Neutral"\n  Fields 1\n    a Char (9) ;\n';
    const tabs = zipOf([
      { name: "t.tab", data: tab },
      { name: "t.dat", data: "/etc/passwd" },
    ]);

    expect(await outcomeOf(carto, fileOf(gml, "paths.gml"))).toEqual(["paths"]);
    expect(JSON.stringify(await rowsOf(carto, "select * from paths"))).not.toContain("root:");
    expect(await outcomeOf(carto, fileOf(tabs, "t.zip"))).toMatchObject({ code: 1002 });
  });

  test("a workbook that unpacks to hundreds of megabytes is refused", async () => {
    const bomb = zipOf([
      { name: "xl/workbook.xml", data: "<workbook/>" },
      { name: "xl/worksheets/sheet1.xml", data: Buffer.alloc(200 * MB, " ") },
    ]);

    expect(await outcomeOf(carto, fileOf(bomb, "bomb.xlsx"))).toMatchObject({ code: 6666 });
  });

  test("members of a set are checked as others are", async () => {
    const shapefile = await readFile(resolve(FIXTURES, "ogr/alone.shp"));
    const set = (...entries: ZipEntry[]): File => fileOf(zipOf(entries), "set.zip");

    for (const path of ["../../evil.shp", "a/../../evil.shp", "..\\evil.shp"]) {
      expect(await outcomeOf(carto, set({ name: path, data: shapefile }))).toMatchObject({
        code: 1002,
        says: expect.stringContaining("leads out of the archive"),
      });
    }
    const link = { name: "a.dbf", data: "/etc/passwd", mode: 0o120777 };
    expect(await outcomeOf(carto, set({ name: "a.shp", data: shapefile }, link))).toMatchObject({
      code: 1006,
      says: expect.stringContaining("without its .dbf and .shx"),
    });
    const gdb = { name: "x.gdb/../../../tmp/a00000001.gdbtable", data: "x" };
    expect(await outcomeOf(carto, set(gdb))).toMatchObject({ code: 1002 });
    const deep = { name: "x.gdb/a/a00000001.gdbtable", data: "x" };
    expect(await outcomeOf(carto, set(deep))).toMatchObject({ code: 1002 });
  });

  test.each([
    "areas.gpkg",
    "areas.fgb",
    "areas.sqlite",
    "sheet.xlsx",
    "town.osm.pbf",
    "shapefile.zip",
    "geodatabase.zip",
  ])("%s with garbage in it is read or refused in words", async (name) => {
    for (let n = 1; n <= 4; n++) {
      const outcome = await outcomeOf(carto, await damaged(name, n));
      if (!Array.isArray(outcome)) expect(outcome.code, JSON.stringify(outcome)).not.toBe(99999);
    }
  });
});

/** A fixture with some bytes changed; of an archive, in the files that are in it. */
async function damaged(name: string, n: number): Promise<File> {
  const path = resolve(FIXTURES, "ogr", name);
  const whole = await readFile(path);
  if (!name.endsWith(".zip")) return fileOf(withGarbage(whole, n), name);
  const entries: ZipEntry[] = [];
  const quiet = { signal: new AbortController().signal, onProgress: () => {} };
  for await (const member of readZip({ path, name, size: whole.length }, quiet)) {
    const data = await buffer(member.chunks());
    entries.push({ name: member.path, data: withGarbage(data, n) });
  }
  return fileOf(zipOf(entries), name);
}

function withGarbage(whole: Buffer, n: number): Buffer {
  const bytes = Buffer.from(whole);
  for (let at = n * 37; at < bytes.length; at += Math.ceil(bytes.length / (3 * n))) bytes[at] = (bytes[at] ?? 0) ^ 0xa5;
  return bytes;
}
