import { describe, expect, it } from "vitest";
import { collector } from "../../testing/run.ts";
import { Context } from "../context.ts";
import type { Io } from "../io.ts";
import { toCell } from "./cell.ts";
import { encodeCsv } from "./csv.ts";
import { encodeMarkdown, markdownRule } from "./markdown.ts";
import { LIST_FORMATS, writeRecords } from "./records.ts";
import { encodeTsv } from "./tsv.ts";

describe("encodeCsv", () => {
  it("quotes only where needed", () => {
    expect(encodeCsv(["a", "b c", "1,5", 'say "hi"', "two\nlines"])).toBe('a,b c,"1,5","say ""hi""","two\nlines"\n');
  });

  it("tells NULL from the empty string", () => {
    expect(encodeCsv([null, ""])).toBe(',""\n');
  });

  it("quotes a text that looks like the chosen NULL", () => {
    expect(encodeCsv([null, "NA"], "NA")).toBe('NA,"NA"\n');
  });
});

describe("encodeTsv", () => {
  it("escapes as PostgreSQL's text format does", () => {
    expect(encodeTsv(["a\tb", "c\\d", "e\nf\r", null, ""])).toBe("a\\tb\tc\\\\d\te\\nf\\r\t\\N\t\n");
  });

  it("writes NULL as told", () => {
    expect(encodeTsv([null, "x"], "")).toBe("\tx\n");
  });
});

describe("encodeMarkdown", () => {
  it("keeps a cell in its cell", () => {
    expect(encodeMarkdown(["a|b", "c\r\nd", "<b>", null])).toBe("| a\\|b | c<br>d | &lt;b&gt; |  |\n");
    expect(markdownRule(2)).toBe("| --- | --- |\n");
  });
});

describe("toCell", () => {
  it("writes values as PostgreSQL would, objects as JSON", () => {
    expect([null, undefined, "x", 1.5, true, { a: 1 }, [1, 2]].map(toCell)).toEqual([
      null,
      null,
      "x",
      "1.5",
      "true",
      '{"a":1}',
      "[1,2]",
    ]);
  });
});

describe("writeRecords", () => {
  const ITEMS = [
    { name: "a,b", rows: 1200, extra: { deep: true } },
    { name: "\u001b[2J", rows: null, extra: null },
  ];
  const COLUMNS = [
    { name: "name", align: "start", cell: (item: (typeof ITEMS)[number]) => item.name },
    { name: "rows", align: "end", cell: (item: (typeof ITEMS)[number]) => toCell(item.rows) },
  ] as const;

  async function written(format: (typeof LIST_FORMATS)[number], items = ITEMS, terminal = false): Promise<string> {
    const stdout = collector(terminal);
    const io = { stdout: stdout.stream, stderr: collector().stream, env: { NO_COLOR: "1" } } as unknown as Io;
    await writeRecords(new Context({ ...io, signal: new AbortController().signal }, {}), items, {
      format,
      columns: COLUMNS,
    });
    return stdout.text();
  }

  it("writes the columns, or as JSON all of each", async () => {
    expect(await written("csv")).toBe('name,rows\n"a,b",1200\n\u001b[2J,\n');
    expect(await written("tsv")).toBe("name\trows\na,b\t1200\n\u001b[2J\t\\N\n");
    expect(await written("md")).toBe("| name | rows |\n| --- | --- |\n| a,b | 1200 |\n| \u001b[2J |  |\n");
    expect(JSON.parse(await written("json"))).toEqual(ITEMS);
    expect((await written("ndjson")).split("\n").map((line) => line && JSON.parse(line))).toEqual([...ITEMS, ""]);
    expect(await written("table")).toBe(
      "┌─────────┬──────┐\n│ name    │ rows │\n├─────────┼──────┤\n│ a,b     │ 1200 │\n│ \\x1b[2J │      │\n└─────────┴──────┘\n",
    );
  });

  it("keeps data from writing to a terminal", async () => {
    for (const format of LIST_FORMATS) expect(await written(format, ITEMS, true)).not.toContain("\u001b[2J");
  });

  it("writes an empty list", async () => {
    expect(await Promise.all(LIST_FORMATS.map((format) => written(format, [])))).toEqual([
      "",
      "name,rows\n",
      "name\trows\n",
      "[]\n",
      "",
      "| name | rows |\n| --- | --- |\n",
    ]);
  });
});
