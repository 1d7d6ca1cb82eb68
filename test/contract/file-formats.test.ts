import { readdirSync, readlinkSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningServer, ServerOptions } from "@carto-ts/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeByGdal, type GdalFeature, hasGdal, readByGdal } from "../support/gdal.ts";
import { answerOf, eventually, readAll, send } from "../support/http.ts";
import { engines, startTestServer, startWorld, type World, worldOf } from "../support/world.ts";

/** Files by format, under names that GDAL knows. */
const NAMES = { shp: "x.shp.zip", gpkg: "x.gpkg", spatialite: "x.sqlite", flatgeobuf: "x.fgb" } as const;
type FileFormat = keyof typeof NAMES;
const FORMATS = Object.keys(NAMES) as FileFormat[];

const ask = (world: World, format: string, q: string, params: Record<string, string> = {}): Promise<Response> => {
  const body = new URLSearchParams({ q, format, api_key: world.masterKey, ...params });
  return fetch(`${world.url}/api/v2/sql`, { method: "POST", body });
};

async function fileOf(...request: Parameters<typeof ask>): Promise<Buffer> {
  const response = await ask(...request);
  if (response.status !== 200) throw new Error(await response.text());
  const file = Buffer.from(await response.arrayBuffer());
  expect(file.length).toBe(Number(response.headers.get("content-length")));
  return file;
}

async function errorOf(...request: Parameters<typeof ask>): Promise<unknown> {
  const response = await ask(...request);
  return [response.status, ((await response.json()) as { error: string[] }).error[0]];
}

async function featuresOf(world: World, format: FileFormat, ...rest: [q: string, params?: Record<string, string>]) {
  // Of a SpatiaLite database a table without a geometry has to be asked for.
  const layer = format === "spatialite" ? "cartodb_query" : undefined;
  const features = await readByGdal(await fileOf(world, format, ...rest), NAMES[format], layer);
  // FlatGeobuf has them in the order of its index.
  return features.sort((a, b) => Number(a.properties["id"]) - Number(b.properties["id"]));
}

const propertiesOf = (features: readonly GdalFeature[]): unknown[] => features.map(({ properties }) => properties);
const typesOf = (features: readonly GdalFeature[]): unknown[] => features.map(({ geometry }) => geometry?.type ?? null);

const point = (x: number | string, y: number, srid = 4326): string => `st_setsrid(st_makepoint(${x}, ${y}), ${srid})`;

const VALUES = `select 1 as id, 9007199254740993::int8 as big, 0.1::float8 as double, 12.5::numeric as decimal,
  true as yes, 'ñ "a", b' as words, date '2026-11-22' as day, time '10:11:12' as hour,
  timestamptz '2026-11-22 09:22:54.5+02' as moment, array[1, 2] as list, '\\xdead'::bytea as bytes,
  '{"a": 1}'::jsonb as document, 'a-b'::varchar(9) as a_name_of_more_than_ten, ${point(-3.699732, 40.423012)} as the_geom
  union all select 2, ${"null, ".repeat(12)} null`;

/** What is the same in all formats, as far as JSON tells. */
const SAME = {
  id: 1,
  big: 9007199254740992,
  double: 0.1,
  decimal: 12.5,
  words: 'ñ "a", b',
  hour: "10:11:12",
  list: "{1,2}",
  bytes: "\\xdead",
  document: { a: 1 },
};
const IN_SQLITE = {
  ...SAME,
  yes: true,
  day: "2026-11-22",
  moment: "2026-11-22T07:22:54.500Z",
  a_name_of_more_than_ten: "a-b",
};

/** What each format makes of {@link VALUES}. */
const KEPT: Record<FileFormat, object> = {
  // Names have ten characters, timestamps lose their time, booleans are numbers.
  shp: { ...SAME, yes: 1, day: "2026-11-22", moment: "2026-11-22", a_name_of_: "a-b" },
  gpkg: IN_SQLITE,
  spatialite: IN_SQLITE,
  // Dates are timestamps.
  flatgeobuf: { ...IN_SQLITE, day: "2026-11-22T00:00:00" },
};

/** Folders that exports of this process have. */
async function foldersOf(dir: string): Promise<string[]> {
  const spools = (await readdir(dir)).filter((name) => name.startsWith("carto-ts-exports-"));
  return (await Promise.all(spools.map((name) => readdir(join(dir, name))))).flat();
}

/** Commands of the processes that work in a folder below this one. */
function processesIn(folder: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

describe.skipIf(!hasGdal).each(engines)("files on %s", (engine) => {
  test.each(FORMATS)("%s holds the features, but for what it loses", async (format) => {
    await using world = await startWorld(engine);

    const features = await featuresOf(world, format, VALUES);

    expect(features[0]?.properties).toEqual(KEPT[format]);
    expect(features[0]?.geometry?.coordinates).toEqual([-3.699732, 40.423012]);
    expect(features[1]?.geometry).toBeNull();
    expect(Object.values(features[1]?.properties ?? {}).filter((value) => value !== null)).toEqual([2]);
    const described = await describeByGdal(await fileOf(world, format, VALUES), NAMES[format]);
    expect(described).toContain("big (Integer64) = 9007199254740993");
    expect(described).toContain("Geometry: Point\n");
    expect(described).toMatch(/Layer name: (x|cartodb[-_]query)\n/);
  });

  test.each(FORMATS)("%s has the reference of the first geometry", async (format) => {
    await using world = await startWorld(engine);
    const q = (srid: number): string => `select 1 as id, ${point(1, 2, srid)} as the_geom`;

    expect(await describeByGdal(await fileOf(world, format, q(3857)), NAMES[format])).toMatch(/ID\["EPSG",3857\]\]\n/);
    expect(await describeByGdal(await fileOf(world, format, q(0)), NAMES[format])).not.toContain("4326");
    expect(await errorOf(world, format, q(990001))).toEqual([400, expect.stringContaining("EPSG:990001")]);
  });

  test("a Shapefile is a zip of its parts, named as the file", async () => {
    await using world = await startWorld(engine);
    const file = await fileOf(world, "shp", `select ${point(1, 2)} as the_geom`, { filename: "../my places.shp" });

    const [, ...heads] = file.toString("latin1").split("PK\u0001\u0002");
    const names = heads.map((head) => /^.{42}(\w+\.[a-z]{3})/s.exec(head)?.[1]);

    expect(names).toEqual(["shp", "shx", "dbf", "prj", "cpg"].map((extension) => `my_places.${extension}`));
  });

  test("a Shapefile has geometries of one kind", async () => {
    await using world = await startWorld(engine);
    const q =
      "select st_geomfromtext(wkt, 4326) as the_geom from (values ('POINT(0 0)'), ('LINESTRING(0 0,1 1)')) v (wkt)";

    const error = (await errorOf(world, "shp", q)) as [number, string];

    expect(error[0]).toBe(400);
    expect(error[1]).toMatch(/Attempt to write non-point \(LINESTRING\) geometry to point shapefile/);
    expect(error[1]).not.toMatch(/carto-ts|rows\.csv|tmp/);
    expect(error[1]).toMatch(/^ogr2ogr command return code 1, Error: /);
  });

  test("all others take geometries of any kinds together", async () => {
    await using world = await startWorld(engine);
    const q = (...wkts: string[]): string =>
      `select id, st_geomfromtext(wkt, 4326) as the_geom
       from (values ${wkts.map((wkt, at) => `(${at}, ${wkt === "" ? "null" : `'${wkt}'`})`).join(", ")}) v (id, wkt)`;
    const area = "((0 0,0 1,1 1,0 0))";

    for (const format of ["gpkg", "spatialite", "flatgeobuf"] as const) {
      const read = async (...wkts: string[]) => typesOf(await featuresOf(world, format, q(...wkts)));
      expect(await read("POINT(0 0)", "LINESTRING(0 0,1 1)"), format).toEqual(["Point", "LineString"]);
      expect(await read(`POLYGON${area}`, `MULTIPOLYGON(${area})`), format).toEqual(["MultiPolygon", "MultiPolygon"]);
      const solid = await featuresOf(world, format, q("POINT Z (1 2 3)", ""));
      expect([typesOf(solid), solid[0]?.geometry?.coordinates], format).toEqual([
        ["Point", null],
        [1, 2, 3],
      ]);
    }
  });

  test("the geometry is the_geom, or else the first; none is none", async () => {
    await using world = await startWorld(engine);

    const two = `select 1 as id, ${point(1, 2)} as a, ${point(3, 4)}::geography as b`;
    expect(await featuresOf(world, "gpkg", two)).toMatchObject([
      { geometry: { coordinates: [1, 2] }, properties: { id: 1 } },
    ]);
    const both = `select 1 as id, ${point(1, 2)} as a, ${point(3, 4)}::geography as the_geom`;
    expect((await featuresOf(world, "gpkg", both))[0]?.geometry?.coordinates).toEqual([3, 4]);
    for (const format of FORMATS) {
      const skipped = await featuresOf(world, format, both, { skipfields: "the_geom,a" });
      expect([propertiesOf(skipped), typesOf(skipped)], format).toEqual([[{ id: 1 }], [null]]);
    }
  });

  test("no rows are a file too, with the column's type", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table areas (id int, the_geom geometry(Polygon, 25830))");

    for (const format of FORMATS) {
      const described = await describeByGdal(await fileOf(world, format, "select * from areas"), NAMES[format]);
      expect(described, format).toContain("Geometry: Polygon\n");
      expect(described, format).toContain("Feature Count: 0\n");
      expect(described, format).toMatch(/25830|ETRS89 \/ UTM zone 30N/);
    }
  });

  test("names that mean something to GDAL are names", async () => {
    await using world = await startWorld(engine);
    const q = `select 1 as id, 'a' as wkt, 'b' as "geom_c0", 'c' as "x ""y", 'd' as c1, 'e' as fid`;

    const [feature] = await featuresOf(world, "gpkg", q);

    expect(feature?.properties).toEqual({ id: 1, wkt: "a", geom_c0: "b", 'x "y': "c", c1: "d", fid: "e" });
  });

  test("cartodb_id is the id in a GeoPackage where it can be", async () => {
    await using world = await startWorld(engine);
    const read = async (q: string): Promise<string> => describeByGdal(await fileOf(world, "gpkg", q), "x.gpkg");

    expect(await read("select n as cartodb_id, 'x' as a from generate_series(7, 8) n")).toMatch(
      /FID Column = cartodb_id\n.*a: String.*OGRFeature\(cartodb-query\):7\n/s,
    );
    expect(await read("select 7 as cartodb_id, n as id from generate_series(1, 2) n")).toMatch(
      /FID Column = fid\ncartodb_id: Integer.*OGRFeature\(cartodb-query\):1\n {2}cartodb_id \(Integer\) = 7\n/s,
    );
    const odd = await describeByGdal(await fileOf(world, "gpkg", "select 1 as a", { filename: "-x y" }), "x.gpkg");
    expect(odd).toContain("Layer name: _-x_y\n");
    expect(await read("select 'x' as cartodb_id, 1 as fid")).toMatch(
      /FID Column = fid_1\n.*cartodb_id \(String\) = x\n/s,
    );
  });

  test("an empty text, NaN and an empty geometry are NULL", async () => {
    await using world = await startWorld(engine);
    const q = "select 1 as id, '' as a, 'NaN'::float8 as b, 'infinity'::date as c, 'POINT EMPTY'::geometry as the_geom";

    for (const format of ["spatialite", "flatgeobuf"] as const) {
      const [feature] = await featuresOf(world, format, q);
      expect(feature?.geometry, format).toBeNull();
      expect(
        Object.values(feature?.properties ?? {}).filter((value) => value !== null),
        format,
      ).toEqual([1]);
    }
  });
});

describe.skipIf(!hasGdal)("files", () => {
  let dir: string;
  let server: RunningServer;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "carto-ts-files-test-"));
    await mkdir(join(dir, "carto-ts-exports-999999999-1-00000000-0000-4000-8000-000000000000/left"), {
      recursive: true,
    });
    server = await start({ limits: { exportWorkers: 1, exportQueue: 1 } });
  });
  afterAll(async () => {
    await server.close();
    await rm(dir, { recursive: true });
  });
  const start = (options: ServerOptions): Promise<RunningServer> =>
    startTestServer(engines.at(-1) ?? "pglite", { exports: { dir }, ...options });
  const MANY = `select n as id, ${point("n % 180", 1)} as the_geom from generate_series(1, 300000) n`;

  test("what another process left is cleared away at start, and nothing stays behind", async () => {
    const world = worldOf(server);
    expect((await readdir(dir)).filter((name) => name.includes("999999999"))).toEqual([]);
    for (const format of FORMATS) await fileOf(world, format, "select 1 as a");
    await errorOf(world, "shp", "select 1/0 as a");
    const q = new URLSearchParams({ q: "select 1 as a", format: "spatialite", api_key: world.masterKey });
    await answerOf(send(`${world.url}/api/v2/sql?${q}`, { method: "HEAD" }));
    expect(await eventually(async () => (await foldersOf(dir)).length === 0)).toBe(true);
  });

  test("a client that leaves ends GDAL and removes the files", async () => {
    const world = worldOf(server);
    const q = new URLSearchParams({ q: MANY, format: "spatialite", api_key: world.masterKey });
    const sent = send(`${world.url}/api/v2/sql?${q}`);
    expect(await eventually(() => processesIn(dir).length > 0, 20_000)).toBe(true);

    sent.destroy();

    expect(await eventually(() => processesIn(dir).length === 0)).toBe(true);
    expect(await eventually(async () => (await foldersOf(dir)).length === 0)).toBe(true);
  });

  test("a client that leaves while it is sent has the file removed", async () => {
    const world = worldOf(server);
    const q = new URLSearchParams({ q: "select 1 as a", format: "spatialite", api_key: world.masterKey });
    const sent = send(`${world.url}/api/v2/sql?${q}`);
    await answerOf(sent);
    expect(await foldersOf(dir)).toHaveLength(1);

    sent.destroy();

    expect(await eventually(async () => (await foldersOf(dir)).length === 0)).toBe(true);
  });

  test("so many are made at once, so many wait, and one more is told to come again", async () => {
    const world = worldOf(server);
    const answers = await Promise.all(Array.from({ length: 3 }, () => ask(world, "gpkg", MANY)));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 503]);
    const refused = answers.find(({ status }) => status === 503);
    expect(refused?.headers.get("retry-after")).toBe("10");
    expect(await refused?.json()).toEqual({ error: ["too many files are being made: try again later"] });
    await Promise.all(answers.filter(({ status }) => status === 200).map((answer) => answer.arrayBuffer()));
  });

  test("too large, too slow and too hungry are told", async () => {
    const limits = { exportMaxBytes: 1024 ** 2, queryTimeoutMs: 3_000 };
    await using small = await start({ limits });
    const tooLarge = "The file would be larger than 1 MB: ask for fewer rows or columns, or for csv";
    expect(await errorOf(worldOf(small), "gpkg", MANY)).toEqual([413, tooLarge]);
    // Its rows are few, the file is not.
    expect(await errorOf(worldOf(small), "spatialite", "select 1 as a")).toEqual([413, tooLarge]);
    const timeout = await ask(worldOf(small), "gpkg", "select pg_sleep(10)::text as a");
    expect(timeout.status).toBe(429);
    expect(await timeout.json()).toMatchObject({ context: "limit", detail: "datasource" });

    await using slow = await start({ limits: { exportTimeoutMs: 1_000 } });
    const late = await ask(worldOf(slow), "spatialite", MANY);
    expect([late.status, await late.json()]).toEqual([429, expect.objectContaining({ context: "limit" })]);

    await using hungry = await start({ limits: { gdalMemoryBytes: 64 * 1024 ** 2 } });
    expect(await errorOf(worldOf(hungry), "spatialite", MANY)).toEqual([
      413,
      "The file takes more than 64 MB of memory to be made: ask for fewer rows or columns",
    ]);
    expect(await foldersOf(dir)).toEqual([]);
  });

  test("a file that is not fetched is given up", async () => {
    await using impatient = await start({ limits: { copyIdleMs: 300 } });
    const { url, masterKey } = worldOf(impatient);
    const q = new URLSearchParams({ q: `${MANY} limit 200000`, format: "gpkg", api_key: masterKey });
    const answer = await answerOf(send(`${url}/api/v2/sql?${q}`));
    expect(await eventually(async () => (await foldersOf(dir)).length === 0)).toBe(true);
    expect((await readAll(answer)).broken).toBe(true);
  });

  test("an ogr2ogr program makes the same files", async () => {
    await using native = await start({ gdal: { ogr2ogr: "/usr/bin/ogr2ogr" } });
    for (const format of FORMATS) {
      const features = await featuresOf(worldOf(native), format, VALUES);
      expect(features, format).toEqual(await featuresOf(worldOf(server), format, VALUES));
      expect(await featuresOf(worldOf(native), format, "select 1 as id"), format).toHaveLength(1);
    }
  });

  test("a folder that can't be used is told at start", async () => {
    const path = join(dir, "file");
    await writeFile(path, "");
    await expect(start({ exports: { dir: path } })).rejects.toThrow(`Can't make a folder for exports in ${path}`);
  });
});
