import fc from "fast-check";
import { expect, test } from "vitest";
import {
  collect,
  columnsOf,
  cut,
  encodeOptions,
  resultOf,
  resultsOf,
  type TypeName,
  toCopyText,
} from "../../../../test/support/result-stream.ts";
import { csv } from "./csv.ts";

type Rows = readonly (readonly (string | null)[])[];

function encode(types: Record<string, TypeName>, rows: Rows, skipfields: readonly string[] = []): Promise<string> {
  return collect(csv.encode(resultOf(columnsOf(types), [toCopyText(rows)]), encodeOptions(skipfields)));
}

/** RFC 4180; an unquoted empty field is null. */
function parseCsv(text: string): (string | null)[][] {
  const lines: (string | null)[][] = [];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
  let line: (string | null)[] = [];
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (match === null) throw new Error("not CSV");
    const [, value = "", end] = match;
    line.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value || null);
    if (end === ",") continue;
    lines.push(line);
    line = [];
  }
  return lines;
}

test("a file has a header line and CRLF", async () => {
  const file = await encode({ the_geom: "text", cartodb_id: "int4", name: "varchar" }, [["0101", "-1", "Test"]]);

  expect(file).toBe("the_geom,cartodb_id,name\r\n0101,-1,Test\r\n");
});

test("fields are quoted only where they must be", async () => {
  const file = await encode({ a: "text", b: "text" }, [
    ["plain é漢😀", "with space\tand tab"],
    ["a,b", 'say "hi"'],
    ["line\nbreak", "line\rbreak"],
    ['"', "'\\"],
  ]);

  expect(file).toBe(
    "a,b\r\n" +
      "plain é漢😀,with space\tand tab\r\n" +
      '"a,b","say ""hi"""\r\n' +
      '"line\nbreak","line\rbreak"\r\n' +
      '"""",\'\\\r\n',
  );
});

test("NULL is nothing, the empty string is two quotes", async () => {
  expect(await encode({ a: "text", b: "text", c: "text" }, [[null, "", null]])).toBe('a,b,c\r\n,"",\r\n');
});

test("NULL as the only field of a line is two quotes, since readers drop empty lines", async () => {
  expect(await encode({ a: "text" }, [[null], ["x"]])).toBe('a\r\n""\r\nx\r\n');
  expect(await encode({ a: "text", b: "int4" }, [[null, "1"]], ["b"])).toBe('a\r\n""\r\n');
});

test("values are PostgreSQL's text, bool as a cast to text has it", async () => {
  const types = { b: "bool", t: "timestamptz", y: "bytea", f: "float8", a: "bool[]", j: "jsonb" } as const;

  const file = await encode(types, [["t", "2026-11-22 09:30:27.68+00", "\\xdead", "NaN", "{t,f}", '{"a": 1}']]);

  expect(file).toBe('b,t,y,f,a,j\r\ntrue,2026-11-22 09:30:27.68+00,\\xdead,NaN,"{t,f}","{""a"": 1}"\r\n');
});

test("character(n) loses its padding, as a cast to text does", async () => {
  expect(await encode({ a: "bpchar", b: "bpchar", c: "text" }, [["x   ", "    ", "y  "]])).toBe(
    'a,b,c\r\nx,"",y  \r\n',
  );
});

test("skipped columns and earlier ones of the same name are left out", async () => {
  const types = columnsOf({ a: "int4", b: "text", c: "int4" });
  const columns = [...types, ...columnsOf({ a: "bool" })];
  const result = resultOf(columns, [
    toCopyText([
      ["1", "x", "2", "t"],
      [null, null, null, null],
    ]),
  ]);

  expect(await collect(csv.encode(result, encodeOptions(["c"])))).toBe("b,a\r\nx,true\r\n,\r\n");
});

test("names are quoted where they must be", async () => {
  expect(await encode({ "a,b": "int4", 'q"': "int4", "": "int4" }, [])).toBe('"a,b","q""",""\r\n');
});

test("without columns there is nothing", async () => {
  expect(await encode({}, [])).toBe("");
  expect(await encode({ a: "int4" }, [["1"]], ["a"])).toBe("");
});

test("a second result begins with a header line of its own", async () => {
  const first = { columns: columnsOf({ a: "int4" }), texts: [toCopyText([["1"]])] };
  const second = { columns: columnsOf({ b: "int4" }), texts: [toCopyText([["2"]])] };

  expect(await collect(csv.encode(resultsOf([first, second]), encodeOptions()))).toBe("a\r\n1\r\nb\r\n2\r\n");
});

test("an error can't be told in the file", async () => {
  const encoding = csv.encode(resultOf([], [], { error: new Error("late") }), encodeOptions());

  await expect(collect(encoding)).rejects.toThrow("late");
  expect(encoding.fail(["late"])).toBeUndefined();
});

test("any texts come back, wherever the chunks end", async () => {
  const value = fc.option(
    fc.string({
      unit: fc.oneof(
        fc.constantFrom('"', ",", "\r", "\n", "\\", "\t", "\v", "é"),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
    }),
  );
  const row = fc.tuple(value, value, value);
  await fc.assert(
    fc.asyncProperty(fc.array(row), fc.array(fc.nat(500)), async (rows, places) => {
      const texts = cut(toCopyText(rows), places);
      const result = resultOf(columnsOf({ a: "text", b: "varchar", c: "text" }), texts);

      const lines = parseCsv(await collect(csv.encode(result, encodeOptions())));

      expect(lines).toEqual([["a", "b", "c"], ...rows]);
    }),
    { numRuns: 300 },
  );
});
