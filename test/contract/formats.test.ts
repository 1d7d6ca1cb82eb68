import { EXPORT_FORMATS, SQL_FORMATS } from "@carto-ts/protocol";
import { describe, expect, test } from "vitest";
import { decodeArrayBuffer } from "../support/array-buffer.ts";
import { hasGdal, readByGdal } from "../support/gdal.ts";
import { answerOf, readAll, send } from "../support/http.ts";
import { engines, startWorld, type World } from "../support/world.ts";
import { type Element, parseXml } from "../support/xml.ts";

const SHAPES = `select id, name, st_geomfromtext(wkt, 4326) as the_geom from (values
  (1, 'point', 'POINT(1.5 2.25)'), (2, 'points', 'MULTIPOINT((1 1),(2 2))'), (3, 'line', 'LINESTRING(0 0,5 5,10 5)'),
  (4, 'area', 'POLYGON((0 0,0 10,10 10,10 0,0 0),(2 2,3 2,3 3,2 2))'),
  (5, 'areas', 'MULTIPOLYGON(((10 0,10 10,20 10,20 0,10 0)))'),
  (6, 'lines', 'MULTILINESTRING((0 0,5 5),(7 7,8 7))')) as v (id, name, wkt)`;
const COLLECTION = "'GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,5 5),MULTIPOINT((3 3),(4 4)))'";
const MIXED = `${SHAPES} union all select 7, E'<&>\\x01\\r', st_geomfromtext(${COLLECTION}, 4326)
  union all select 8, null, null union all select 9, 'empty', 'SRID=4326;POINT EMPTY'`;

function ask(world: World, format: string, q: string, params: Record<string, string> = {}): Promise<Response> {
  const body = new URLSearchParams({ q, format, api_key: world.masterKey, ...params });
  return fetch(`${world.url}/api/v2/sql`, { method: "POST", body });
}

const textOf = async (...request: Parameters<typeof ask>): Promise<string> => (await ask(...request)).text();

async function errorOf(...request: Parameters<typeof ask>): Promise<unknown> {
  const response = await ask(...request);
  return [response.status, ((await response.json()) as { error: string[] }).error[0]];
}

const elements = ({ children }: Element): [string, Record<string, string>][] =>
  children.map(({ name, attributes }) => [name, attributes]);

describe.each(engines)("formats on %s", (engine) => {
  test("svg draws points, then lines, then areas, each in the statement's order", async () => {
    await using world = await startWorld(engine);

    const root = parseXml(await textOf(world, "svg", SHAPES));

    expect(root.attributes["viewBox"]).toBe("-6 -6 1036 524");
    expect(elements(root)).toEqual([
      ["circle", { r: "5", cx: "76.8", cy: "396.8" }],
      ["circle", { r: "5", cx: "51.2", cy: "460.8" }],
      ["circle", { r: "5", cx: "102.4", cy: "409.6" }],
      ["path", { d: "M 0 512 L 256 256 512 256" }],
      ["path", { d: "M 0 512 L 256 256 M 358.4 153.6 L 409.6 153.6" }],
      ["path", { d: "M 0 512 L 0 0 512 0 512 512 Z M 102.4 409.6 L 153.6 409.6 153.6 358.4 Z" }],
      ["path", { d: "M 512 512 L 512 0 1024 0 1024 512 Z" }],
    ]);
  });

  test("svg takes collections apart, and leaves out what is empty or NULL", async () => {
    await using world = await startWorld(engine);

    const root = parseXml(await textOf(world, "svg", MIXED, { dp: "0" }));

    expect(root.children).toHaveLength(11);
    const nothing = parseXml(await textOf(world, "svg", "select null::geometry as the_geom"));
    expect([nothing.attributes["viewBox"], nothing.children]).toEqual([undefined, []]);
    const one = parseXml(await textOf(world, "svg", "select st_makepoint(3, 4) as the_geom"));
    expect([one.attributes["viewBox"], ...elements(one)]).toEqual([
      "-6 -6 12 12",
      ["circle", { r: "5", cx: "0", cy: "0" }],
    ]);
  });

  test("formats of geometries need the_geom", async () => {
    await using world = await startWorld(engine);
    const missing = [400, 'column "the_geom" does not exist'];

    for (const format of ["svg", "topojson", "kml", "geojson", "geojsonl"]) {
      expect(await errorOf(world, format, "select 1 as a"), format).toEqual(missing);
    }
    for (const format of ["svg", "topojson", "kml"]) {
      expect(await errorOf(world, format, SHAPES, { skipfields: "the_geom" }), format).toEqual(missing);
    }
  });

  test("files are named and typed as the protocol says", async () => {
    await using world = await startWorld(engine);

    for (const { id, mime, extension } of EXPORT_FORMATS) {
      const columns = id === "arraybuffer" ? "1 as n" : "1 as n, ST_SetSRID(ST_MakePoint(1, 2), 4326) as the_geom";
      const { status, headers } = await ask(world, id, `select ${columns}`, { filename: "places.x" });
      expect([id, status, headers.get("content-type")]).toEqual([id, 200, mime]);
      expect(headers.get("content-disposition")).toContain(`filename=places.${extension};`);
    }
  });

  test("formats of JSON lose fractions of seconds, and decimals beyond the six, or those asked for", async () => {
    await using world = await startWorld(engine);
    const q = `select 'SRID=4326;POINT(1.123456789 2)'::geometry as the_geom, '2026-01-02 03:04:05.678Z'::timestamptz as at,
      12345678901234567890.123456789::numeric as n`;

    for (const format of ["json", "geojson", "ndjson", "geojsonl", "topojson"]) {
      const text = await textOf(world, format, q);
      expect(text).toContain('"at":"2026-01-02T03:04:05Z"');
      expect(text).toContain('"n":12345678901234567890.123456789');
    }
    expect(await textOf(world, "geojson", q)).toContain("[1.123457,2]");
    expect(await textOf(world, "geojsonl", q, { dp: "9" })).toContain("[1.123456789,2]");
    const csv = await textOf(world, "csv", q);
    expect(csv).toBe(
      "the_geom,at,n\r\n0101000020E6100000369673D3ADF9F13F0000000000000040,2026-01-02 03:04:05.678+00,12345678901234567890.123456789\r\n",
    );
  });

  test("every format but the JSON ones takes one SELECT, and answers an early error with its status", async () => {
    await using world = await startWorld(engine);

    for (const format of SQL_FORMATS) {
      // Columns that a format leaves out are not computed.
      const d = format === "arraybuffer" ? "1/(5-n) as d" : "st_makepoint(1/(5-n), 1) as the_geom";
      expect(await errorOf(world, format, `select ${d} from generate_series(1, 10) n`), format).toEqual([
        400,
        "division by zero",
      ]);
      if (format === "json" || format === "ndjson") continue;
      expect(await errorOf(world, format, "create table t (n int)"), format).toEqual([
        400,
        'syntax error at or near "create"',
      ]);
    }
    expect(await textOf(world, "ndjson", "select 1 as a; select 2 as b")).toBe('{"a":1}\n{"b":2}\n');
  });

  test("a late error breaks the connection of what is streamed, and is told where all is read first", async () => {
    await using world = await startWorld(engine);
    const late = `select repeat('x', 100) as s, st_setsrid(st_makepoint(1/(100000-n), 1), 4326) as the_geom
      from generate_series(1, 100001) n`;

    for (const format of ["ndjson", "geojsonl", "kml"]) {
      const url = `${world.url}/api/v2/sql?${new URLSearchParams({ q: late, format, api_key: world.masterKey })}`;
      const answer = await answerOf(send(url));
      expect([format, answer.statusCode, (await readAll(answer)).broken]).toEqual([format, 200, true]);
    }
    // The drawing is sorted by the database, and so is whole or not there.
    for (const format of ["topojson", "svg"]) {
      expect(await errorOf(world, format, late), format).toEqual([400, "division by zero"]);
    }
  });

  test("topojson shares the borders of neighbours", async () => {
    await using world = await startWorld(engine);

    const response = await ask(world, "topojson", `${SHAPES} order by id`, { skipfields: "name" });
    const { arcs, objects, transform } = JSON.parse(await response.text());

    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(transform).toEqual({ scale: [20 / 9999, 10 / 9999], translate: [0, 0] });
    expect(Object.keys(objects)).toEqual(["0", "1", "2", "3", "4", "5"]);
    expect(objects[3]).toEqual({
      type: "Polygon",
      arcs: [expect.any(Array), [expect.any(Number)]],
      properties: { id: 4 },
    });
    expect(arcs.length).toBeLessThan(9);
  });

  test("topojson of nothing is JSON", async () => {
    await using world = await startWorld(engine);

    const document = JSON.parse(await textOf(world, "topojson", `${SHAPES} limit 0`));

    expect(document).toEqual({
      type: "Topology",
      transform: { scale: [1, 1], translate: [0, 0] },
      objects: {},
      arcs: [],
    });
  });

  test("topojson can be called back", async () => {
    await using world = await startWorld(engine);

    expect(await textOf(world, "topojson", `${SHAPES} limit 1`, { callback: "f" })).toMatch(
      /^\/\*\*\/ typeof f === 'function' && f\(\{"type":"Topology",.*\}\);$/,
    );
  });

  test("geojsonl is longitude and latitude, whatever the_geom is in", async () => {
    await using world = await startWorld(engine);
    const q = `select 1 as id, st_transform('SRID=4326;POINT(1.5 2.25)'::geometry, 3857) as the_geom
      union all select 2, 'POINT(3 4)' union all select 3, null order by id`;

    expect(await textOf(world, "geojsonl", q)).toBe(
      '{"type":"Feature","geometry":{"type":"Point","coordinates":[1.5,2.25]},"properties":{"id":1}}\n' +
        '{"type":"Feature","geometry":{"type":"Point","coordinates":[3,4]},"properties":{"id":2}}\n' +
        '{"type":"Feature","geometry":null,"properties":{"id":3}}\n',
    );
  });

  test("kml takes the_geom, or else the first geometry, to WGS84", async () => {
    await using world = await startWorld(engine);
    const q = (name: string): string =>
      `select 'SRID=4326;POINT(9 9)'::geometry as other, 1 as id,
        st_transform('SRID=4326;POINT(1.5 2.25)'::geometry, 3857) as ${name}`;

    expect(await textOf(world, "kml", q("the_geom"))).toMatch(/<coordinates>1\.5\d*,2\.2[45]\d*<\/coordinates>/);
    expect(await textOf(world, "kml", q("another"), { filename: "my-file.kml" })).toMatch(
      /<Folder><name>my_file<\/name>[\s\S]*<coordinates>9,9<\/coordinates>/,
    );
    expect(await textOf(world, "kml", q("the_geom"), { dp: "1" })).toMatch(/<coordinates>1\.5,2\.[23]<\/coordinates>/);
  });

  test("arraybuffer is typed columns, and takes no the_geom", async () => {
    await using world = await startWorld(engine);
    const q = "select n as id__int32, n / 2.0 as half, 'n' || n as name from generate_series(1, 3) n";

    const response = await ask(world, "arraybuffer", q, { skipfields: "nothing" });

    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(response.headers.get("content-disposition")).toContain("cartodb-query.arraybuffer");
    expect(decodeArrayBuffer(new Uint8Array(await response.arrayBuffer()))).toEqual([
      ["id__int32", "half", "name"],
      [1, 2, 3],
      [0.5, 1, 1.5],
      ["n1", "n2", "n3"],
    ]);
    expect(await textOf(world, "arraybuffer", `${q} limit 0`)).toBe("");
    expect(await errorOf(world, "arraybuffer", SHAPES)).toEqual([400, "geometry types are not supported"]);
  });

  test("pages and columns of one name are those of every format", async () => {
    await using world = await startWorld(engine);
    const q = `select 0 as id, * from (${SHAPES}) s`;
    const page = { rows_per_page: "1", page: "2", order_by: "name", skipfields: "name" };

    expect(await textOf(world, "geojsonl", q, page)).toMatch(/"properties":\{"id":3\}\}\n$/);
    expect(Object.values(JSON.parse(await textOf(world, "topojson", q, page)).objects)).toMatchObject([
      { properties: { id: 3 } },
    ]);
    expect(parseXml(await textOf(world, "svg", q, page)).children).toHaveLength(1);
    expect(await textOf(world, "kml", q, page)).toMatch(/<SimpleData name="id">3</);
  });

  test.skipIf(!hasGdal)("GDAL reads the same features from kml", async () => {
    await using world = await startWorld(engine);
    const q = `select n.*, 9007199254740993 as big, true as ok, 1.5::float8 as f, date '2020-01-02' as day from (${MIXED}) n`;

    const features = await readByGdal(await textOf(world, "kml", `${q} order by id`), "a.kml");

    // KML has no MULTIPOINT within a collection, and the control character is lost.
    expect(features.map(({ geometry, properties }) => [properties["id"], properties["Name"], geometry?.type])).toEqual([
      [1, "point", "Point"],
      [2, "points", "MultiPoint"],
      [3, "line", "LineString"],
      [4, "area", "Polygon"],
      [5, "areas", "MultiPolygon"],
      [6, "lines", "MultiLineString"],
      [7, "<&>\ufffd\r", "GeometryCollection"],
      [8, undefined, undefined],
      [9, "empty", undefined],
    ]);
    expect(features[0]?.geometry?.coordinates).toEqual([1.5, 2.25]);
    expect(features[3]?.geometry?.coordinates).toEqual([
      [
        [0, 0],
        [0, 10],
        [10, 10],
        [10, 0],
        [0, 0],
      ],
      [
        [2, 2],
        [3, 2],
        [3, 3],
        [2, 2],
      ],
    ]);
    expect(features[0]?.properties).toMatchObject({ big: 9007199254740992, ok: 1, f: 1.5, day: "2020-01-02" });
  });

  test.skipIf(!hasGdal)("GDAL reads the same features from geojsonl, and nearly the same from topojson", async () => {
    await using world = await startWorld(engine);
    const expected = JSON.parse(await textOf(world, "geojson", SHAPES)).features;

    const lines = await readByGdal(await textOf(world, "geojsonl", SHAPES), "a.geojsonl");
    const topology = await readByGdal(await textOf(world, "topojson", SHAPES), "a.topojson", "TopoJSON");

    expect(lines.map(({ properties }) => properties)).toEqual(expected.map((one: (typeof lines)[0]) => one.properties));
    expect(lines.map(({ geometry }) => geometry)).toEqual(expected.map((one: (typeof lines)[0]) => one.geometry));
    // Numbers are text to GDAL here, and coordinates lie on the grid.
    expect(topology.map(({ properties, geometry }) => [properties["id"], geometry?.type])).toEqual(
      expected.map((one: (typeof lines)[0]) => [String(one.properties["id"]), one.geometry?.type]),
    );
    const flat = (coordinates: unknown): number[] => (coordinates as unknown[]).flat(Infinity) as number[];
    flat(topology[2]?.geometry?.coordinates).forEach((value, i) => {
      expect(Math.abs(value - (flat(expected[2].geometry.coordinates)[i] ?? NaN))).toBeLessThan(20 / 9999);
    });
  });
});
