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
import { geojsonl, ndjson } from "./lines.ts";

const POINT = '{"type":"Point","coordinates":[33,16]}';

test("rows become objects, one a line, wherever the chunks end", async () => {
  const columns = columnsOf({ id: "int4", name: "text", f: "float8", j: "json" });
  const rows = toCopyText([
    ["1", "line\nbreak", "NaN", '{"a":\n1}'],
    ["2", null, "0.5", null],
  ]);

  const text = await collect(ndjson.encode(resultOf(columns, cut(rows, [3, 20, 30])), encodeOptions()));

  expect(text).toBe(
    '{"id":1,"name":"line\\u000abreak","f":"NaN","j":{"a": 1}}\n'.replace("\\u000a", "\\n") +
      '{"id":2,"name":null,"f":0.5,"j":null}\n',
  );
});

test("several results follow each other, and skipped columns are left out", async () => {
  const first = { columns: columnsOf({ a: "int4", b: "int4" }), texts: [toCopyText([["1", "2"]])] };
  const second = { columns: columnsOf({ c: "text" }), texts: [toCopyText([["x"]])] };

  expect(await collect(ndjson.encode(resultsOf([first, second]), encodeOptions(["b"])))).toBe('{"a":1}\n{"c":"x"}\n');
});

test("rows become features, one a line", async () => {
  const columns = columnsOf({ the_geom: "text", id: "int4", f: "float8" });
  const rows = toCopyText([
    [POINT, "1", "NaN"],
    [null, "2", "1"],
  ]);

  expect(await collect(geojsonl.encode(resultOf(columns, [rows]), encodeOptions()))).toBe(
    `{"type":"Feature","geometry":${POINT},"properties":{"id":1,"f":null}}\n` +
      '{"type":"Feature","geometry":null,"properties":{"id":2,"f":1}}\n',
  );
});

test("no rows are no bytes", async () => {
  expect(await collect(ndjson.encode(resultOf(columnsOf({ a: "int4" }), []), encodeOptions()))).toBe("");
});

test("an error can't be told in lines", async () => {
  const encoding = ndjson.encode(resultOf([], [], { error: new Error("late") }), encodeOptions());

  await expect(collect(encoding)).rejects.toThrow("late");
  expect(encoding.fail(["late"])).toBeUndefined();
});
