import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../../../../test/support/engine.ts";
import { aggregatedTile, pointLayer, rowsOf } from "../../../../../test/support/layer-rows.ts";
import { engines } from "../../../../../test/support/world.ts";
import type { TileAddress, TileLayer } from "../tiles/tile.ts";
import { aggregatedColumns, aggregateSql } from "./aggregate-sql.ts";

const WORLD: TileAddress = { z: 0, x: 0, y: 0 };
/** Metres of a pixel at zoom 0. */
const PIXEL = 156_543.033928041;

/** Two points in the cell 0, 0 of zoom 0, one in 1, 0, and one in the cell -1, -1. */
const POINTS = `create table pts as
  select id as cartodb_id, x * ${PIXEL} as x, y * ${PIXEL} as y, kind, value::int,
    public.ST_SetSRID(public.ST_MakePoint(x * ${PIXEL}, y * ${PIXEL}), 3857) as the_geom_webmercator
  from (values (4, 0.25, 0.5, 'a', 10), (3, 0.75, 0.5, 'b', 20), (2, 1.5, 0.5, 'a', 3), (1, -0.5, -0.5, null, 4))
    as v (id, x, y, kind, value)`;

describe.each(engines)("aggregated rows on %s", (id) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(id);
    await database.run(POINTS);
    await database.run(`create table named as select 1 as cartodb_id, 5 as "a""b$1", 'x' as "$t;--", 6 as "Mixed",
      public.ST_SetSRID(public.ST_MakePoint(1, 1), 3857) as "the ""geom"`);
  });
  afterAll(() => database?.[Symbol.asyncDispose]());

  const layerOf = (aggregation: unknown, sql = "select * from pts"): Promise<TileLayer> =>
    pointLayer(database, sql, { aggregation: aggregation as object });

  /** Rows of a tile by id, with the point in pixels of zoom 0. */
  async function aggregate(layer: TileLayer, address = WORLD, buffer = 0): Promise<Record<string, unknown>[]> {
    const q = aggregateSql(layer, aggregatedTile(layer, address, buffer));
    return rowsOf(
      database,
      `select ${aggregatedColumns(layer)
        .map(({ name }) => `"${name.replaceAll('"', '""')}"`)
        .join(", ")},
        round((ST_X(g) / ${PIXEL})::numeric, 4) as px, round((ST_Y(g) / ${PIXEL})::numeric, 4) as py
        from (select *, "${layer.layer.geomColumn.replaceAll('"', '""')}" as g from (${q}) as a) as b order by 1, 2, 3, 4`,
    );
  }

  test("are the rows with the least ids, all columns of them, where nothing else is asked for", async () => {
    expect(
      await aggregate(await layerOf(true, "select cartodb_id, kind, value, the_geom_webmercator from pts")),
    ).toEqual([
      { cartodb_id: 1, _cdb_feature_count: 1, kind: null, value: 4, px: -0.5, py: -0.5 },
      { cartodb_id: 2, _cdb_feature_count: 1, kind: "a", value: 3, px: 1.5, py: 0.5 },
      { cartodb_id: 3, _cdb_feature_count: 2, kind: "b", value: 20, px: 0.75, py: 0.5 },
    ]);
  });

  test("are the same in a layer that is not aggregated, whatever it says, for it is only merged", async () => {
    const layer = { ...(await layerOf({ placement: "centroid", resolution: 8 })), aggregated: false };
    expect((await aggregate(layer)).map(({ cartodb_id, value }) => [cartodb_id, value])).toEqual([
      [1, 4],
      [2, 3],
      [3, 20],
    ]);
  });

  test.each([
    ["centroid", [-0.5, -0.5, 0.5, 0.5, 1.5, 0.5]],
    ["point-grid", [-0.5, -0.5, 0.5, 0.5, 1.5, 0.5]],
    ["point-sample", [-0.5, -0.5, 0.75, 0.5, 1.5, 0.5]],
  ])("are placed by %s, with the count alone", async (placement, points) => {
    const rows = await aggregate(await layerOf({ placement }));
    expect(rows.map(({ cartodb_id, _cdb_feature_count }) => [cartodb_id, _cdb_feature_count])).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
    ]);
    const sorted = rows.toSorted((a, b) => Number(a["px"]) - Number(b["px"]));
    expect(sorted.flatMap(({ px, py }) => [px, py])).toEqual(points);
    expect(Object.keys(rows[0] ?? {})).toEqual(["cartodb_id", "_cdb_feature_count", "px", "py"]);
  });

  test("have columns made of all rows of a cell", async () => {
    const of = (aggregate_function: string, aggregated_column = "value"): object => ({
      aggregate_function,
      aggregated_column,
    });
    const layer = await layerOf({
      resolution: 2,
      placement: "centroid",
      columns: {
        n: of("count", "kind"),
        all: of("count", "*"),
        mean: of("avg"),
        total: of("sum"),
        low: of("min", "kind"),
        high: of("max"),
        often: of("mode", "KIND"),
      },
    });
    expect(aggregatedColumns(layer).map(({ name, oid }) => `${name} ${oid}`)).toEqual([
      "cartodb_id 23",
      "_cdb_feature_count 20",
      "n 20",
      "all 20",
      "mean 701",
      "total 20",
      "low 25",
      "high 23",
      "often 25",
    ]);
    expect(await aggregate(layer)).toEqual([
      {
        cartodb_id: 1,
        _cdb_feature_count: 1,
        n: 0,
        all: 1,
        mean: 4,
        total: 4,
        low: null,
        high: 4,
        often: null,
        px: -0.5,
        py: -0.5,
      },
      {
        cartodb_id: 2,
        _cdb_feature_count: 3,
        n: 3,
        all: 3,
        mean: 11,
        total: 33,
        low: "a",
        high: 20,
        often: "a",
        px: 0.8333,
        py: 0.5,
      },
    ]);
  });

  test("are one a cell and value of the dimensions", async () => {
    const rows = await aggregate(await layerOf({ resolution: 2, dimensions: { what: "kind" } }));
    expect(rows.map(({ cartodb_id, what, _cdb_feature_count }) => [cartodb_id, what, _cdb_feature_count])).toEqual([
      [1, null, 1],
      [2, "a", 2],
      [3, "b", 1],
    ]);
  });

  test.each([
    [{ total: { greater_than: 3 } }, [1, 3]],
    [{ total: { greater_than_or_equal_to: 3.5, less_than_or_equal_to: 30 } }, [1, 3]],
    [{ total: { less_than: 4 } }, [2]],
    [{ total: { equal: 30 } }, [3]],
    [{ total: { equal: "30" } }, [3]],
    [{ total: { not_equal: 30 } }, [1, 2]],
    [{ total: { in: [3, 4] } }, [1, 2]],
    [{ total: { in: [] } }, []],
    [{ total: { not_in: [3, 4] } }, [3]],
    [{ total: [{ equal: 3 }, { equal: 4 }] }, [1, 2]],
    [{ total: [{ equal: 3 }, { equal: 4 }], least: { equal: "a" } }, [2]],
    [{ least: { not_in: ["a' OR true --", "b\\"] } }, [2, 3]],
    [{ least: { equal: 5 } }, []],
  ])("that pass %j are left, asked after the grouping", async (filters, ids) => {
    const columns = {
      total: { aggregate_function: "sum", aggregated_column: "value" },
      least: { aggregate_function: "min", aggregated_column: "kind" },
    };
    const rows = await aggregate(await layerOf({ columns, filters }));
    expect(rows.map(({ cartodb_id }) => cartodb_id)).toEqual(ids);
  });

  test("can be filtered by a dimension", async () => {
    const rows = await aggregate(await layerOf({ dimensions: { what: "kind" }, filters: { what: { in: ["b"] } } }));
    expect(rows).toEqual([{ cartodb_id: 3, _cdb_feature_count: 1, what: "b", px: 0.75, py: 0.5 }]);
  });

  test.each([[false], [true]])("have times as dimensions, dates as numbers: %j", async (datesAsNumbers) => {
    const at =
      "select cartodb_id, the_geom_webmercator, timestamptz '2007-02-15' + cartodb_id * interval '1 day' as at from pts";
    const wrapped = `select cartodb_id, the_geom_webmercator, date_part('epoch', at) as at from (${at}) as q`;
    const dimensions = {
      day: { column: "at", group: { units: "dayOfMonth" } },
      month: { column: "at", group: { units: "month" }, format: "iso" },
    };
    const layer = await pointLayer(database, at, {
      datesAsNumbers,
      aggregation: { resolution: 2, dimensions } as object,
    });
    const source = datesAsNumbers ? wrapped : at;
    expect(
      aggregatedColumns(layer)
        .map(({ name, oid }) => `${name} ${oid}`)
        .slice(2),
    ).toEqual(["day 701", "month 25"]);
    const q = aggregateSql(layer, { ...aggregatedTile(layer, WORLD), source });
    expect(await rowsOf(database, `select cartodb_id, day, month from (${q}) as a order by 1`)).toEqual(
      [1, 2, 3, 4].map((cartodb_id) => ({ cartodb_id, day: 15 + cartodb_id, month: "2007-02" })),
    );
    const whole = await pointLayer(database, at, { datesAsNumbers });
    expect(
      aggregatedColumns(whole)
        .map(({ name }) => name)
        .includes("at"),
    ).toBe(datesAsNumbers);
  });

  test("of geometries in degrees are cells of EPSG:3857 as well", async () => {
    const sql = "select cartodb_id, value, ST_Transform(the_geom_webmercator, 4326) as the_geom from pts";
    const layer = await pointLayer(database, sql, { aggregation: true, geomColumn: "the_geom", srid: 4326 });
    expect((await aggregate(layer)).map(({ cartodb_id, px, py }) => [cartodb_id, px, py])).toEqual([
      [1, -0.5, -0.5],
      [2, 1.5, 0.5],
      [3, 0.75, 0.5],
    ]);
  });

  test("can have names with quotes, dollar signs and capitals", async () => {
    const columns = {
      'o"ut$2': { aggregate_function: "sum", aggregated_column: 'a"b$1' },
      $s: { aggregate_function: "max", aggregated_column: '"$t;--"' },
      m: { aggregate_function: "max", aggregated_column: "Mixed" },
    };
    const layer = await pointLayer(database, "select * from named -- the end", {
      aggregation: { columns, dimensions: { "!bbox!": "$t;--" } } as object,
      geomColumn: 'the "geom',
    });
    expect(await aggregate(layer)).toMatchObject([{ 'o"ut$2': 5, $s: "x", m: 6, "!bbox!": "x" }]);
    const whole = await pointLayer(database, "select * from named", { geomColumn: 'the "geom' });
    expect(await aggregate(whole)).toMatchObject([{ 'a"b$1': 5, "$t;--": "x", Mixed: 6 }]);
  });

  test("tell a column that does not exist", async () => {
    const layer = await layerOf({ columns: { a: { aggregate_function: "max", aggregated_column: "nope" } } });
    await expect(aggregate(layer)).rejects.toThrow('column "nope" does not exist');
  });

  test("leave out columns that no vector tile holds, and those that there are twice", async () => {
    const layer = await layerOf(true, "select a.*, b.value, now() as at from pts a join pts b using (cartodb_id)");
    expect(aggregatedColumns(layer).map(({ name }) => name)).toEqual([
      "cartodb_id",
      "_cdb_feature_count",
      "x",
      "y",
      "kind",
    ]);
  });
});
