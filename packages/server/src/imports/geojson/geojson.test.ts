import { expect, test } from "vitest";
import { readBytes } from "../../../../../test/support/read-layer.ts";
import { readGeojson } from "./geojson.ts";

const feature = (properties: unknown, rest: Record<string, unknown> = {}): string =>
  JSON.stringify({ type: "Feature", properties, geometry: null, ...rest });
const collection = (...features: string[]): string => `{"type":"FeatureCollection","features":[${features.join()}]}`;
const read = (text: string | Uint8Array, options: Parameters<typeof readBytes>[2] = {}) =>
  readBytes(readGeojson, text, options);

/** The types by the names of their columns. */
async function typesOf(...rows: Record<string, unknown>[]): Promise<Record<string, string>> {
  const { facts } = await read(collection(...rows.map((row) => feature(row))));
  return Object.fromEntries(facts.columns.map(({ header, type }) => [header, type]));
}

async function typeOf(...literals: string[]): Promise<string | undefined> {
  const features = literals.map((literal) => `{"type":"Feature","geometry":null,"properties":{"v":${literal}}}`);
  const { facts, rows } = await read(collection(...features));
  expect(rows).toHaveLength(literals.length);
  return facts.columns[0]?.type;
}

test("a column has the type that all its values fit", async () => {
  expect(await typeOf("1", "-2147483647", "null")).toBe("integer");
  expect(await typeOf("1", "2147483648")).toBe("bigint");
  expect(await typeOf("9223372036854775807", "-9223372036854775808")).toBe("bigint");
  expect(await typeOf("9223372036854775808")).toBe("numeric");
  expect(await typeOf("1", "1.5")).toBe("double precision");
  expect(await typeOf("9007199254740991", "1.5")).toBe("double precision");
  expect(await typeOf("9007199254740993", "1.5")).toBe("numeric");
  expect(await typeOf("1e5", "1.7976931348623157e308", "5e-324", "0e-400", "-0.0")).toBe("double precision");
  expect(await typeOf("1e400")).toBe("text");
  expect(await typeOf("1", "-1.5E-400")).toBe("text");
  expect(await typeOf("1".repeat(1_000))).toBe("numeric");
  expect(await typeOf("1".repeat(1_001))).toBe("text");
  expect(await typeOf("true", "false")).toBe("boolean");
  expect(await typeOf("true", "1")).toBe("text");
  expect(await typeOf("1", '"1"')).toBe("text");
  expect(await typeOf("1", '""')).toBe("text");
  expect(await typeOf("null", "null")).toBe("text");
  expect(await typeOf('"2024-02-29"', '"2024/03/01"')).toBe("date");
  expect(await typeOf('"2024-02-29"', '"2024-03-01T10:00:00Z"')).toBe("timestamp with time zone");
  expect(await typeOf('"10:00:00"')).toBe("time without time zone");
  expect(await typeOf('"10:00:00"', '"2024-02-29"')).toBe("text");
  expect(await typeOf('"2024-02-29"', "20240229")).toBe("text");
  expect(await typeOf("[1]", '{"a":1}')).toBe("text");
});

test("all columns are text when types are not to be guessed", async () => {
  const text = collection(feature({ a: 1, b: true, c: "2024-02-29" }, { id: 5 }));

  const { facts } = await read(text, { typeGuessing: false });

  expect(facts.columns.map(({ type }) => type)).toEqual(["text", "text", "text", "text"]);
  expect(facts.geometry).toEqual({ kind: "geojson", at: { column: "geometry" } });
});

test("columns come in the order in which their properties first appear, over the whole file", async () => {
  expect(Object.keys(await typesOf({ b: 1 }, { a: 1, b: 2 }, { c: null, b: 2 }))).toEqual(["b", "a", "c"]);
});

test("numbers keep their digits, and objects and arrays are JSON", async () => {
  const values = ["9007199254740993", "1.10", "1E5", "-0", '{"a":[1,  {"b": "\\u00e9\\n"}]}', "[]"];
  const features = values.map((value) => `{"type":"Feature","properties":{"v":${value}},"geometry":null}`);

  const { rows } = await read(collection(...features));

  expect(rows.map(({ v }) => v)).toEqual([
    "9007199254740993",
    "1.10",
    "1E5",
    "-0",
    '{"a":[1,{"b":"\\u00e9\\n"}]}',
    "[]",
  ]);
});

test("the last of equal names wins", async () => {
  const text = collection('{"type":"Feature","geometry":null,"properties":{"a":"x","b":2,"a":1,"\\u0061":3}}');

  const { rows, facts } = await read(text);

  expect(rows).toEqual([{ a: "3", b: "2" }]);
  expect(facts.columns[0]?.type).toBe("integer");
});

test("names may be written with escapes in every feature", async () => {
  const escaped =
    '{"type":"Feature","properties":{"caf\\u00e9":1,"a\\"b":2},"geometry":{"\\u0074ype":"Point","coordinates":[1,2]}}';

  const { rows, geometries } = await read(collection(escaped, escaped, escaped));

  expect(rows).toEqual(Array.from({ length: 3 }, () => ({ café: "1", 'a"b': "2" })));
  expect(geometries.map((text) => JSON.parse(text ?? ""))).toEqual(
    Array.from({ length: 3 }, () => ({ type: "Point", coordinates: [1, 2] })),
  );
});

test("a feature's id is a column unless a property has that name", async () => {
  expect((await read(collection(feature({ a: 1 }, { id: "x7" }), feature({ a: 2 })))).rows).toEqual([
    { a: "1", id: "x7" },
    { a: "2", id: null },
  ]);
  expect((await read(collection(feature({ id: 1 }, { id: "x7" })))).rows).toEqual([{ id: "1" }]);
  expect((await read(collection(feature({}, { id: null })))).rows).toEqual([{}]);
});

test("names that objects have of their own are names like others", async () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty", ""];
  const json = `{${names.map((name, i) => `${JSON.stringify(name)}:${i}`).join()}}`;

  const { facts } = await read(collection(`{"type":"Feature","properties":${json},"geometry":null}`));

  expect(facts.columns.map(({ header }) => header)).toEqual(names);
});

test("1,597 properties are taken and one more is refused", async () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, i]));

  const { facts, rows, layer } = await read(collection(feature(many(1_597))));

  expect(facts.columns).toHaveLength(1_597);
  expect(layer.staging).toHaveLength(253);
  expect(rows[0]?.["p1596"]).toBe("1596");
  await expect(read(collection(feature(many(1_598))))).rejects.toMatchObject({ code: 2004 });
});

test("properties that the first features don't have are found too", async () => {
  const first = Array.from({ length: 1_500 }, (_, i) => feature({ a: i }));
  const late = { a: 1, b: 7, c: 'x"\\\n\ud800\0é', d: { q: "\\" }, e: null, f: true, "g\ud800": 1.5, __proto__x: [] };

  const { facts, rows } = await read(collection(...first, feature(late), feature({ b: 2.5 })));

  expect(rows).toHaveLength(1_502);
  expect(rows[0]).toMatchObject({ a: "0", b: null });
  expect(rows[1_500]).toEqual({
    a: "1",
    b: "7",
    c: 'x"\\\n\ufffd\ufffdé',
    d: '{"q":"\\\\"}',
    e: null,
    f: "true",
    "g\ufffd": "1.5",
    __proto__x: "[]",
  });
  expect(facts.columns.map(({ header, at, type }) => ({ header, at, type })).slice(0, 3)).toEqual([
    { header: "a", at: { column: "p1" }, type: "integer" },
    { header: "b", at: { column: "others", key: "b" }, type: "double precision" },
    { header: "c", at: { column: "others", key: "c" }, type: "text" },
  ]);
});

test("what is no feature is rejected, with its number and its beginning", async () => {
  const { rows, facts, layer } = await read(
    collection(
      feature({ a: 1 }),
      "5",
      '{"type":"Feature","properties":[1],"geometry":null}',
      '{"type":"Feature","properties":{},"geometry":"POINT(1 2)"}',
      '{"type":"Feature","properties":{},"geometry":{"x":1,\n"y":2}}',
      '{"type":"Topology"}',
      '{"type":"Point"}',
      "{}",
      '{"type":"Feature","geometry":null,"properties":{},"geometry":null}',
      feature({ a: 2 }),
    ),
  );

  expect(rows).toEqual([{ a: "1" }, { a: "2" }]);
  expect(facts.rows).toBe(2);
  expect(facts.rejected.count).toBe(8);
  expect(facts.rejected.rows.map(({ row, reason }) => [row, reason])).toEqual([
    [2, "it is not an object"],
    [3, "its properties are not an object"],
    [4, "its geometry is not an object"],
    [5, "its geometry has no type"],
    [6, 'its type is neither "Feature" nor that of a geometry'],
    [7, "it has no coordinates"],
    [8, "it has no type"],
    [9, "it has a member twice"],
  ]);
  expect(facts.rejected.rows[3]?.text).toBe('{"type":"Feature","properties":{},"geometry":{"x":1, "y":2}}');
  expect([layer.rowOf(1), layer.rowOf(2)]).toEqual([1, 10]);
});

test("features without type, properties or geometry, and PHP's empty properties, are taken", async () => {
  const { facts } = await read(
    collection('{"type":"Feature"}', '{"properties":{}}', '{"geometry":null}', '{"type":"Feature","properties":[ ]}'),
  );

  expect(facts.rows).toBe(4);
});

test("the first hundred rejected rows are listed, and all are counted", async () => {
  const { facts } = await read(collection(feature({ a: 1 }), ...Array.from({ length: 250 }, () => "null")));

  expect(facts.rejected.count).toBe(250);
  expect(facts.rejected.rows).toHaveLength(100);
});

test("the first geometry may not be a GeometryCollection, later ones may", async () => {
  const point = '{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}';
  const group =
    '{"type":"Feature","geometry":{"geometries":[{"type":"Point","coordinates":[1,2]}],"type":"GeometryCollection"}}';

  expect((await read(collection(point, group))).facts.rows).toBe(2);
  await expect(read(collection(feature({}), group, point))).rejects.toMatchObject({ code: 3201 });
});

test("a line that is no JSON costs itself alone", async () => {
  const lines = [
    feature({ a: 1 }),
    '{"type":"Feature","properties":{"a":',
    feature({ a: 2 }),
    "",
    `${feature({ a: 3 })} x`,
    '{"type":"Feature","properties":{"a":NaN}}',
    `${feature({ a: 4 })} \r`,
    '{"type":"Feature"',
  ];

  const { rows, facts, layer } = await read(lines.join("\n"), { name: "lines.ndjson" });

  expect(rows).toEqual([{ a: "1" }, { a: "2" }, { a: "4" }]);
  expect([1, 2, 3].map((row) => layer.rowOf(row))).toEqual([1, 3, 7]);
  expect(facts.rejected.rows.map(({ row, reason }) => [row, reason])).toEqual([
    [2, 'expected the rest of the value, found "\\n"'],
    [5, 'expected the end of the line, found "x"'],
    [6, "expected a value, found NaN, which JSON has not: write null"],
    [8, 'expected "," or "}", found the end of the file'],
  ]);
});

test("features may follow each other in lines of their own, whatever the file's name", async () => {
  const text = [feature({ a: 1 }), feature({ a: 2 })].map((one) => JSON.stringify(JSON.parse(one), null, 2)).join("\n");

  const { rows, layer } = await read(text, { name: "features.json" });

  expect(rows).toEqual([{ a: "1" }, { a: "2" }]);
  expect(layer.rowOf(2)).toBe(8);
});

test("a file of nothing but broken lines is given up before its end", async () => {
  const lines = '{"a":1\n'.repeat(200_000);
  const seen: number[] = [];

  const reading = read(lines, { name: "lines.ndjson", onProgress: (bytes) => seen.push(bytes) });

  await expect(reading).rejects.toMatchObject({
    code: 3007,
    message: expect.stringContaining("None of 10000 rows could be taken; row 1: "),
  });
  expect(seen.at(-1)).toBeLessThan(lines.length);
});

test("a feature may have 50 MB, and one of 64 MB is refused", async () => {
  const name = "x".repeat(50_000_000);
  const { rows } = await read(collection(feature({ name: "small" }), feature({ name }), feature({ name: "after" })));
  expect(rows.map((row) => row["name"]?.length)).toEqual([5, 50_000_000, 5]);

  await expect(read(collection(feature({ name: name + name })))).rejects.toMatchObject({ code: 6666 });
});

test("a text behind a record separator that is no JSON costs itself alone", async () => {
  const texts = [feature({ a: 1 }), '{"type":\n"Feature",\n', feature({ a: 2 })];

  const { rows, facts, layer } = await read(texts.map((text) => `\x1e${text}\n`).join(""), { name: "sequence.json" });

  expect(rows).toEqual([{ a: "1" }, { a: "2" }]);
  expect(facts.rejected.rows.map(({ row }) => row)).toEqual([2]);
  expect(layer.rowOf(2)).toBe(3);
});

test("objects that are no features make a table without geometry, with the members of all of them", async () => {
  const { rows, facts, layer } = await read('[{"a":1,"b":"x"},\n{"c":true,"a":2},7]', { name: "objects.json" });

  expect(facts.geometry).toBeUndefined();
  expect(rows).toEqual([
    { a: "1", b: "x", c: null },
    { a: "2", b: null, c: "true" },
  ]);
  expect(facts.rejected.rows).toEqual([{ row: 3, reason: "it is not an object", text: "7" }]);
  expect(layer.staging.map(({ name }) => name)).toEqual(["p1", "p2", "p3", "others"]);
});

test("objects with coordinates in two members, or a geometry in one, are on the map", async () => {
  const coordinates = await read('[{"Lat":1,"LON":"2","n":1}]');
  expect(coordinates.facts.geometry).toEqual({
    kind: "lonlat",
    longitude: { column: "p2" },
    latitude: { column: "p1" },
  });
  expect(coordinates.facts.columns.map(({ header, type }) => [header, type])).toEqual([
    ["Lat", "double precision"],
    ["LON", "text"],
    ["n", "integer"],
  ]);
  expect((await read('[{"lat":1,"lon":2}]', { typeGuessing: false })).facts.geometry).toBeUndefined();

  const geometryOf = async (value: string) => (await read(`[{"geom":null},{"a":1,"geom":${value}}]`)).facts;
  expect((await geometryOf('"POINT (1 2)"')).geometry?.kind).toBe("wkt");
  expect((await geometryOf('"0101000000000000000000F03F0000000000000040"')).geometry?.kind).toBe("wkb");
  expect((await geometryOf('{"type":"Point","coordinates":[1,2]}')).geometry?.kind).toBe("geojson");
  expect((await geometryOf('"{\\"type\\":\\"Point\\",\\"coordinates\\":[1,2]}"')).geometry?.kind).toBe("geojson");
  expect((await geometryOf('"<Point><coordinates>1,2</coordinates></Point>"')).geometry?.kind).toBe("kml");
  const none = await geometryOf('"a word"');
  expect(none.geometry).toBeUndefined();
  expect(none.columns.map(({ header }) => header)).toEqual(["geom", "a"]);
});

test("a reference system is read before or behind the features", async () => {
  const crs = (name: string) => `"crs":{"type":"name","properties":{"name":"${name}"}}`;
  const features = `"features":[${feature({ a: 1 })}]`;
  const sridOf = async (text: string) => (await read(text)).facts.geometry;
  const at = { column: "geometry" };

  expect(await sridOf(`{${crs("urn:ogc:def:crs:EPSG::25830")},${features},"type":"FeatureCollection"}`)).toEqual({
    kind: "geojson",
    at,
    srid: 25830,
  });
  expect(await sridOf(`{${features},"bbox":[1,2],${crs("EPSG:3857")}}`)).toEqual({ kind: "geojson", at, srid: 3857 });
  expect(await sridOf(`{${features},${crs("urn:ogc:def:crs:OGC:1.3:CRS84")}}`)).toEqual({ kind: "geojson", at });
  await expect(sridOf(`{${features},${crs("Mars 2000")}}`)).rejects.toMatchObject({ code: 3008 });
  await expect(sridOf(`{"crs":{"type":"link","properties":{"href":"x"}},${features}}`)).rejects.toMatchObject({
    code: 3008,
  });
});

test("a member of objects that is called crs is a column", async () => {
  expect((await read('{"crs":"Mars"}\n{"crs":"Venus"}\n')).rows).toEqual([{ crs: "Mars" }, { crs: "Venus" }]);
});

test("where a collection is no JSON is told by line and character", async () => {
  const text = `{"type":"FeatureCollection","features":[\n${feature({ é: "漢😀" })},\n  {"type":"Feature" "properties":{}}]}`;

  await expect(read(text)).rejects.toMatchObject({
    code: 3007,
    message:
      'The file is no valid JSON: line 3, character 21: expected "," or "}", found "\\"". Correct it there and import it again.',
  });
});

test("a reading that is aborted ends with the signal's reason", async () => {
  const signal = AbortSignal.abort(new Error("enough"));

  await expect(read(collection(feature({})), { signal })).rejects.toThrow("enough");
});

test("progress is told in bytes of the file and ends with its size", async () => {
  const text = collection(...Array.from({ length: 20_000 }, (_, i) => feature({ name: `feature ${i}` })));
  const seen: number[] = [];

  await read(text, { onProgress: (bytes) => seen.push(bytes) });

  expect(seen.length).toBeGreaterThan(5);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.at(-1)).toBe(Buffer.byteLength(text));
});

test("rare properties share a column", async () => {
  const rows = Array.from({ length: 300 }, (_, i) => feature({ always: i, ...(i === 100 ? { rare: 7 } : {}) }));

  const { layer, facts, rows: found } = await read(collection(...rows));

  expect(layer.staging.map(({ name }) => name)).toEqual(["geometry", "feature_id", "p1", "others"]);
  expect(facts.columns[1]).toEqual({ header: "rare", at: { column: "others", key: "rare" }, type: "integer" });
  expect(found[100]).toEqual({ always: "100", rare: "7" });
});
