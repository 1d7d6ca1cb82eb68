import { readdirSync } from "node:fs";
import { type FileMetaData, parquetMetadata, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { describe, expect, test } from "vitest";
import { engines, startWorld, type World } from "../support/world.ts";

function ask(world: World, q: string, params: Record<string, string> = {}): Promise<Response> {
  const body = new URLSearchParams({ q, format: "geoparquet", api_key: world.masterKey, ...params });
  return fetch(`${world.url}/api/v2/sql`, { method: "POST", body });
}

async function errorOf(...request: Parameters<typeof ask>): Promise<unknown> {
  const response = await ask(...request);
  return [response.status, ((await response.json()) as { error: string[] }).error[0]];
}

/** Dates are cut to milliseconds. */
const EXACT = { timestampFromMicroseconds: (micros: bigint): bigint => micros };

interface ReadFile {
  metadata: FileMetaData;
  geo: { version: string; primary_column: string; columns: Record<string, unknown> };
  rows: Record<string, unknown>[];
}

async function read(...request: Parameters<typeof ask>): Promise<ReadFile> {
  const file = await (await ask(...request)).arrayBuffer();
  const metadata = parquetMetadata(file);
  const geo = JSON.parse(metadata.key_value_metadata?.find(({ key }) => key === "geo")?.value ?? "") as ReadFile["geo"];
  return { metadata, geo, rows: await parquetReadObjects({ file, compressors, parsers: EXACT }) };
}

const POINT = "st_setsrid(st_makepoint(1.5, 2.25), 4326) as the_geom";

describe.each(engines)("geoparquet on %s", (engine) => {
  test("is a file of its own kind, with the geometry first and what is told of all", async () => {
    await using world = await startWorld(engine);

    const response = await ask(world, `select 7 as id, ${POINT}`, { filename: "places" });
    const { metadata, geo, rows } = await read(world, `select 7 as id, ${POINT}`);

    expect(response.headers.get("content-type")).toBe("application/vnd.apache.parquet");
    expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename=places\.parquet;/);
    expect(geo).toEqual({
      version: "1.1.0",
      primary_column: "the_geom",
      columns: { the_geom: { encoding: "WKB", geometry_types: ["Point"], bbox: [1.5, 2.25, 1.5, 2.25] } },
    });
    expect(metadata.schema.map(({ name }) => name)).toEqual(["schema", "the_geom", "id"]);
    expect(rows).toEqual([{ the_geom: { type: "Point", coordinates: [1.5, 2.25] }, id: 7 }]);
  });

  test("keeps types, and NULL in all of them", async () => {
    await using world = await startWorld(engine);
    const values = {
      yes: "true",
      small: "-5::int2",
      big: "9007199254740993::int8",
      single: "0.5::float4",
      double: "'NaN'::float8",
      price: "'-12.50'::numeric(6,2)",
      long: "12345678901234567890.123::numeric(30,3)",
      plain: "1.25::numeric",
      text: "E'tab\\t line\\n back\\\\slash é'",
      padded: "'ab'::char(5)",
      day: "'2020-02-29'::date",
      early: "'0044-03-15 BC'::date",
      moment: "'2020-01-02 03:04:05.678901+02'::timestamptz",
      clock: "'1969-12-31 23:59:59.999999'::timestamp",
      bytes: "'\\x00ff5c'::bytea",
      uuid: "'123e4567-e89b-12d3-a456-426614174000'::uuid",
      json: `'{"a": [1]}'::jsonb`,
      list: "'{1,2}'::int4[]",
      never: "'infinity'::timestamptz",
    };
    const columns = Object.entries(values).map(([name, value]) => `${value} as ${name}`);
    const q = `select ${POINT}, ${columns.join(", ")}`;
    const nulls = `select null::geometry, ${Object.values(values).map((value) => `nullif(${value}, ${value})`)}`;

    const file = await read(world, `${q} union all ${nulls.replace(/nullif\('\{"a".*?jsonb\)/, "null")}`);
    const { metadata, rows } = file;

    expect(rows[0]).toEqual({
      the_geom: { type: "Point", coordinates: [1.5, 2.25] },
      yes: true,
      small: -5,
      big: 9007199254740993n,
      single: 0.5,
      double: Number.NaN,
      price: -12.5,
      long: 12345678901234567000,
      plain: 1.25,
      text: "tab\t line\n back\\slash é",
      padded: "ab",
      day: new Date("2020-02-29"),
      early: new Date("-000043-03-15T00:00:00Z"),
      moment: 1577927045678901n,
      clock: -1n,
      bytes: expect.anything(),
      uuid: "123e4567-e89b-12d3-a456-426614174000",
      json: '{"a": [1]}',
      list: "{1,2}",
      never: null,
    });
    expect(new Set(Object.values(rows[1] ?? {}))).toEqual(new Set([null]));
    expect(
      metadata.schema.slice(2).map(({ name, type, logical_type: logical }) => `${name} ${logical?.type ?? type}`),
    ).toEqual([
      "yes BOOLEAN",
      "small INT32",
      "big INT64",
      "single FLOAT",
      "double DOUBLE",
      "price DECIMAL",
      "long DECIMAL",
      "plain DOUBLE",
      "text STRING",
      "padded STRING",
      "day DATE",
      "early DATE",
      "moment TIMESTAMP",
      "clock TIMESTAMP",
      "bytes BYTE_ARRAY",
      "uuid STRING",
      "json STRING",
      "list STRING",
      "never TIMESTAMP",
    ]);
  });

  test("comes back by an import as it was, to the last digit", async () => {
    await using world = await startWorld(engine);
    const q = `select n, n * 9007199254740993 as big, (n / 3.0)::numeric(30,20) as third, 'x' || n as text,
      case when n % 3 > 0 then '2020-01-01'::timestamptz + n * interval '1.000001 s' end as moment, n % 2 = 0 as even,
      st_setsrid(st_makepoint(n, n / 2.0), 4326) as the_geom from generate_series(1, 100) n`;
    const file = await (await ask(world, q)).arrayBuffer();

    await world.carto.datasets.create(new File([file], "back.parquet"));

    const { rows } = await world.carto.sql.query(
      `select count(*)::int as same from (${q}) a join back b on b.n = a.n and b.big = a.big and b.third = a.third
       and b.text = a.text and b.moment is not distinct from a.moment and b.even = a.even and b.the_geom = a.the_geom`,
    );
    expect(rows).toEqual([{ same: 100 }]);
  });

  test("tells the types of geometries and the box of all, heights among them, and makes curves lines", async () => {
    await using world = await startWorld(engine);
    const q = (...wkts: string[]): string =>
      wkts.map((wkt) => `select st_geomfromewkt('SRID=4326;${wkt}') as the_geom`).join(" union all ");
    const columnOf = async (...wkts: string[]): Promise<unknown> =>
      (await read(world, q(...wkts))).geo.columns["the_geom"];

    expect(
      await columnOf(
        "POINT EMPTY",
        "GEOMETRYCOLLECTION(POINT(9 8),MULTILINESTRING((0 0,-5 5)))",
        "POLYGON((0 0,1 0,1 1,0 0))",
      ),
    ).toEqual({
      encoding: "WKB",
      geometry_types: ["GeometryCollection", "Point", "Polygon"],
      bbox: [-5, 0, 9, 8],
    });
    expect(await columnOf("POINT(1 2 3)", "LINESTRINGM(0 0 7,1 1 7)", "MULTIPOINT ZM ((1 1 -1 7))")).toEqual({
      encoding: "WKB",
      geometry_types: ["LineString", "MultiPoint Z", "Point Z"],
      bbox: [0, 0, -1, 1, 2, 3],
    });
    expect(await columnOf("CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))")).toMatchObject({
      geometry_types: ["Polygon"],
    });
    expect(await columnOf("POINT EMPTY")).toEqual({ encoding: "WKB", geometry_types: ["Point"] });
    expect(await errorOf(world, q("TIN(((0 0,1 0,1 1,0 0)))"))).toEqual([
      400,
      "a geometry has a type that GeoParquet has not (16 in WKB): make polygons of it",
    ]);
  });

  test("takes the_geom, or else the first geometry, to WGS 84", async () => {
    await using world = await startWorld(engine);
    const mercator = "st_transform(st_setsrid(st_makepoint(1.5, 2.25), 4326), 3857)";

    const { rows, geo } = await read(world, `select 1 as id, ${mercator} as shape, ${mercator} as more`);

    expect(Object.keys(rows[0] ?? {})).toEqual(["shape", "id"]);
    expect(geo.primary_column).toBe("shape");
    expect(rows[0]?.["shape"]).toEqual({
      type: "Point",
      coordinates: [expect.closeTo(1.5, 6), expect.closeTo(2.25, 6)],
    });
    expect(await errorOf(world, "select 1 as id")).toEqual([400, 'column "the_geom" does not exist']);
  });

  test("without rows has its columns all the same", async () => {
    await using world = await startWorld(engine);

    const { metadata, rows, geo } = await read(world, `select ${POINT}, 1 as id limit 0`);

    expect(rows).toEqual([]);
    expect(metadata.schema.map(({ name }) => name)).toEqual(["schema", "the_geom", "id"]);
    expect(geo.columns).toEqual({ the_geom: { encoding: "WKB", geometry_types: [] } });
  });

  test("comes in groups of 50,000 rows", async () => {
    await using world = await startWorld(engine);
    const q = `select n, 'name ' || n as name, st_setsrid(st_makepoint(n % 180, n % 90), 4326) as the_geom
      from generate_series(1, 120000) n`;

    const { metadata, rows } = await read(world, q);

    expect(metadata.row_groups.map(({ num_rows: count }) => Number(count))).toEqual([50_000, 50_000, 20_000]);
    expect(rows.length).toBe(120_000);
    expect(rows.at(-1)).toEqual({
      the_geom: { type: "Point", coordinates: [120, 30] },
      n: 120_000,
      name: "name 120000",
    });
  });

  test.runIf(process.platform === "linux")("a reader that leaves takes the thread along", async () => {
    await using world = await startWorld(engine);
    const threads = (): number => readdirSync("/proc/self/task").length;
    const q = `select n, md5(n::text) as text, ${POINT} from generate_series(1, 2000000) n`;
    await (await ask(world, "select null::geometry as the_geom")).arrayBuffer();
    const before = threads();

    const response = await ask(world, q);
    const reader = response.body?.getReader();
    await reader?.read();
    const meanwhile = threads();
    await reader?.cancel();

    expect(meanwhile).toBeGreaterThan(before);
    await expect.poll(threads, { timeout: 10_000 }).toBeLessThan(meanwhile);
  });

  test("an error before the first bytes has its status, and a later one breaks the connection", async () => {
    await using world = await startWorld(engine);
    const failing = (n: number): string =>
      `select ${POINT}, repeat('x', 1000) || n as text, 1 / (${n} - n) as broken from generate_series(1, 200000) n`;

    expect(await errorOf(world, failing(10))).toEqual([400, "division by zero"]);
    const late = await ask(world, failing(150_000).replace("repeat('x', 1000)", "md5(n::text) || md5((n + 1)::text)"));
    expect(late.status).toBe(200);
    await expect(late.arrayBuffer()).rejects.toThrow();
  });
});
