import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askMaps, instantiate } from "../support/maps.ts";
import { engines, startWorld, type World } from "../support/world.ts";

interface Grid {
  grid: string[];
  keys: string[];
  data: Record<string, object>;
}

const EMPTY_ROWS = Array.from({ length: 64 }, () => " ".repeat(64));

const layerOf = (options: object): object => ({
  version: "1.8.0",
  layers: [
    {
      type: "mapnik",
      options: {
        sql: "select * from spots",
        cartocss: "#l { marker-width: 20; marker-allow-overlap: true; }",
        cartocss_version: "3.0.12",
        ...options,
      },
    },
  ],
});

/** The key of a grid's cell. */
function keyAt({ grid, keys }: Grid, x: number, y: number): string | undefined {
  const code = grid[y]?.codePointAt(x) ?? 32;
  return keys[code - 32 - (code >= 93 ? 1 : 0) - (code >= 35 ? 1 : 0)];
}

describe.each(engines)("grids on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(engine);
    await world.carto.sql.query(`
      create table spots as select n as cartodb_id, 'n' || n as name, n + 0.5 as size, n / 4.0::float8 as part, n > 1 as big,
        date '2024-01-01' + n as day, null::text as nothing,
        ST_SetSRID(ST_MakePoint(0, (n - 2) * 5009377), 3857) as the_geom_webmercator from generate_series(1, 3) n`);
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  async function grid(options: object, path = "0/0/0/0.grid.json"): Promise<{ status: number; body: Grid }> {
    const { layergroupid } = await instantiate(world, layerOf(options));
    return askMaps<Grid>(world, `/${layergroupid}/${path}?api_key=${world.masterKey}`);
  }

  test("have the features where they are, with the values that were asked for", async () => {
    const { body } = await grid({ interactivity: "cartodb_id,name" });
    expect([body.grid.length, new Set(body.grid.map((row) => row.length))]).toEqual([64, new Set([64])]);
    const [south, middle, north] = [40, 32, 24].map((y) => keyAt(body, 32, y) ?? "");
    expect([south, middle, north].map((key) => body.data[key ?? ""])).toEqual([
      { cartodb_id: 1, name: "n1" },
      { cartodb_id: 2, name: "n2" },
      { cartodb_id: 3, name: "n3" },
    ]);
    expect(keyAt(body, 5, 5)).toBe("");
    expect(body.keys.toSorted()).toEqual(["", "1", "2", "3"]);
  });

  test("have values of every type", async () => {
    const options = { sql: "select * from spots where cartodb_id = 2", interactivity: "size,part,big,day,nothing" };
    const { body } = await grid(options);
    expect(Object.values(body.data)).toEqual([{ size: 2.5, part: 0.5, big: true, day: "2024-01-03", nothing: null }]);
  });

  test("have numbers for dates where the layer says so", async () => {
    const sql = "select * from spots where cartodb_id = 2";
    const { body } = await grid({ sql, interactivity: "day", dates_as_numbers: true });
    expect(Object.values(body.data)).toEqual([{ day: 1_704_240_000 }]);
  });

  test("have what is made of points that are aggregated", async () => {
    const columns = { total: { aggregate_function: "sum", aggregated_column: "cartodb_id" } };
    const aggregation = { threshold: 1, resolution: 128, columns };
    const { body } = await grid({ aggregation, interactivity: "total" });
    const totals = Object.values(body.data).map((values) => (values as { total: number }).total);
    expect(totals.reduce((sum, total) => sum + total, 0)).toBe(6);
  });

  test("of nothing are empty", async () => {
    const { status, body } = await grid({ interactivity: "cartodb_id" }, "0/8/3/3.grid.json");
    expect([status, body]).toEqual([200, { grid: EMPTY_ROWS, keys: [""], data: {} }]);
  });

  test("are of one layer that has interactivity", async () => {
    expect(await grid({})).toMatchObject({ status: 400, body: { errors: ["Tileset has no interactivity"] } });
  });

  test("come as JSONP too", async () => {
    const { layergroupid } = await instantiate(world, layerOf({ interactivity: "cartodb_id" }));
    const url = `${world.url}/api/v1/map/${layergroupid}/0/0/0/0.grid.json?callback=grid&api_key=${world.masterKey}`;
    const answer = await fetch(url);
    expect(answer.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(await answer.text()).toMatch(/^\/\*\*\/ typeof grid === 'function' && grid\(\{"grid":\[/);
  });
});
