import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RowNumbers } from "../row-numbers.ts";
import { MAX_RECORD_BYTES, RecordScanner } from "./record-scanner.ts";
import { rejectedLines } from "./rejected-lines.ts";

interface Scanned {
  /** What goes to COPY. */
  text: string;
  rejected: { row: number; reason: string; text: string }[];
  /** Line of each row that was taken. */
  lines: number[];
  /** The fields that the visitor saw, quotes and all. */
  seen: string[][];
}

/** Scans `text` in windows of about `size` bytes. */
function scan(
  text: string | Buffer,
  { columns = 2, delimiter = ",", size = 1 << 20, encoding = "utf-8" } = {},
): Scanned {
  const source = Buffer.from(text as string);
  const rejections = rejectedLines();
  const lines = new RowNumbers();
  const seen: string[][] = [];
  const visitor = {
    onRow(bytes: Buffer, from: number, ends: Int32Array): void {
      const starts = [from, ...Array.from(ends, (end) => end + 1)];
      seen.push(Array.from(ends, (end, i) => bytes.toString("utf8", Math.min(starts[i] ?? 0, end), end)));
    },
  };
  const options = { columns, delimiter: delimiter.charCodeAt(0), line: 2, encoding, visitor, rejections, lines };
  const scanner = new RecordScanner(options);
  const pieces: Buffer[] = [];
  let rest: Buffer = Buffer.alloc(0);
  for (let position = 0; ; ) {
    const length = Math.max(size, rest.length);
    const bytes = Buffer.concat([rest, source.subarray(position, position + length), Buffer.from("\n")]);
    position += length;
    const end = bytes.length - 1;
    const last = position >= source.length;
    const at = scanner.scan({ bytes, end, last }, 0);
    pieces.push(scanner.take() ?? Buffer.alloc(0));
    if (last) break;
    rest = bytes.subarray(at, end);
  }
  const { rows } = rejections.summary();
  return {
    text: Buffer.concat(pieces).toString(),
    rejected: rows,
    lines: Array.from({ length: lines.count }, (_, i) => lines.rowOf(i + 1)),
    seen,
  };
}

/** Reads CSV as COPY does: quotes count wherever they are, and all lines end alike. */
function copyCsv(text: string, delimiter: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  let field = "";
  let wasQuoted = false;
  let inQuotes = false;
  let lineEnd: string | undefined;
  const endField = (): void => {
    row.push(field === "" && !wasQuoted ? null : field);
    field = "";
    wasQuoted = false;
  };
  for (let p = 0; p < text.length; p++) {
    const c = text[p] as string;
    if (inQuotes) {
      if (c !== '"') field += c;
      else if (text[p + 1] === '"') field += text[++p];
      else inQuotes = false;
    } else if (c === '"') {
      inQuotes = wasQuoted = true;
    } else if (c === delimiter) {
      endField();
    } else if (c === "\n" || c === "\r") {
      const end = text.startsWith("\r\n", p) ? "\r\n" : c;
      lineEnd ??= end;
      if (end !== lineEnd) throw new Error("line ends differ");
      p += end.length - 1;
      endField();
      rows.push(row);
      row = [];
    } else {
      field += c;
    }
  }
  if (inQuotes || field !== "" || row.length > 0) throw new Error("the last row has no end");
  return rows;
}

describe("rows that COPY reads as they are", () => {
  const text = 'a,b\n1,"x, ""y""\nz"\n,\n"",""\n';

  test.each([1, 2, 3, 5, 7, 100])("go on byte for byte, read in pieces of %d", (size) => {
    const { text: out, rejected, lines } = scan(text, { size });

    expect(out).toBe(text);
    expect(rejected).toEqual([]);
    expect(lines).toEqual([2, 3, 5, 6]);
  });

  test.each(["\n", "\r\n", "\r"])("go on with their line ends: %j", (lineEnd) => {
    const lines = `a,b${lineEnd}c,"d${lineEnd}e"${lineEnd}`;

    expect(scan(lines, { size: 3 })).toMatchObject({ text: lines, lines: [2, 3], rejected: [] });
  });
});

test("line ends become those of the first row", () => {
  expect(scan("1,a\r\n2,b\n3,c\r4,d\r\n5,e").text).toBe("1,a\r\n2,b\r\n3,c\r\n4,d\r\n5,e\r\n");
  expect(scan("1,a\n2,b\r\n3,c").text).toBe("1,a\n2,b\n3,c\n");
});

test("blank lines are no rows, and count as lines", () => {
  expect(scan("\n1,a\n\n \t\n2,b\n\n")).toMatchObject({ text: "1,a\n2,b\n", lines: [3, 6], rejected: [] });
  expect(scan("1,a\n\x1a").rejected).toEqual([]);
  expect(scan("a\n\nb\n", { columns: 1 })).toMatchObject({ text: "a\nb\n", lines: [2, 4] });
});

test("trailing fields may be missing, and empty ones too many", () => {
  const { text, rejected, seen } = scan('1,2\n3,4,,\n5,6,7,"", \n', { columns: 3 });

  expect(text).toBe("1,2,\n3,4,\n5,6,7\n");
  expect(rejected).toEqual([]);
  expect(seen).toEqual([
    ["1", "2", ""],
    ["3", "4", ""],
    ["5", "6", "7"],
  ]);
});

test("a line without a delimiter, and a row with too many values, are left out", () => {
  const { text, rejected, lines } = scan("1,2,3\nremark\n4,5,6,7\n8,9,10\n", { columns: 3 });

  expect(text).toBe("1,2,3\n8,9,10\n");
  expect(lines).toEqual([2, 5]);
  expect(rejected).toEqual([
    { row: 3, reason: "it has 1 field, the header has 3", text: "remark" },
    { row: 4, reason: "it has 4 fields, the header has 3", text: "4,5,6,7" },
  ]);
});

test.each([
  ['5" pipe,x\n', '"5"" pipe",x\n'],
  ['x,5"\n', 'x,"5"""\n'],
  [' "a, b" ,x\n', '"a, b",x\n'],
  ['"he said "no" again",x\n', '"he said ""no"" again",x\n'],
  ['"Foo" Ltd.,x\n', '"""Foo"" Ltd.",x\n'],
  ['"Foo" Ltd.,"Bar" Inc.\n', '"""Foo"" Ltd.","""Bar"" Inc."\n'],
  ['x, "y" z\n', 'x," ""y"" z"\n'],
  ['x,"y" \n', 'x,"y"\n'],
  ['"two\nlines" ,x\n', '"two\nlines",x\n'],
  ['"x "y",z\n', '"x ""y",z\n'],
])("quotes where there may be none are read as they are meant: %j", (text, expected) => {
  for (const size of [1, 4, 100]) expect(scan(text, { size })).toMatchObject({ text: expected, rejected: [] });
});

test("fields that are guessed by their quotes must be as many as the columns", () => {
  expect(scan('"a"b,"c"d,e\n"f"g\n1,2\n')).toMatchObject({
    text: "1,2\n",
    rejected: [
      { row: 2, reason: "its quotes do not pair" },
      { row: 3, reason: "its quotes do not pair" },
    ],
  });
});

test("a line of very many quotes is not searched for each of them", () => {
  const fields = 300_000;
  expect(scan(`${' "a"b,'.repeat(fields)}\n1,2\n`)).toMatchObject({
    text: "1,2\n",
    rejected: [{ row: 2, reason: "its quotes do not pair" }],
  });
});

test("a quote that is never closed costs its own line alone", () => {
  const { text, rejected, lines } = scan('1,a\n2,"b\n3,"c"\n"4,d\n"5",e\n6,"f\n7,g\n', { size: 5 });

  expect(text).toBe('1,a\n3,"c"\n"5",e\n7,g\n');
  expect(lines).toEqual([2, 4, 6, 8]);
  expect(rejected.map(({ row, reason }) => [row, reason])).toEqual([
    [3, "its quote is never closed"],
    [5, "its quote is never closed"],
    [7, "its quote is never closed"],
  ]);
});

test("what ends a COPY is a value like others", () => {
  expect(scan("a\n\\.\nb\n", { columns: 1 }).text).toBe('a\n"\\."\nb\n');
});

test("rows with a NUL, or with bytes of another encoding, are left out", () => {
  const text = Buffer.concat([Buffer.from("1,á\n2,"), Buffer.from([0xe1]), Buffer.from("\n3,\0\n4,é\n")]);

  for (const size of [1, 3, 100]) {
    const { text: out, rejected } = scan(text, { size });
    expect(out).toBe("1,á\n4,é\n");
    expect(rejected).toEqual([
      { row: 3, reason: "it is not valid UTF-8", text: "2,\ufffd" },
      { row: 4, reason: "it holds a NUL character", text: "3,␀" },
    ]);
  }
});

test("rows that a decoder could not read are left out, but for UTF-16, which may say so itself", () => {
  expect(scan("1,\ufffd\n2,a\n", { encoding: "shift_jis" })).toMatchObject({
    text: "2,a\n",
    rejected: [{ row: 2, reason: "it is not valid SHIFT_JIS" }],
  });
  expect(scan("1,\ufffd\n", { encoding: "utf-16le" }).rejected).toEqual([]);
});

test("what is shown of a row that was left out has 80 characters", () => {
  const [row] = scan(`${"😀".repeat(200)},1,2\n1,2\n`).rejected;

  expect(row?.text).toBe("😀".repeat(80));
});

test("a field of many megabytes is read, one of too many left out", () => {
  const long = "x".repeat(MAX_RECORD_BYTES - 100);
  expect(scan(`1,"${long}\n"\n2,b\n`).text).toHaveLength(long.length + 10);

  const { text, rejected, lines } = scan(`1,${long.repeat(3)}\n2,b\n3,c\n`);
  expect(text).toBe("2,b\n3,c\n");
  expect(lines).toEqual([3, 4]);
  expect(rejected.map(({ row, reason }) => [row, reason])).toEqual([[2, "it is longer than 16 MB"]]);
});

test("a quote that is open for too long is taken as never closed", () => {
  const lines = `2,${"b".repeat(997)}\n`.repeat(MAX_RECORD_BYTES / 500);
  const { text, rejected } = scan(`1,"a\n${lines}3,"c"\n`);

  expect(text.length).toBe(lines.length + '3,"c"\n'.length);
  expect(rejected.map(({ row, reason }) => [row, reason])).toEqual([[2, "its quote is never closed"]]);
});

describe("any table", () => {
  const DELIMITERS = [",", "\t", ";", "|", " "];
  const cell = fc.oneof(
    fc.constant(null),
    fc.string({
      unit: fc.constantFrom("a", "1", '"', ",", ";", "\t", "|", " ", "\n", "\r", "é", "😀", "\\", "."),
      maxLength: 6,
    }),
    fc.string({ unit: "grapheme", maxLength: 8 }).map((text) => text.replaceAll("\0", "")),
  );
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 12 }))
    // All that COPY and we agree on is no row: blank lines.
    .map((rows) => rows.map((row) => (row.every((value) => value === null) ? row.map(() => "x") : row)));

  test("is read by COPY as it was written, in any dialect and in pieces of any size", () => {
    fc.assert(
      fc.property(
        table,
        fc.constantFrom(...DELIMITERS),
        fc.array(fc.constantFrom("\n", "\r\n", "\r"), { minLength: 1, maxLength: 3 }),
        fc.record({ size: fc.integer({ min: 1, max: 64 }), quoteAll: fc.boolean(), ended: fc.boolean() }),
        (rows, delimiter, lineEnds, { size, quoteAll, ended }) => {
          const columns = rows[0]?.length ?? 2;
          const write = (value: string | null): string => {
            if (value === null) return "";
            const plain = value !== "" && !quoteAll && !/["\r\n]/.test(value) && !value.includes(delimiter);
            return plain ? value : `"${value.replaceAll('"', '""')}"`;
          };
          const lines = rows.map((row, i) => row.map(write).join(delimiter) + lineEnds[i % lineEnds.length]);
          const text = lines.join("");
          const source = ended ? text : text.replace(/(\r\n|\r|\n)$/, "");

          const scanned = scan(source, { columns, delimiter, size });

          expect(scanned.rejected).toEqual([]);
          expect(copyCsv(scanned.text, delimiter)).toEqual(rows);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("gives rows that COPY takes, whatever the bytes are, and the same in pieces of any size", () => {
    const bytes = fc.array(fc.constantFrom(...Buffer.from('a1",; \n\r\\.\0\xe1\xc3\xa9', "latin1")), { maxLength: 60 });
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3 }), (source, size, columns) => {
        const scanned = scan(Buffer.from(source), { columns, size });

        expect(copyCsv(scanned.text, ",").every((row) => row.length === columns)).toBe(true);
        expect(scanned).toEqual(scan(Buffer.from(source), { columns }));
        expect(scanned.lines).toHaveLength(scanned.seen.length);
      }),
      { numRuns: 2_000 },
    );
  });
});
