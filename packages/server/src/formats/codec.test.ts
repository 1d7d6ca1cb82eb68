import { expect, test } from "vitest";
import {
  collect,
  columnsOf,
  encodeOptions,
  OID,
  resultOf,
  type TypeName,
  toCopyText,
} from "../../../../test/support/result-stream.ts";
import { geojson } from "./geojson.ts";
import { json } from "./json.ts";

/** The JSON text that a value becomes, given as PostgreSQL prints it. */
async function encode(type: TypeName, value: string | null, format = json): Promise<string> {
  const result = resultOf(columnsOf({ v: type }), [toCopyText([[value]])]);
  const document = await collect(format.encode(result, encodeOptions()));
  JSON.parse(document);
  return /\{"v":(.*)\}(?:\],"time"|\}\]\})/s.exec(document)?.[1] ?? document;
}

test.each<[TypeName, string, string]>([
  ["int2", "-32768", "-32768"],
  ["int4", "0", "0"],
  ["int8", "9007199254740993", "9007199254740993"],
  ["oid", "4294967295", "4294967295"],
  ["float4", "1.5", "1.5"],
  ["float8", "-0", "-0"],
  ["float8", "1e-07", "1e-07"],
  ["float8", "-1.7976931348623157e+308", "-1.7976931348623157e+308"],
  ["numeric", "1.10", "1.10"],
  ["numeric", "123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"],
])("%s %s keeps its digits", async (type, text, expected) => {
  expect(await encode(type, text)).toBe(expected);
});

test.each<[TypeName, string]>([
  ["float4", "NaN"],
  ["float8", "Infinity"],
  ["float8", "-Infinity"],
  ["numeric", "NaN"],
  ["numeric", "-Infinity"],
])("%s %s is a string in JSON and null in GeoJSON", async (type, text) => {
  expect(await encode(type, text)).toBe(`"${text}"`);
  expect(await encode(type, text, geojson)).toBe("null");
});

test("bool is true or false", async () => {
  expect(await encode("bool", "t")).toBe("true");
  expect(await encode("bool", "f")).toBe("false");
});

test("NULL of every type is null", async () => {
  for (const type of Object.keys(OID) as TypeName[]) expect(await encode(type, null)).toBe("null");
});

test.each<[TypeName, string]>([
  ["text", "a"],
  ["varchar", ""],
  ["bpchar", "a   "],
  ["char", "x"],
  ["name", "abc"],
  ["uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
  ["inet", "1.2.3.4"],
  ["xml", '<a b="c">\n</a>'],
  ["money", "$1,234.50"],
  ["bit", "101"],
  ["int4range", "[1,2)"],
  ["box", "(2,2),(1,1)"],
  ["record", '(1,"a b",)'],
  ["time", "12:00:00"],
  ["timetz", "12:00:00+01"],
  ["void", ""],
  ["text", "\\N"],
  ["text", '\u0001\b\t\n\v\f\r\u001f\u007f "\\/é漢😀'],
])("%s is PostgreSQL's text: %j", async (type, text) => {
  expect(JSON.parse(await encode(type, text))).toBe(text);
});

test("types without a codec, PostGIS' among them, are PostgreSQL's text", async () => {
  const result = resultOf([{ name: "the_geom", oid: 16_400, typmod: -1 }], [toCopyText([["0101000020E6100000"]])]);
  const document = JSON.parse(await collect(json.encode(result, encodeOptions([], new Map([[16_400, "geometry"]])))));
  expect(document.rows).toEqual([{ the_geom: "0101000020E6100000" }]);
  expect(document.fields).toEqual({ the_geom: { type: "geometry", dims: 4, srid: -1 } });
});

test("json and jsonb are nested as they are, but on one line", async () => {
  expect(await encode("jsonb", '{"a": [1, null, "x\\ny\\"\\\\"]}')).toBe('{"a": [1, null, "x\\ny\\"\\\\"]}');
  expect(await encode("json", '{\n\t"a":\r\n1,\n"b": "\\u0000"}')).toBe('{  "a":  1, "b": "\\u0000"}');
  expect(await encode("json", " null")).toBe(" null");
});

test.each<[TypeName, string, string]>([
  ["date", "2020-01-01", "2020-01-01T00:00:00Z"],
  ["timestamp", "2026-11-22 09:30:27.68", "2026-11-22T09:30:27Z"],
  ["timestamp", "2026-11-22 09:30:27", "2026-11-22T09:30:27Z"],
  ["timestamptz", "2026-11-22 09:30:27.999999+00", "2026-11-22T09:30:27Z"],
  ["timestamptz", "2026-11-22 09:30:27+00", "2026-11-22T09:30:27Z"],
  ["timestamptz", "2020-01-01 01:30:00.5+05:30", "2019-12-31T20:00:00Z"],
  ["timestamptz", "2020-02-28 20:00:00-06", "2020-02-29T02:00:00Z"],
  ["timestamptz", "1800-01-01 00:00:00+05:53:28", "1799-12-31T18:06:32Z"],
  ["timestamptz", "2020-01-01 00:00:00+00:30", "2019-12-31T23:30:00Z"],
  ["timestamptz", "0001-01-01 00:00:00+01", "0000-12-31T23:00:00Z"],
  ["date", "0044-03-15 BC", "-000043-03-15T00:00:00Z"],
  ["date", "0001-12-31 BC", "0000-12-31T00:00:00Z"],
  ["timestamp", "0044-03-15 12:00:00 BC", "-000043-03-15T12:00:00Z"],
  ["timestamptz", "0044-03-15 00:00:00+05:53:28 BC", "-000043-03-14T18:06:32Z"],
  ["date", "4713-01-01 BC", "-004712-01-01T00:00:00Z"],
  ["timestamp", "12345-01-01 01:02:03.5", "+012345-01-01T01:02:03Z"],
  ["timestamptz", "294276-12-31 23:59:59.999999+00", "+294276-12-31T23:59:59Z"],
  ["date", "5874897-12-31", "+5874897-12-31T00:00:00Z"],
])("%s %s is %s", async (type, text, expected) => {
  expect(await encode(type, text)).toBe(JSON.stringify(expected));
});

test.each<TypeName>(["date", "timestamp", "timestamptz"])(
  "an infinite %s is a string, null in GeoJSON",
  async (type) => {
    expect(await encode(type, "infinity")).toBe('"Infinity"');
    expect(await encode(type, "-infinity")).toBe('"-Infinity"');
    expect(await encode(type, "infinity", geojson)).toBe("null");
  },
);

test("dates of another DateStyle stay text", async () => {
  expect(await encode("date", "01/02/2020")).toBe('"01/02/2020"');
  expect(await encode("timestamptz", "Sun 22 Nov 09:30:27.68 2026 UTC")).toBe('"Sun 22 Nov 09:30:27.68 2026 UTC"');
});

test.each([
  ["1 day", { days: 1 }],
  [
    "1 year 2 mons -3 days +04:05:06.789",
    { years: 1, months: 2, days: -3, hours: 4, minutes: 5, seconds: 6, milliseconds: 789 },
  ],
  ["-1 years -1 mons +1 day -00:00:01", { years: -1, months: -1, days: 1, seconds: -1 }],
  ["-04:05:06.5", { hours: -4, minutes: -5, seconds: -6, milliseconds: -500 }],
  ["2 mons", { months: 2 }],
  ["100:00:00.000123", { hours: 100, milliseconds: 0.123 }],
  ["00:00:00", {}],
])("interval %s is an object of its parts", async (text, expected) => {
  expect(JSON.parse(await encode("interval", text))).toEqual(expected);
});

test("intervals without an object's form stay text", async () => {
  expect(await encode("interval", "infinity")).toBe('"Infinity"');
  expect(await encode("interval", "P1Y2M")).toBe('"P1Y2M"');
});

test("bytea is Node's form of a buffer", async () => {
  expect(await encode("bytea", "\\xdead")).toBe('{"type":"Buffer","data":[222,173]}');
  expect(await encode("bytea", "\\x")).toBe('{"type":"Buffer","data":[]}');
  expect(await encode("bytea", "\\x00090aff")).toBe('{"type":"Buffer","data":[0,9,10,255]}');
});

test("bytea in the escape form is the same", async () => {
  expect(await encode("bytea", "a\\\\b\\000\\377")).toBe('{"type":"Buffer","data":[97,92,98,0,255]}');
  expect(await encode("bytea[]", '{"",a}')).toBe('[{"type":"Buffer","data":[]},{"type":"Buffer","data":[97]}]');
  const many = JSON.parse(await encode("bytea[]", `{${Array(5000).fill("a").join(",")}}`));
  expect(many).toEqual(Array(5000).fill({ type: "Buffer", data: [97] }));
});

test("points and circles are objects", async () => {
  expect(await encode("point", "(1,2.5)")).toBe('{"x":1,"y":2.5}');
  expect(await encode("point", "(1e+300,NaN)")).toBe('{"x":1e+300,"y":"NaN"}');
  expect(await encode("point", "(-Infinity,0)", geojson)).toBe('{"x":null,"y":0}');
  expect(await encode("circle", "<(1,-2),3>")).toBe('{"x":1,"y":-2,"radius":3}');
});

test.each<[TypeName, string, string]>([
  ["int4[]", "{1,2}", "[1,2]"],
  ["int4[]", "{}", "[]"],
  ["int4[]", "{{1,2},{3,NULL}}", "[[1,2],[3,null]]"],
  ["int4[]", "[0:2]={1,2,3}", "[1,2,3]"],
  ["int4[]", "[-1:0][2:3]={{1,2},{3,4}}", "[[1,2],[3,4]]"],
  ["int8[]", "{9007199254740993}", "[9007199254740993]"],
  ["float8[]", "{1.5,NaN,-Infinity}", '[1.5,"NaN","-Infinity"]'],
  ["numeric[]", "{1.10}", "[1.10]"],
  ["bool[]", "{t,f,NULL}", "[true,false,null]"],
  ["text[]", '{a,NULL,"NULL","","{","a,b"}', '["a",null,"NULL","","{","a,b"]'],
  ["text[]", '{"c\\"d","e\\\\f","x\ty\nz",é}', '["c\\"d","e\\\\f","x\\u0009y\\u000az","é"]'],
  ["varchar[]", "{x}", '["x"]'],
  ["bpchar[]", '{"x  "}', '["x  "]'],
  ["date[]", "{2020-01-01,infinity}", '["2020-01-01T00:00:00Z","Infinity"]'],
  ["timestamptz[]", '{"2020-01-01 00:00:00.5+05:30"}', '["2019-12-31T18:30:00Z"]'],
  ["timestamp[]", '{"0044-03-15 00:00:00 BC"}', '["-000043-03-15T00:00:00Z"]'],
  ["jsonb[]", '{"{\\"a\\": \\"b\\\\\\"c\\"}",NULL,1}', '[{"a": "b\\"c"},null,1]'],
  ["json[]", '{"{\n}"}', "[{ }]"],
  ["uuid[]", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", '["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]'],
  ["bytea[]", '{"\\\\xdead","\\\\x"}', '[{"type":"Buffer","data":[222,173]},{"type":"Buffer","data":[]}]'],
  ["point[]", '{"(1,2)"}', '[{"x":1,"y":2}]'],
  ["inet[]", "{1.2.3.4}", '["1.2.3.4"]'],
  ["money[]", '{$1.00,"$1,000.00"}', '["$1.00","$1,000.00"]'],
  ["time[]", "{12:00:00}", '["12:00:00"]'],
])("%s %s is %s", async (type, text, expected) => {
  expect(await encode(type, text)).toBe(expected);
});

test("arrays of other types are PostgreSQL's text", async () => {
  expect(await encode("interval[]", "{01:00:00}")).toBe('"{01:00:00}"');
  expect(await encode("name[]", "{a,b}")).toBe('"{a,b}"');
});

test("arrays of numbers have null for NaN in GeoJSON", async () => {
  expect(await encode("float8[]", "{1,NaN}", geojson)).toBe("[1,null]");
});
