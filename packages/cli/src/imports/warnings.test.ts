import { describe, expect, it } from "vitest";
import { describeWarnings } from "./warnings.ts";

const row = (row: number, reason = "2 values for 3 columns", text = "a,b") => ({ row, reason, text });

describe("describeWarnings", () => {
  it("says nothing when all went well", () => {
    expect(describeWarnings({})).toEqual([]);
    expect(describeWarnings({ rejected_rows: { count: 0, rows: [] } })).toEqual([]);
  });

  it("lists the rows that were left out, and why", () => {
    expect(
      describeWarnings({ rejected_rows: { count: 2, rows: [row(7), row(9, "a quote is not closed", "")] } }),
    ).toEqual(["2 rows left out:\n  row 7: 2 values for 3 columns: a,b\n  row 9: a quote is not closed"]);
  });

  it("lists the first ten, and says how many more there are", () => {
    const rows = Array.from({ length: 100 }, (_, at) => row(at + 2));
    const [text = ""] = describeWarnings({ rejected_rows: { count: 12_345, rows } });
    expect(text.split("\n")).toHaveLength(12);
    expect(text).toMatch(/^12,345 rows left out:\n/);
    expect(text).toMatch(/\n {2}… and 12335 more \(--json has 100\)$/);
    expect(describeWarnings({ rejected_values: { count: 3, rows: [row(2)] } })).toEqual([
      "3 values left empty:\n  row 2: 2 values for 3 columns: a,b\n  … and 2 more",
    ]);
  });

  it("keeps a row in its line, and what is in it from the terminal", () => {
    const [text] = describeWarnings({
      rejected_rows: { count: 1, rows: [row(2, "odd", `"\u001b[2J\nsecond ${"x".repeat(100)}`)] },
    });
    expect(text).toBe(`1 row left out:\n  row 2: odd: "\\x1b[2J\\nsecond ${"x".repeat(42)}…`);
  });

  it("tells of files that were left out, and which file a row is of", () => {
    expect(
      describeWarnings({
        skipped_files: {
          count: 101,
          files: Array.from({ length: 100 }, (_, n) => ({ name: `${n}.pdf`, reason: "no" })),
        },
        rejected_rows: { count: 1, rows: [{ ...row(7), file: "b.csv" }] },
      }),
    ).toEqual([
      "1 row left out:\n  row 7 of b.csv: 2 values for 3 columns: a,b",
      `101 files left out:\n${Array.from({ length: 10 }, (_, n) => `  ${n}.pdf: no\n`).join("")}  … and 91 more (--json has 100)`,
    ]);
  });

  it("tells of tables and layers beyond what there may be", () => {
    expect(
      describeWarnings({ rejected_layers: ["roads", "rails"], user_max_layers: 8, max_tables_per_import: 26 }),
    ).toEqual([
      "the map is without the layers roads, rails, of which there may be 8",
      "only the first 26 tables were imported",
    ]);
  });
});
