import { describe, expect, it } from "vitest";
import { toCell } from "./cell.ts";
import { encodeCsv } from "./csv.ts";
import { encodeMarkdown, markdownRule } from "./markdown.ts";
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
