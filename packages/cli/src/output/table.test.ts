import { describe, expect, it } from "vitest";
import type { Cell } from "./cell.ts";
import { PLAIN } from "./style.ts";
import { createTable, type TableColumn, type TableOptions } from "./table.ts";
import { displayWidth } from "./width.ts";

const style = PLAIN;
const columns: TableColumn[] = [
  { name: "id", align: "end" },
  { name: "name", align: "start" },
];

function draw(cols: readonly TableColumn[], rows: Cell[][], options: Partial<TableOptions> = {}): string {
  const table = createTable(cols, rows, { style, ...options });
  return table.head + rows.map(table.line).join("") + table.foot;
}

describe("createTable", () => {
  it("draws a box, numbers to the right", () => {
    expect(
      draw(columns, [
        ["1", "Madrid"],
        ["1000", null],
      ]),
    ).toBe(
      `┌──────┬────────┐
│   id │ name   │
├──────┼────────┤
│    1 │ Madrid │
│ 1000 │ NULL   │
└──────┴────────┘
`,
    );
  });

  it("keeps the border straight beside wide, combined and emoji characters", () => {
    const lines = draw(columns, [
      ["1", "東京"],
      ["2", "Ma\u0301laga"],
      ["3", "👨‍👩‍👧 family"],
    ])
      .trimEnd()
      .split("\n");
    expect(new Set(lines.map(displayWidth)).size).toBe(1);
  });

  it("never lets data reach the terminal as commands", () => {
    const text = draw([{ name: "n\u001b[2J", align: "start" }], [["\u001b]52;c;ZXZpbA==\u0007\nnext"]]);
    expect(text).toContain("n\\x1b[2J");
    expect(text).toContain("\\x1b]52;c;ZXZpbA==\\x07\\nnext");
    expect(text).not.toContain("\u001b");
  });

  it("trims the widest columns to the terminal", () => {
    const text = draw(columns, [["1", "a very long name indeed, longer than the screen"]], { width: 30 });
    expect(text.split("\n").map(displayWidth)).toEqual([30, 30, 30, 30, 30, 0]);
    expect(text).toContain("a very long name ind…");
  });

  it("leaves columns out when they can't be narrower, and says so", () => {
    const many = Array.from({ length: 20 }, (_, at): TableColumn => ({ name: `column_${at}`, align: "start" }));
    const rows = [many.map(() => "a value that is long")];
    const table = createTable(many, rows, { style, width: 60 });
    expect(table.hidden).toBe(15);
    expect(table.line(rows[0] ?? [])).toMatch(/ … │\n$/);
    expect(displayWidth(table.foot.trimEnd())).toBeLessThanOrEqual(60);
  });

  it("cuts nothing without a terminal's width", () => {
    const long = "x".repeat(500);
    expect(draw(columns, [["1", long]])).toContain(long);
  });

  it("trims a geometry of megabytes without measuring all of it", () => {
    const started = performance.now();
    draw(columns, [["1", "é".repeat(5_000_000)]], { width: 80 });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it("leaves the header out when told", () => {
    expect(draw(columns, [["1", "x"]], { header: false })).toBe("┌───┬───┐\n│ 1 │ x │\n└───┴───┘\n");
  });
});
