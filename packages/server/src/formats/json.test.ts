import { expect, test } from "vitest";
import {
  collect,
  columnsOf,
  cut,
  encodeOptions,
  resultOf,
  resultsOf,
  toCopyText,
} from "../../../../test/support/result-stream.ts";
import { json } from "./json.ts";

/** The document with its time, the one thing that varies, as 0. */
function timeless(document: string): string {
  return document.replace(/"time":\d+(?:\.\d{1,3})?,/, '"time":0,');
}

test("a document has rows, time, fields and total_rows, in this order", async () => {
  const result = resultOf(
    columnsOf({ a: "int4", b: "text" }),
    [
      toCopyText([
        ["1", "x"],
        ["2", null],
      ]),
    ],
    { rowCount: 2 },
  );

  const document = await collect(json.encode(result, encodeOptions()));

  expect(timeless(document)).toBe(
    '{"rows":[{"a":1,"b":"x"},\n{"a":2,"b":null}],"time":0,' +
      '"fields":{"a":{"type":"number","pgtype":"int4"},"b":{"type":"string","pgtype":"text"}},"total_rows":2}',
  );
});

test("time is in seconds, with milliseconds", async () => {
  const options = { ...encodeOptions(), startedAt: performance.now() - 1234.5678 };

  const document = await collect(json.encode(resultOf([], []), options));

  expect(document).toMatch(/"time":1\.2\d{0,2},/);
});

test("a statement without rows has empty rows and fields", async () => {
  const document = await collect(json.encode(resultOf([], [], { rowCount: 7 }), encodeOptions()));

  expect(timeless(document)).toBe('{"rows":[],"time":0,"fields":{},"total_rows":7}');
});

test("total_rows is the number of rows sent where the command reports none", async () => {
  const result = resultOf(columnsOf({ a: "int4" }), [toCopyText([["1"], ["2"]]), toCopyText([["3"]])]);

  expect(JSON.parse(await collect(json.encode(result, encodeOptions()))).total_rows).toBe(3);
});

test("an error after rows closes the document with what is known", async () => {
  const columns = columnsOf({ d: "int4" });
  const texts = cut(toCopyText([["0"], ["0"], ["0"], ["1"]]), [3, 4]);
  const result = resultOf(columns, [...texts, Buffer.from("12")], { error: new Error("division by zero") });

  const document = await collect(json.encode(result, encodeOptions()));

  expect(timeless(document)).toBe(
    '{"rows":[{"d":0},\n{"d":0},\n{"d":0},\n{"d":1}],"time":0,' +
      '"fields":{"d":{"type":"number","pgtype":"int4"}},"total_rows":4,"error":["division by zero"]}',
  );
});

test("an error before rows still makes a whole document", async () => {
  const result = resultOf(columnsOf({ d: "int4" }), [], { error: new Error("nope") });

  const document = await collect(json.encode(result, encodeOptions()));

  expect(JSON.parse(document)).toMatchObject({ rows: [], total_rows: 0, error: ["nope"] });
});

test("messages follow, one array for each severity, with how many were dropped", async () => {
  const notices = [
    { severity: "notice", message: "one" },
    { severity: "warning", message: 'two "quoted"' },
    { severity: "notice", message: "three" },
  ];
  const some = await collect(json.encode(resultOf([], [], { notices }), encodeOptions()));
  const more = await collect(json.encode(resultOf([], [], { notices, droppedNotices: 12 }), encodeOptions()));
  const none = await collect(json.encode(resultOf([], [], { droppedNotices: 1 }), encodeOptions()));

  expect(some).toMatch(/"total_rows":0,"notices":\["one","three"\],"warnings":\["two \\"quoted\\""\]\}$/);
  expect(JSON.parse(more).warnings).toEqual(['two "quoted"', "12 further messages were dropped"]);
  expect(JSON.parse(none).notices).toEqual(["1 further messages were dropped"]);
});

test("of columns with the same name the last one wins", async () => {
  const [a, b] = columnsOf({ n: "int4", b: "text" });
  const last = columnsOf({ n: "text" });
  const columns = [a, b, ...last].filter((column) => column !== undefined);

  const document = await collect(json.encode(resultOf(columns, [toCopyText([["1", "x", "2"]])]), encodeOptions()));

  expect(document).toContain('{"rows":[{"b":"x","n":"2"}]');
  expect(document).toContain('"fields":{"b":{"type":"string","pgtype":"text"},"n":{"type":"string","pgtype":"text"}}');
});

test("skipped columns are in neither rows nor fields", async () => {
  const columns = columnsOf({ a: "int4", b: "text", c: "bytea" });
  const texts = [
    toCopyText([
      ["1", "x", "\\xff"],
      [null, null, null],
    ]),
  ];

  const document = await collect(json.encode(resultOf(columns, texts), encodeOptions(["a", "c", "nope"])));

  expect(document).toContain('{"rows":[{"b":"x"},\n{"b":null}]');
  expect(document).toContain('"fields":{"b":{"type":"string","pgtype":"text"}}');
});

test("rows are empty objects where every column is skipped, or where there is none", async () => {
  const skipped = resultOf(columnsOf({ a: "int4" }), [toCopyText([["1"], [null]])]);
  const columnless = resultOf([], [Buffer.from("\n\n")]);

  expect(await collect(json.encode(skipped, encodeOptions(["a"])))).toContain('{"rows":[{},\n{}]');
  expect(await collect(json.encode(columnless, encodeOptions()))).toContain('{"rows":[{},\n{}]');
});

test("rows of several results follow each other; fields and total are the last one's", async () => {
  const first = { columns: columnsOf({ i: "int4" }), texts: [toCopyText([["1"], ["2"]]), toCopyText([["3"]])] };
  const last = { columns: columnsOf({ b: "text" }), texts: [toCopyText([["x"]])] };

  const document = await collect(json.encode(resultsOf([first, last], { rowCount: 1 }), encodeOptions()));

  expect(timeless(document)).toBe(
    '{"rows":[{"i":1},\n{"i":2},\n{"i":3},\n{"b":"x"}],"time":0,' +
      '"fields":{"b":{"type":"string","pgtype":"text"}},"total_rows":1}',
  );
});

test("names of columns are escaped, and keep their order even where they look like numbers", async () => {
  const columns = columnsOf({ b: "int4", 'q"\n': "int4" });
  columns.push(
    { name: "2", oid: 23, typmod: -1 },
    { name: "1", oid: 23, typmod: -1 },
    { name: "__proto__", oid: 23, typmod: -1 },
  );

  const document = await collect(
    json.encode(resultOf(columns, [toCopyText([["1", "2", "3", "4", "5"]])]), encodeOptions()),
  );

  expect(document).toContain('{"b":1,"q\\"\\n":2,"2":3,"1":4,"__proto__":5}');
  expect(document).toMatch(/"fields":\{"b":\{[^}]*\},"q\\"\\n":\{[^}]*\},"2":\{[^}]*\},"1":\{[^}]*\},"__proto__":\{/);
});

// What CARTO's SQL API answered on PostgreSQL 15, but for the digits of "o", which it rounded to a double, and for the
// time of day of "g".
test("the answer to one value of many types is CARTO's", async () => {
  const columns = columnsOf({
    ...{ a: "int2", b: "int8", c: "float8", d: "numeric", e: "text", f: "bool", g: "timestamp", h: "timestamptz" },
    ...{ i: "date", j: "text", k: "int4[]", l: "jsonb", m: "float8", n: "float8", o: "int8", p: "bytea" },
    ...{
      q: "interval",
      r: "time",
      s: "record",
      t: "text[]",
      u: "name",
      v: "inet",
      w: "bool",
      x: "int4range",
      y: "money",
    },
  });
  const geometry = columns.find(({ name }) => name === "s");
  if (geometry !== undefined) geometry.oid = 16_400;
  const text = [
    '1\t2\t1.5\t1.25\tt\tt\t2026-11-22 09:22:54.123\t2020-01-01 00:00:00+00\t2020-01-01\t\\N\t{1,2}\t{"x": 1}',
    "NaN\tInfinity\t9007199254740993\t\\\\xdead\t1 day\t12:00:00\t0101000020E6100000000000000000F03F0000000000000040",
    "{a,b}\tabc\t1.2.3.4\tt\t[1,2)\t$1.50\n",
  ].join("\t");
  const options = encodeOptions([], new Map([[16_400, "geometry"]]));

  const document = await collect(json.encode(resultOf(columns, [Buffer.from(text)], { rowCount: 1 }), options));

  expect(timeless(document).replace('{"x": 1}', '{"x":1}')).toBe(
    '{"rows":[{"a":1,"b":2,"c":1.5,"d":1.25,"e":"t","f":true,"g":"2026-11-22T09:22:54Z","h":"2020-01-01T00:00:00Z",' +
      '"i":"2020-01-01T00:00:00Z","j":null,"k":[1,2],"l":{"x":1},"m":"NaN","n":"Infinity","o":9007199254740993,' +
      '"p":{"type":"Buffer","data":[222,173]},"q":{"days":1},"r":"12:00:00",' +
      '"s":"0101000020E6100000000000000000F03F0000000000000040","t":["a","b"],"u":"abc","v":"1.2.3.4","w":true,' +
      '"x":"[1,2)","y":"$1.50"}],"time":0,"fields":{"a":{"type":"number","pgtype":"int2"},' +
      '"b":{"type":"number","pgtype":"int8"},"c":{"type":"number","pgtype":"float8"},' +
      '"d":{"type":"number","pgtype":"numeric"},"e":{"type":"string","pgtype":"text"},' +
      '"f":{"type":"boolean","pgtype":"bool"},"g":{"type":"date","pgtype":"timestamp"},' +
      '"h":{"type":"date","pgtype":"timestamptz"},"i":{"type":"date","pgtype":"date"},' +
      '"j":{"type":"string","pgtype":"text"},"k":{"type":"number[]","pgtype":"_int4"},' +
      '"l":{"type":"jsonb","pgtype":"jsonb"},"m":{"type":"number","pgtype":"float8"},' +
      '"n":{"type":"number","pgtype":"float8"},"o":{"type":"number","pgtype":"int8"},' +
      '"p":{"type":"bytea","pgtype":"bytea"},"q":{"type":"number","pgtype":"interval"},' +
      '"r":{"type":"date","pgtype":"time"},"s":{"type":"geometry","dims":4,"srid":-1},' +
      '"t":{"type":"string[]","pgtype":"_text"},"u":{"type":"name","pgtype":"name"},' +
      '"v":{"type":"inet","pgtype":"inet"},"w":{"type":"boolean","pgtype":"bool"},' +
      '"x":{"type":"number","pgtype":"int4range"},"y":{"type":"money","pgtype":"money"}},"total_rows":1}',
  );
});
