import fc from "fast-check";
import { loadModule, parseSync } from "libpg-query";
import { beforeAll, describe, expect, test } from "vitest";
import { queryLayer } from "../../../../../test/support/tile-layers.ts";
import type { TileLayer } from "../tiles/tile.ts";
import { aggregateSql } from "./aggregate-sql.ts";
import { worldTile } from "./world-tile.ts";

/** Texts of what ends names, strings and statements. NUL is refused before it gets into SQL. */
const HOSTILE = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', "'", "\\", "$1", "$$", "$t", "$s", "--", "/*", "*/", ";", ")", "!bbox!", "E'", "\n"),
    fc.constantFrom("a", " ", "é", "0"),
  ),
  maxLength: 12,
});

interface Texts {
  output: string;
  column: string;
  dimension: string;
  value: string;
  zone: string;
  geometry: string;
}

/** A layer with each text wherever its options have one; what is before it keeps names from being the same. */
function layerOf({ output, column, dimension, value, zone, geometry }: Texts): TileLayer {
  const of = (aggregate_function: string): object => ({ aggregate_function, aggregated_column: `c${column}` });
  const columns = Object.fromEntries(
    ["count", "avg", "sum", "min", "max", "mode"].map((name) => [`o${name}${output}`, of(name)]),
  );
  const aggregation = {
    columns,
    dimensions: {
      [`d${dimension}`]: `k${column}`,
      [`e${dimension}`]: {
        column: `t${column}`,
        group: { units: "day", count: 3, timezone: `z${zone}`, starting: zone },
      },
      [`f${dimension}`]: { column: `t${column}`, group: { units: "week", timezone: `z${zone}` }, format: "iso" },
    },
    filters: {
      [`omin${output}`]: [{ equal: `v${value}` }, { in: [`a${value}`, `b${value}`], less_than: `v${value}` }],
      [`d${dimension}`]: { not_equal: `v${value}` },
    },
  };
  const names = ["c", "k", "t"].map((name) => `${name}${column}`);
  return {
    layer: queryLayer("select 1", { aggregation: aggregation as object, geomColumn: `g${geometry}` }),
    aggregated: true,
    facts: {
      columns: names.map((name) => ({ name, oid: 23 })),
      allColumns: names,
      dateColumns: [],
      geometryType: "ST_Point",
      estimatedRows: 1,
      rowBytes: 1,
    },
  };
}

/** What PostgreSQL's parser makes of a layer's SQL, but for texts and where they are. */
function shapeOf(texts: Texts): unknown {
  const layer = layerOf(texts);
  const { stmts } = parseSync(aggregateSql(layer, worldTile(layer, "select 1", 3)));
  return JSON.parse(
    JSON.stringify(stmts, (key, value: unknown) =>
      /location|_len$|list_start$|list_end$/.test(key) ? undefined : typeof value === "string" ? "text" : value,
    ),
  );
}

describe("options of an aggregation", () => {
  beforeAll(() => loadModule());

  test("are names and values in its SQL, and nothing else, whatever is in them", () => {
    const plain = shapeOf({ output: "a", column: "b", dimension: "c", value: "d", zone: "e", geometry: "f" });
    expect(plain).toHaveLength(1);
    expect(JSON.stringify(plain)).toContain("SelectStmt");
    fc.assert(
      fc.property(
        fc.record({
          output: HOSTILE,
          column: HOSTILE,
          dimension: HOSTILE,
          value: HOSTILE,
          zone: HOSTILE,
          geometry: HOSTILE,
        }),
        (texts) => {
          expect(shapeOf(texts)).toEqual(plain);
        },
      ),
    );
  });
});
