import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../../../../test/support/engine.ts";
import { aggregatedTile, pointLayer, rowsOf } from "../../../../../test/support/layer-rows.ts";
import { engines } from "../../../../../test/support/world.ts";
import type { TileAddress, TileLayer } from "../tiles/tile.ts";
import { aggregateSql, cellsAtMost } from "./aggregate-sql.ts";

const WORLD: TileAddress = { z: 0, x: 0, y: 0 };

describe.each(engines)("cells on %s", (id) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(id);
    await database.run(`create table many as select i as cartodb_id, (i * 7919) % 101 as value,
      public.ST_SetSRID(public.ST_MakePoint(sin(i * i) * 3e6, cos(i * 3 + i % 7) * 3e6), 3857) as the_geom_webmercator
      from generate_series(1, 3000) as i`);
  });
  afterAll(() => database?.[Symbol.asyncDispose]());

  const layerOf = (aggregation: unknown, sql: string): Promise<TileLayer> =>
    pointLayer(database, sql, { aggregation: aggregation as object });

  /** Rows of a tile, with the point in metres. */
  const aggregate = (layer: TileLayer, address: TileAddress, buffer = 0): Promise<Record<string, unknown>[]> =>
    rowsOf(
      database,
      `select *, ST_X(the_geom_webmercator) as px, ST_Y(the_geom_webmercator) as py
        from (${aggregateSql(layer, aggregatedTile(layer, address, buffer))}) as a order by 1`,
    );

  test.each([[1], [3], [0.5], [256]])(
    "of tiles without a buffer have each point once, resolution %d",
    async (resolution) => {
      const layer = await layerOf({ resolution, columns: {} }, "select * from many");
      const whole = await aggregate(layer, WORLD, 256);
      const tiles = await Promise.all([0, 1].flatMap((x) => [0, 1].map((y) => aggregate(layer, { z: 1, x, y }))));
      const count = (rows: Record<string, unknown>[]): number =>
        rows.reduce((sum, row) => sum + Number(row["_cdb_feature_count"]), 0);
      expect(count(whole)).toBe(3000);
      const ids = tiles.flat().map((row) => row["cartodb_id"]);
      expect(new Set(ids).size).toBe(ids.length);
      // Cells of three pixels don't end where tiles do, so that some are in none.
      if (resolution !== 3) expect(count(tiles.flat())).toBe(3000);
    },
  );

  test("of neighbouring tiles agree on every cell that both have", async () => {
    const layer = await layerOf(
      {
        resolution: 3,
        placement: "point-grid",
        columns: { s: { aggregate_function: "sum", aggregated_column: "value" } },
      },
      "select * from many",
    );
    const [left = [], right = []] = await Promise.all([15, 16].map((x) => aggregate(layer, { z: 5, x, y: 15 }, 100)));
    const byPlace = new Map(left.map((row) => [`${row["px"]} ${row["py"]}`, row]));
    const shared = right.filter((row) => byPlace.has(`${row["px"]} ${row["py"]}`));
    expect(shared.length).toBeGreaterThan(10);
    for (const row of shared) expect(row).toEqual(byPlace.get(`${row["px"]} ${row["py"]}`));
  });

  test("of neighbouring tiles agree to the last bit far from the middle of the world", async () => {
    const z = 22;
    // As rounding has it, the edges of this tile are farther from each other than those of the next one.
    const [x, y] = [4_150_010, 12_345];
    const corner = (tile: number): number => (tile * 40_075_016.685578488) / 2 ** z - 20_037_508.342789244;
    const sql = `select i as cartodb_id, ST_SetSRID(ST_MakePoint(${corner(x)} + i % 40 / 2.0, ${-corner(y)} - i / 60.0), 3857)
      as the_geom_webmercator from generate_series(0, 599) as i`;
    const layer = await pointLayer(database, sql, { aggregation: { placement: "point-grid", resolution: 3 } });
    const [left, right] = await Promise.all(
      [x, x + 1].map((column) =>
        rowsOf(
          database,
          `select cartodb_id, _cdb_feature_count as n, ST_X(the_geom_webmercator) as x, ST_Y(the_geom_webmercator) as y
            from (${aggregateSql(layer, aggregatedTile(layer, { z, x: column, y }, 128))}) as a`,
        ),
      ),
    );
    const cells = new Set(left?.map((row) => JSON.stringify(row)));
    const byId = new Set(left?.map((row) => row["cartodb_id"]));
    const shared = right?.filter((row) => byId.has(row["cartodb_id"])) ?? [];
    expect(shared.length).toBeGreaterThan(100);
    expect(shared.filter((row) => !cells.has(JSON.stringify(row)))).toEqual([]);
  });

  test("keep their cells at zooms where a pixel is less than a millimetre", async () => {
    const layer = await layerOf(
      { columns: {} },
      `select 1 as cartodb_id, ST_SetSRID(ST_MakePoint(20037508.3, 20037508.3), 3857) as the_geom_webmercator`,
    );
    const rows = await aggregate(layer, { z: 30, x: 2 ** 30 - 2, y: 1 }, 64);
    expect(rows.map(({ cartodb_id }) => cartodb_id)).toEqual([1]);
  });
});

test("a tile has at most as many cells as fit into it and its buffer", () => {
  expect(cellsAtMost(1, 0)).toBe(65_536);
  expect(cellsAtMost(1, 64)).toBe(147_456);
  expect(cellsAtMost(4, 64)).toBe(9_216);
  expect(cellsAtMost(3, 0)).toBe(7_225);
  expect(cellsAtMost(512, 0)).toBe(0);
});
