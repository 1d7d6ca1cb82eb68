import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type GdalFeature, hasGdal } from "../support/gdal.ts";
import { rows, value, values } from "../support/sql.ts";
import { engines, startTestServer, startWorld, type World, worldOf } from "../support/world.ts";

/** What a program of GDAL's said. */
interface Said {
  code: number;
  stdout: string;
  /** Its errors without the lines that only repeat the status. */
  errors: string[];
}

/** Attributes of the files that are sent. */
const SENT = [
  { name: "Ñandú", n: 0, x: 0.25, d: "2020-01-02", b: true },
  { name: "O'Hara\tand \\N", n: 1, x: 1.25, d: "2020-01-03", b: false },
  { name: "東京 🗼", n: 2, x: null, d: "2020-01-04", b: true },
];
const NOON = "2020-06-01T12:00:05Z";

const feature = (properties: { n: number }): object => ({
  type: "Feature",
  geometry: { type: "Point", coordinates: [properties.n + 0.5, properties.n * 2] },
  properties,
});
const collection = (properties: readonly { n: number }[]): string =>
  JSON.stringify({ type: "FeatureCollection", features: properties.map(feature) });

/** Runs ogrinfo or ogr2ogr as the account's owner, or with another key, or with none. */
function gdal(
  world: World,
  [program = "", ...args]: readonly string[],
  key: string | undefined = world.masterKey,
): Promise<Said> {
  const env = {
    PATH: process.env["PATH"] ?? "",
    CARTO_API_URL: `${world.url}/api/v2/sql`,
    ...(key !== "" && { CARTO_API_KEY: key }),
  };
  return new Promise((resolve) => {
    execFile(program, args, { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const errors = stderr
        .split("\n")
        .flatMap((line) => /^ERROR \d+: (?!.*HTTP error code)(.*)/.exec(line)?.[1] ?? []);
      resolve({ code: error ? Number(error.code) : 0, stdout, errors });
    });
  });
}

/** A database of the driver's. */
const carto = (world: World): string => `CARTO:${world.account}`;

/** Writes a file into a table; options of the program first. */
const load = (world: World, file: string, table: string, ...options: string[]): Promise<Said> =>
  gdal(world, ["ogr2ogr", "-f", "Carto", ...options, carto(world), file, "-nln", table]);

/** Reads by the driver what arguments of ogr2ogr ask for. */
async function read(world: World, args: readonly string[], key?: string): Promise<GdalFeature[]> {
  const said = await gdal(world, ["ogr2ogr", "-f", "GeoJSON", "/vsistdout/", carto(world), ...args], key);
  expect(said).toMatchObject({ code: 0, errors: [] });
  return (JSON.parse(said.stdout) as { features: GdalFeature[] }).features;
}

/** The account's datasets, by the list that pages show. */
async function datasetNames({ carto: { datasets } }: World): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of datasets.list({ order: "name", order_direction: "asc" })) names.push(name);
  return names;
}

/** Values of a property, in the order of the rows. */
const valuesOf = (features: readonly GdalFeature[], name: string): unknown[] =>
  features.map(({ properties }) => properties[name]);

const DONE = { code: 0, errors: [] };

describe.skipIf(!hasGdal).each(engines)("GDAL's driver for CARTO, unmodified, on %s", (engine) => {
  let folder: string;
  let world: World;
  const file = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "carto-ts-gdal-"));
    await writeFile(file("timed.geojson"), collection(SENT.map((properties) => ({ ...properties, ts: NOON }))));
    await writeFile(file("plain.geojson"), collection(SENT));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    world = await startWorld(engine);
  });

  test("makes a dataset of a file by COPY, and reads every kind of value back", async () => {
    expect(await load(world, file("timed.geojson"), "t")).toMatchObject(DONE);

    expect(await rows(world, "select cartodb_id, name, n, x, d, b, ts, ST_AsText(the_geom) as g from t")).toEqual([
      { cartodb_id: 1, ...SENT[0], d: "2020-01-02T00:00:00Z", ts: NOON, g: "POINT(0.5 0)" },
      { cartodb_id: 2, ...SENT[1], d: "2020-01-03T00:00:00Z", ts: NOON, g: "POINT(1.5 2)" },
      { cartodb_id: 3, ...SENT[2], d: "2020-01-04T00:00:00Z", ts: NOON, g: "POINT(2.5 4)" },
    ]);
    expect(await value(world, "select ST_SRID(the_geom_webmercator) from t limit 1")).toBe(3857);
    const features = await read(world, ["t"]);
    expect(features.map(({ properties }) => properties)).toEqual(SENT.map((sent) => ({ ...sent, ts: NOON })));
    expect(features.map(({ geometry }) => geometry?.coordinates)).toEqual([
      [0.5, 0],
      [1.5, 2],
      [2.5, 4],
    ]);
    expect(await world.carto.datasets.get("t")).toMatchObject({
      name: "t",
      privacy: "PRIVATE",
      table: { geometry_types: ["ST_Point"] },
    });
  });

  test("lists layers, and tells their columns, counts and extents", async () => {
    await load(world, file("timed.geojson"), "t");
    await load(world, file("plain.geojson"), "a_second");

    expect((await gdal(world, ["ogrinfo", "-ro", carto(world)])).stdout).toMatch(/\n1: a_second\n2: t\n$/);
    const { stdout } = await gdal(world, ["ogrinfo", "-ro", "-so", carto(world), "t"]);
    expect(stdout).toContain("Geometry: Unknown (any)\nFeature Count: 3\nExtent: (0.500000, 0.000000) - (2.500000, 4.");
    expect(stdout).toContain('ID["EPSG",4326]');
    expect(stdout.slice(stdout.indexOf("FID Column"))).toBe(
      [
        ...["FID Column = cartodb_id", "Geometry Column = the_geom", "name: String (0.0)", "n: Integer (0.0)"],
        ...["x: Real (0.0)", "d: Date (0.0)", "b: Integer(Boolean) (1.0)", "ts: DateTime (0.0)", ""],
      ].join("\n"),
    );
  });

  test("reads what a filter, a box, an id or a query asks for", async () => {
    await load(world, file("timed.geojson"), "t");

    expect(valuesOf(await read(world, ["t", "-where", "n>0 and name like '%''%'"]), "n")).toEqual([1]);
    expect(valuesOf(await read(world, ["t", "-spat", "1", "1", "5", "5"]), "n")).toEqual([1, 2]);
    expect(valuesOf(await read(world, ["t", "-spat", "1", "1", "5", "5", "-where", "b"]), "n")).toEqual([2]);
    expect(valuesOf(await read(world, ["t", "-fid", "2"]), "n")).toEqual([1]);
    const filtered = await gdal(world, ["ogrinfo", "-ro", "-so", carto(world), "t", "-where", "n>0"]);
    expect(filtered.stdout).toContain("Feature Count: 2\n");
  });

  test("reads queries, whose first row the driver itself gives twice", async () => {
    await load(world, file("timed.geojson"), "t");

    const features = await read(world, ["-sql", "select the_geom, n * 2 as twice from t where n > 0 order by n"]);
    expect(valuesOf(features, "twice")).toEqual([2, 2, 4]);
    expect(features.at(-1)?.geometry).toEqual({ type: "Point", coordinates: [2.5, 4] });
    const { stdout } = await gdal(world, ["ogrinfo", "-ro", carto(world), "-sql", "select n from t where n < 2"]);
    expect(stdout.match(/n \(Real\) = \d/g)).toEqual(["n (Real) = 0", "n (Real) = 1"]);
    expect(stdout).toContain("Feature Count: 3\n");
  });

  test("reads tables of several pages, with a primary key or without one, and with holes", async () => {
    await rows(world, "create table keyless as select n, 'word ' || n as w from generate_series(1, 1203) n");
    await rows(world, "create table keyed (cartodb_id serial primary key, the_geom geometry(Point, 4326), v int)");
    await rows(
      world,
      `insert into keyed (the_geom, v) select ST_SetSRID(ST_MakePoint(n % 180, n % 80), 4326), n
       from generate_series(1, 1203) n; delete from keyed where cartodb_id between 500 and 502`,
    );
    const all = Array.from({ length: 1203 }, (_, at) => at + 1);

    expect(valuesOf(await read(world, ["keyless"]), "n")).toEqual(all);
    expect(valuesOf(await read(world, ["keyed"]), "v")).toEqual(all.filter((n) => n < 500 || n > 502));
    expect(valuesOf(await read(world, ["-sql", "select n from keyless order by n"]), "n")).toEqual([1, ...all]);
    expect((await gdal(world, ["ogrinfo", "-ro", "-so", carto(world), "keyless"])).stdout).toMatch(
      /Geometry: None\nFeature Count: 1203\n[\s\S]*\nn: Integer \(0\.0\)\nw: String \(0\.0\)\n$/,
    );
  });

  test("makes, fills and extends tables by INSERT, many rows at a time or one by one", async () => {
    const insert = ["-update", "-doo", "COPY_MODE=NO"];
    expect(await load(world, file("plain.geojson"), "many", ...insert)).toMatchObject(DONE);
    expect(await load(world, file("plain.geojson"), "many", ...insert, "-append")).toMatchObject(DONE);
    expect(await load(world, file("plain.geojson"), "single", ...insert, "-doo", "BATCH_INSERT=NO")).toMatchObject(
      DONE,
    );

    expect(await rows(world, "select cartodb_id, name, n, x, b from many where cartodb_id > 2 order by 1")).toEqual([
      { cartodb_id: 3, name: "東京 🗼", n: 2, x: null, b: true },
      { cartodb_id: 4, name: "Ñandú", n: 0, x: 0.25, b: true },
      { cartodb_id: 5, name: "O'Hara\tand \\N", n: 1, x: 1.25, b: false },
      { cartodb_id: 6, name: "東京 🗼", n: 2, x: null, b: true },
    ]);
    expect(await values(world, "select count(*), max(cartodb_id), min(name) from single")).toEqual([
      3,
      3,
      SENT[1]?.name,
    ]);
  });

  test("appends by COPY when it keeps the ids; without them its own data lacks a column", async () => {
    await load(world, file("plain.geojson"), "t");
    const lacking = await load(world, file("plain.geojson"), "t", "-update", "-append");
    expect(lacking).toEqual({
      code: 1,
      stdout: "",
      errors: ['Error returned by server : missing data for column "cartodb_id"'],
    });
    expect(await value(world, "select count(*) from t")).toBe(3);

    const features = SENT.map((properties, at) => ({ ...feature(properties), id: 10 + at }));
    await writeFile(file("ids.geojson"), JSON.stringify({ type: "FeatureCollection", features }));
    const kept = await load(world, file("ids.geojson"), "t", "-update", "-append", "-preserve_fid");
    expect(kept).toMatchObject(DONE);
    expect((await rows(world, "select cartodb_id as id from t order by 1")).map(({ id }) => id)).toEqual([
      ...[1, 2, 3, 10, 11, 12],
    ]);
  });

  test("sends a time's plus sign as a blank in an INSERT, by itself", async () => {
    const said = await load(world, file("timed.geojson"), "t", "-update", "-doo", "COPY_MODE=NO");

    expect(said.errors).toContain(
      'Error returned by server : invalid input syntax for type timestamp with time zone: "2020/06/01 12:00:05 00"',
    );
  });

  test("overwrites tables, changes rows and drops layers, and the list of datasets follows", async () => {
    await load(world, file("plain.geojson"), "t");
    await load(world, file("plain.geojson"), "u");
    await load(world, file("plain.geojson"), "v");
    await world.carto.datasets.update("t", { privacy: "public", description: "kept" });
    expect(await datasetNames(world)).toEqual(["t", "u", "v"]);

    expect(await load(world, file("timed.geojson"), "t", "-overwrite")).toMatchObject(DONE);
    expect(await value(world, "select count(ts) from t")).toBe(3);
    expect(await gdal(world, ["ogrinfo", carto(world), "-sql", "DELETE FROM t WHERE n=1"])).toMatchObject(DONE);
    expect(await gdal(world, ["ogrinfo", carto(world), "-sql", "UPDATE t SET name='new' WHERE n=2"])).toMatchObject(
      DONE,
    );
    expect(await rows(world, "select n, name from t order by n")).toEqual([
      { n: 0, name: "Ñandú" },
      { n: 2, name: "new" },
    ]);
    expect(await gdal(world, ["ogrinfo", carto(world), "-sql", "DELLAYER:u"])).toMatchObject(DONE);
    expect(await gdal(world, ["ogrinfo", carto(world), "-sql", "DROP TABLE v"])).toMatchObject(DONE);

    expect(await datasetNames(world)).toEqual(["t"]);
    expect(await world.carto.datasets.get("t")).toMatchObject({ description: "kept" });
    expect(await load(world, file("plain.geojson"), "u")).toMatchObject(DONE);
    expect(await datasetNames(world)).toEqual(["t", "u"]);
    const kept = "select count(*) from CDB_TableMetadata where tabname::text not in ('t', 'u')";
    expect(await value(world, kept)).toBe(0);
  });

  test("reads public tables without a key, whether or not its owner has opened the account by it", async () => {
    await rows(world, "create table seen (cartodb_id int primary key, name text); insert into seen values (1, 'a')");
    await rows(world, "create table hidden (cartodb_id int primary key); grant select on seen to publicuser");
    expect(await read(world, ["seen"], "")).toMatchObject([{ properties: { name: "a" } }]);

    await load(world, file("plain.geojson"), "t");
    expect((await gdal(world, ["ogrinfo", "-ro", carto(world)], "")).stdout).toMatch(/\n1: seen \(None\)\n$/);
    await world.carto.datasets.update("t", { privacy: "public" });
    expect(valuesOf(await read(world, ["t", "-where", "n<2"], ""), "name")).toEqual([SENT[0]?.name, SENT[1]?.name]);
    const hidden = await gdal(world, ["ogrinfo", "-ro", `${carto(world)} tables=hidden`, "hidden"], "");
    expect(hidden.errors).toContain("Error returned by server : permission denied for table hidden");
    const written = await gdal(world, ["ogrinfo", `${carto(world)} tables=t`, "-sql", "DELETE FROM t"], "");
    expect(written.errors).toContain("Error returned by server : permission denied for table t");
    expect(await value(world, "select count(*) from t")).toBe(3);
  });

  test("is told why a key, a query or a table won't do", async () => {
    await world.server.createAccount({
      name: world.account,
      keys: [{ name: "reader", token: "reader", grants: [] }],
    });
    const asked = async (args: string[], key?: string): Promise<string[]> =>
      (await gdal(world, ["ogrinfo", "-ro", ...args], key)).errors;

    expect(await asked([carto(world)], "not the key")).toEqual(["Error returned by server : Unauthorized"]);
    expect(await asked([`${carto(world)} tables=t`, "t"], "reader")).toContain(
      "Error returned by server : system tables are forbidden",
    );
    expect(await asked([carto(world), "-sql", "select nope"])).toContain(
      'Error returned by server : column "nope" does not exist',
    );
    expect(await asked([`${carto(world)} tables=none`, "none"])).toContain(
      'Error returned by server : relation "none" does not exist',
    );
  });

  test("serves accounts beside each other, the first of which is in the schema public", async () => {
    await using server = await startTestServer(engine);
    const first = worldOf(server);
    const { url, masterKey } = await server.createAccount({ name: "second" });
    const second: World = {
      ...first,
      account: "second",
      url,
      masterKey,
      carto: first.client({ baseUrl: url, apiKey: masterKey }),
    };

    for (const each of [first, second, first, second]) {
      expect(await load(each, file("timed.geojson"), "t", "-overwrite")).toMatchObject(DONE);
    }
    await rows(second, "delete from t where n = 0");
    expect(valuesOf(await read(first, ["t"]), "n")).toEqual([0, 1, 2]);
    expect(valuesOf(await read(second, ["t"]), "n")).toEqual([1, 2]);
    const owners = `select pronamespace::regnamespace::text as home, pg_get_userbyid(proowner) = current_user as mine
      from pg_proc where proname = 'ogr_table_metadata' order by 1`;
    expect(await rows(second, owners)).toEqual([
      { home: "public", mine: false },
      { home: "second", mine: true },
    ]);
  });
});
