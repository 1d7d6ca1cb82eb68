import type { InstantiatedMap } from "@carto-ts/protocol";
import { describe, expect, test } from "vitest";
import { askDataview } from "../support/dataviews.ts";
import { decodeTile } from "../support/decode-tile.ts";
import { askMaps, instantiate, postMaps } from "../support/maps.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const point = (x: string, y: string): string => `st_setsrid(st_makepoint(${x}, ${y}), 4326)`;
const source = (query: string, id?: string): object => ({ ...(id && { id }), type: "source", params: { query } });

/** Five points on the equator, one each degree: 1 and 2 of kind a, 3 and 4 of b, 5 of none. */
const POINTS = source(
  `select i as cartodb_id, case when i <= 2 then 'a' when i <= 4 then 'b' end as kind, i * 10 as n, ${point("i", "0")} as the_geom,
  st_transform(${point("i", "0")}, 3857) as the_geom_webmercator from generate_series(1, 5) i`,
);

/** Two squares: around the points 1 and 2, and around 4. */
const AREAS = source(
  `select id as cartodb_id, label as "la""bel", st_makeenvelope(x0, -0.5, x1, 0.5, 4326) as the_geom
  from (values (1, 'west', 0.5, 2.5), (2, 'east', 3.5, 4.5), (3, 'none', 20, 21)) as t (id, label, x0, x1)`,
);

const mapOf = (type: string, params: object): object => ({
  layers: [{ options: { source: { id: "a" } } }],
  analyses: [{ id: "a", type, params }],
  dataviews: { rows: { source: { id: "a" }, type: "formula", options: { operation: "count" } } },
});

/** The rows of an analysis as its query in the metadata gives them, by SQL around it. */
async function rowsOf(world: World, type: string, params: object, columns = "*"): Promise<Record<string, unknown>[]> {
  const map = await instantiate(world, mapOf(type, params));
  const { query } = map.metadata.analyses[0]?.nodes["a"] ?? {};
  const { rows } = await world.carto.sql.query(`select ${columns} from (${query}\n) q`);
  return rows;
}

async function featuresOf(world: World, { layergroupid }: InstantiatedMap): Promise<number> {
  const answer = await fetch(`${world.url}/api/v1/map/${layergroupid}/0/0/0.mvt?api_key=${world.masterKey}`);
  expect([200, 204]).toContain(answer.status);
  return decodeTile(new Uint8Array(await answer.arrayBuffer()))[0]?.features.length ?? 0;
}

describe.each(engines)("analyses on %s", (engine) => {
  test.each([
    ["buffer", { source: POINTS, radius: 400_000 }, 5],
    ["buffer", { source: POINTS, radius: 400_000, dissolved: true }, 1],
    ["buffer", { source: POINTS, radius: 1_200_000, isolines: 3 }, 15],
    ["buffer", { source: POINTS, radius: 1_200_000, isolines: 3, dissolved: true }, 3],
    ["filter-category", { source: POINTS, column: "kind", accept: ["a"] }, 2],
    ["filter-range", { source: POINTS, column: "n", greater_than: 10, less_than_or_equal: 40 }, 3],
    ["filter-rank", { source: POINTS, column: "n", rank: "top", limit: 2 }, 2],
    ["filter-rank", { source: POINTS, column: "n", rank: "top", limit: 2, action: "hide" }, 3],
    ["filter-grouped-rank", { source: POINTS, column: "n", rank: "bottom", group: "kind", max: 1 }, 3],
    [
      "filter-by-node-column",
      { source: POINTS, column: "cartodb_id", filter_source: AREAS, filter_column: "cartodb_id" },
      3,
    ],
    ["intersection", { source: AREAS, target: POINTS }, 3],
    ["aggregate-intersection", { source: AREAS, target: POINTS, aggregate_function: "count" }, 2],
    ["point-in-polygon", { points_source: POINTS, polygons_source: AREAS }, 3],
    [
      "merge",
      { left_source: POINTS, right_source: AREAS, left_source_column: "cartodb_id", right_source_column: "cartodb_id" },
      3,
    ],
    ["centroid", { source: POINTS, category_column: "kind" }, 3],
    ["weighted-centroid", { source: POINTS, weight_column: "n" }, 1],
    ["convex-hull", { source: AREAS }, 1],
    ["concave-hull", { source: AREAS, target_percent: 0.9 }, 1],
    ["bounding-box", { source: POINTS }, 1],
    ["bounding-circle", { source: AREAS }, 1],
    ["georeference-long-lat", { source: POINTS, longitude: "cartodb_id", latitude: "n" }, 5],
  ])("%s shows its rows (%#)", async (type, params, count) => {
    await using world = await startWorld(engine);
    const map = await instantiate(world, mapOf(type, params));
    expect(await featuresOf(world, map)).toBe(count);
    expect((await askDataview(world, map, "rows")).body).toMatchObject({ result: count });
  });

  test("buffers are of metres, and keep columns", async () => {
    await using world = await startWorld(engine);
    const area = "round((st_area(the_geom::geography) / 1000000)::numeric, 1)::float as km2";
    expect(await rowsOf(world, "buffer", { source: POINTS, radius: 1000 }, `cartodb_id, kind, n, ${area}`)).toEqual(
      [1, 2, 3, 4, 5].map((id) => ({
        cartodb_id: id,
        kind: id <= 2 ? "a" : id <= 4 ? "b" : null,
        n: id * 10,
        km2: 3.1,
      })),
    );
    const rings = await rowsOf(
      world,
      "buffer",
      { source: POINTS, radius: 900, isolines: 3 },
      "cartodb_id, data_range, n, st_x(center) as x",
    );
    expect(rings.filter(({ n }) => n === 20).map(({ data_range: range }) => range)).toEqual([900, 600, 300]);
    expect(new Set(rings.map(({ cartodb_id: id }) => id)).size).toBe(15);
  });

  test("intersections have columns of both", async () => {
    await using world = await startWorld(engine);
    const rows = await rowsOf(world, "intersection", { source: AREAS, target: POINTS, source_columns: ['"la""bel"'] });
    expect(rows).toMatchObject([
      { cartodb_id: 1, n: 10, 'source_la"bel': "west" },
      { cartodb_id: 2, n: 20, 'source_la"bel': "west" },
      { cartodb_id: 4, n: 40, 'source_la"bel': "east" },
    ]);
    expect(Object.keys((await rowsOf(world, "intersection", { source: AREAS, target: POINTS }))[0] ?? {})).toEqual(
      expect.arrayContaining(["source_cartodb_id", 'source_la"bel']),
    );
  });

  test("aggregate intersections count and sum what meets each area", async () => {
    await using world = await startWorld(engine);
    const params = { source: AREAS, target: POINTS };
    expect(
      await rowsOf(
        world,
        "aggregate-intersection",
        { ...params, aggregate_function: "count" },
        `"la""bel" as label, count_vals, count_vals_density > 0 as dense`,
      ),
    ).toEqual([
      { label: "west", count_vals: 2, dense: true },
      { label: "east", count_vals: 1, dense: true },
    ]);
    expect(
      await rowsOf(
        world,
        "aggregate-intersection",
        { ...params, aggregate_function: "sum", aggregate_column: "n" },
        "sum_n",
      ),
    ).toEqual([{ sum_n: 30 }, { sum_n: 40 }]);
  });

  test("merges put columns side by side", async () => {
    await using world = await startWorld(engine);
    const params = {
      left_source: POINTS,
      right_source: AREAS,
      left_source_column: "cartodb_id",
      right_source_column: "cartodb_id",
      join_operator: "left",
      right_source_columns: ['"la""bel"'],
    };
    expect(await rowsOf(world, "merge", params, 'cartodb_id, _cartodb_id, n, "right_la""bel" as label')).toEqual(
      [1, 2, 3, 4, 5].map((id) => ({
        cartodb_id: id,
        _cartodb_id: id,
        n: id * 10,
        label: ["west", "east", "none"][id - 1] ?? null,
      })),
    );
    expect(
      await rowsOf(
        world,
        "merge",
        { ...params, source_geometry: "right_source", left_source_columns: ["n"] },
        "distinct geometrytype(the_geom) as type",
      ),
    ).toEqual(expect.arrayContaining([{ type: "POLYGON" }]));
  });

  test("grouped geometries have a value for each category", async () => {
    await using world = await startWorld(engine);
    const params = { source: POINTS, category_column: "kind" };
    expect(await rowsOf(world, "centroid", params, "category, value, st_x(the_geom) as x")).toEqual(
      expect.arrayContaining([
        { category: "a", value: 2, x: 1.5 },
        { category: "b", value: 2, x: 3.5 },
        { category: null, value: 1, x: 5 },
      ]),
    );
    expect(
      await rowsOf(
        world,
        "weighted-centroid",
        { ...params, weight_column: "n" },
        "category, round(st_x(the_geom)::numeric, 4)::float as x",
      ),
    ).toEqual(expect.arrayContaining([{ category: "a", x: 1.6667 }]));
    expect(
      await rowsOf(world, "convex-hull", { ...params, aggregation: "sum", aggregation_column: "n" }, "category, sum_n"),
    ).toEqual(expect.arrayContaining([{ category: "b", sum_n: 70 }]));
    expect(await rowsOf(world, "bounding-box", params, "count_vals")).toHaveLength(3);
  });

  test("are built upon each other, and each may be shown", async () => {
    await using world = await startWorld(engine);
    const near = { id: "a1", type: "buffer", params: { source: { ...POINTS, id: "a0" }, radius: 400_000 } };
    const few = { id: "a2", type: "filter-range", params: { source: near, column: "n", max: 20 } };
    const config = {
      layers: ["a0", "a1", "a2"].map((id) => ({ id, options: { source: { id } } })),
      analyses: [few],
      dataviews: {
        kinds: { source: { id: "a0" }, type: "aggregation", options: { column: "kind", aggregation: "count" } },
      },
    };
    const map = await instantiate(world, config);
    expect(Object.keys(map.metadata.analyses[0]?.nodes ?? {})).toEqual(["a0", "a1", "a2"]);
    const counts = async ({ layergroupid }: InstantiatedMap): Promise<unknown> => {
      const answer = await fetch(`${world.url}/api/v1/map/${layergroupid}/0/0/0.mvt?api_key=${world.masterKey}`);
      return decodeTile(new Uint8Array(await answer.arrayBuffer())).map(({ name, features }) => [
        name,
        features.length,
      ]);
    };
    expect(await counts(map)).toEqual([
      ["a0", 5],
      ["a1", 5],
      ["a2", 2],
    ]);
    const filters = { dataviews: { kinds: { accept: ["b"] } } };
    const { layergroupid } = await instantiate(world, { ...config, filters });
    expect(await counts({ layergroupid } as InstantiatedMap)).toEqual([
      ["a0", 2],
      ["a1", 2],
    ]);
  });

  test("follow their tables, also where those get other columns", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query(`create table spots as select 1 as cartodb_id, 5 as n, ${point("1", "1")} as the_geom`);
    const map = await instantiate(world, mapOf("buffer", { source: source("select * from spots"), radius: 400_000 }));
    expect(await featuresOf(world, map)).toBe(1);
    await world.carto.sql.query("alter table spots drop n; alter table spots add m int; update spots set m = 7");
    const answer = await fetch(`${world.url}/api/v1/map/${map.layergroupid}/0/0/0.mvt?api_key=${world.masterKey}`);
    const [layer] = decodeTile(new Uint8Array(await answer.arrayBuffer()));
    expect(layer?.features[0]?.properties).toEqual({ cartodb_id: 1, m: 7 });
  });

  test("that are a query alone anybody may have made; others need a key", async () => {
    await using world = await startWorld(engine);
    const config = { ...mapOf("source", {}), analyses: [{ ...POINTS, id: "a" }] };
    expect((await postMaps(world, "", config)).status).toBe(200);
    const message = "Analysis requires authentication with API key: permission denied.";
    expect(await postMaps(world, "", mapOf("buffer", { source: POINTS, radius: 1 }))).toMatchObject({
      status: 403,
      body: {
        errors: [message],
        errors_with_context: [{ type: "analysis", message, analysis: { id: "a", type: "buffer" } }],
      },
    });
  });

  test("of named maps have no queries in the answer, and need no key", async () => {
    await using world = await startWorld(engine);
    await world.carto.maps.named.create({
      name: "near",
      layergroup: mapOf("buffer", { source: POINTS, radius: 5 }) as never,
    });
    const { status, body } = await postMaps<InstantiatedMap>(world, "/named/near", {});
    expect([status, body.metadata.analyses[0]?.nodes["a"]]).toEqual([
      200,
      { status: "ready", url: { http: expect.any(String), https: expect.any(String) } },
    ]);
  });

  test.each([
    ["select * from nope_table", 404, 'relation "nope_table" does not exist'],
    ["select 1 1", 400, 'syntax error at or near "1"'],
    ["select 1; drop table x", 400, expect.stringMatching(/^syntax error at or near ";"|one SELECT/)],
    ["with d as (delete from x returning 1) select * from d", 400, expect.any(String)],
    ["select * from pg_sleep(0), nowhere()", 400, "function nowhere() does not exist"],
  ])("of %s are refused", async (query, status, message) => {
    await using world = await startWorld(engine);
    const config = { layers: [], analyses: [source(query, "a0")] };
    expect(await postMaps(world, `?api_key=${world.masterKey}`, config)).toMatchObject({
      status,
      body: { errors: [message], errors_with_context: [{ type: "analysis", analysis: { id: "a0", type: "source" } }] },
    });
  });

  test("tell the state of each, and have no catalogue", async () => {
    await using world = await startWorld(engine);
    const map = await instantiate(world, mapOf("buffer", { source: POINTS, radius: 1 }));
    const url = String(map.metadata.analyses[0]?.nodes["a"]?.url.http);
    const answer = await fetch(`${url}?api_key=${world.masterKey}`);
    expect([answer.headers.get("cache-control"), await answer.json()]).toEqual([
      "public,max-age=5",
      { node_id: url.split("/").at(-1), status: "ready", updated_at: "1970-01-01T00:00:00.000Z" },
    ]);
    const unknown = await askMaps(world, `/${map.layergroupid}/analysis/node/abc?api_key=${world.masterKey}`);
    expect(unknown.body).toEqual({ node_id: "abc", status: "unknown" });
    expect((await askMaps(world, `/analyses/catalog?api_key=${world.masterKey}`)).body).toEqual({ catalog: [] });
    expect(await askMaps(world, "/analyses/catalog")).toMatchObject({
      status: 401,
      body: { errors: ["Unauthorized"] },
    });
  });
});
