import fc from "fast-check";
import { expect, test } from "vitest";
import { RowSplitter } from "./row-splitter.ts";

const TAIL = {
  time: 0.1,
  fields: { a: { type: "string[]" }, "x]": { type: "}" } },
  total_rows: 2,
  notices: ["]", "},\n{"],
};

const row = fc.dictionary(
  fc.string({ maxLength: 3 }),
  fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom("]", "},\n{", '"', "\\", '\\"]', "],", "\u2028", "🗺", "\n", ",\n"),
  ),
  { maxKeys: 4 },
);

function documentOf(rows: unknown[], separator: string): string {
  const items = rows.map((item) => JSON.stringify(item)).join(separator);
  return `{"rows":[${items}],${JSON.stringify(TAIL).slice(1)}`;
}

function split(pieces: string[]): { rows: unknown[]; tail: unknown } {
  const splitter = new RowSplitter<unknown>();
  const rows = pieces.flatMap((piece) => splitter.push(piece));
  rows.push(...splitter.end());
  return { rows, tail: JSON.parse(splitter.tail()) };
}

function cut(text: string, sizes: number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, index = 0; at < text.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

test.each([
  ["a newline", ",\n"],
  ["nothing", ","],
  ["newlines and blanks", " ,\r\n  "],
])("any rows with %s after the comma come out whole, however they are cut", (_, separator) => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 6 }), sizes, (rows, cuts) => {
      const result = split(cut(documentOf(rows, separator), cuts));

      expect(result.rows).toEqual(JSON.parse(JSON.stringify(rows)));
      expect(result.tail).toEqual({ rows: [], ...TAIL });
    }),
  );
});

test("any rows come out whole one character at a time", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 4 }), (rows) => {
      expect(split([...documentOf(rows, ",\n")]).rows).toEqual(JSON.parse(JSON.stringify(rows)));
    }),
  );
});

test.each([",\n", ","])("rows of any length are cut while they arrive (separator %o)", (separator) => {
  const rows = Array.from({ length: 50 }, (_, n) => ({ n, text: "]},".repeat(n * 400) }));
  const splitter = new RowSplitter<unknown>();
  const pieces = cut(documentOf(rows, separator), [16_384]);

  const before = pieces.slice(0, -1).flatMap((piece) => splitter.push(piece));

  expect(before.length).toBeGreaterThan(40);
  const rest = splitter.push(pieces.at(-1) ?? "").concat(splitter.end());
  expect([...before, ...rest]).toEqual(rows);
});

test("a pretty-printed document is read as well", () => {
  const document = { rows: [{ a: [{ b: 1 }, { b: 2 }] }, { a: [] }], ...TAIL };

  const result = split(cut(JSON.stringify(document, undefined, 1), [7]));

  expect(result).toEqual({ rows: document.rows, tail: { rows: [], ...TAIL } });
});

test("a document without rows is kept as its tail", () => {
  expect(split(['{"error":', '["no"]}'])).toEqual({ rows: [], tail: { error: ["no"] } });
});

test("every truncation of the rows is an error", () => {
  const text = documentOf([{ a: 1 }, { a: "]" }], ",\n");
  const end = text.indexOf('],"time"');
  for (let length = 9; length <= end; length++) {
    expect(() => split([text.slice(0, length)])).toThrow(SyntaxError);
  }
});

test("rows that are no objects are an error", () => {
  expect(() => split(['{"rows":[1,2],"time":1}'])).toThrow(SyntaxError);
  expect(() => split(['{"rows":[{"a":1}}],"time":1}'])).toThrow(SyntaxError);
});
