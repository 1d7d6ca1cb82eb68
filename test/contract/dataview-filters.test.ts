import type { InstantiatedMap } from "@carto-ts/protocol";
import { describe, expect, test } from "vitest";
import { askDataview, dataviewsOf, oneDataview } from "../support/dataviews.ts";
import { decodeTile } from "../support/decode-tile.ts";
import { askMaps, instantiate, postMaps } from "../support/maps.ts";
import { engines, startWorld, type World } from "../support/world.ts";

/** Points of two kinds, from 5 degrees west to 4 degrees east at the equator; one beyond the antimeridian. */
const POINTS = `select i as cartodb_id, case when i % 2 = 0 then 'even' when i < 9 then 'odd' end as kind, i * 10 as n,
  timestamp '2020-01-01' + i * interval '1 day' as at, g as the_geom, st_transform(g, 3857) as the_geom_webmercator
  from generate_series(1, 10) i, lateral (select st_setsrid(st_makepoint(case when i = 10 then 179 else i - 6 end, 0), 4326) as g) p`;

const DATAVIEWS = {
  kinds: { type: "aggregation", options: { column: "kind", aggregation: "count" } },
  sizes: { type: "histogram", options: { column: "n" } },
  times: { type: "histogram", options: { column: "at", aggregation: "day" } },
  rows: { type: "formula", options: { operation: "count" } },
};

const MAP = {
  ...dataviewsOf(POINTS, DATAVIEWS),
  layers: [{ options: { source: { id: "a0" } } }, { options: { sql: POINTS } }],
};

const filtered = (world: World, filters: object): Promise<InstantiatedMap> =>
  instantiate(world, MAP, `&filters=${encodeURIComponent(JSON.stringify(filters))}`);

async function countOf(world: World, map: InstantiatedMap, path = "rows"): Promise<unknown> {
  const { body } = await askDataview<{ result?: number; errors?: string[] }>(world, map, path);
  return body.errors ?? body.result;
}

async function featuresOf(world: World, { layergroupid }: InstantiatedMap): Promise<number[]> {
  const answer = await fetch(`${world.url}/api/v1/map/${layergroupid}/0/0/0.mvt?api_key=${world.masterKey}`);
  const layers = decodeTile(new Uint8Array(await answer.arrayBuffer()));
  return ["layer0", "layer1"].map((id) => layers.find(({ name }) => name === id)?.features.length ?? 0);
}

describe.each(engines)("filters on %s", (engine) => {
  test.each([
    [{ dataviews: { kinds: { accept: ["even"] } } }, 5],
    [{ dataviews: { kinds: { accept: [] } } }, 0],
    [{ dataviews: { kinds: { reject: ["even"] } } }, 4],
    [{ dataviews: { kinds: { reject: [] } } }, 10],
    [{ dataviews: { kinds: { accept: [null] } } }, 1],
    [{ dataviews: { kinds: { accept: ["odd", null], reject: ["none"] } } }, 4],
    [{ dataviews: { kinds: { accept: ["' or true --", "\\"] } } }, 0],
    [{ dataviews: { sizes: { min: 20, max: 40 } } }, 3],
    [{ dataviews: { sizes: { min: 90.5 } } }, 1],
    [{ dataviews: { times: { max: Date.parse("2020-01-04T00:00:00Z") / 1_000 } } }, 3],
    [{ dataviews: { kinds: { accept: ["even"] }, sizes: { min: -5, max: 40 } } }, 2],
    [{ dataviews: { rows: { accept: ["x"] }, nope: { min: 1 } } }, 10],
    [{ analyses: { a0: [{ type: "range", column: "n", min: 20, max: 40 }] } }, 3],
    [{ analyses: { a0: [{ type: "category", column: "kind", params: { accept: ["odd"] } }] } }, 4],
    [{ analyses: { a0: [{ type: "rank", column: "n", rank: "bottom", limit: 2 }] } }, 2],
    [{ analyses: { a0: [{ type: "rank", column: "n", rank: "top", limit: 2, action: "hide" }] } }, 8],
    [{ analyses: { a0: [{ type: "grouped-rank", column: "n", group: "kind", rank: "top", max: 1 }] } }, 3],
    [{ analyses: { nope: [{ type: "rank" }] } }, 10],
    ["no object", 10],
  ])("of %j leave %i rows", async (filters, count) => {
    await using world = await startWorld(engine);
    const map = await filtered(world, filters as object);
    expect(await countOf(world, map)).toBe(count);
    expect((await featuresOf(world, map))[0]).toBe(count);
  });

  test("go for the layers that show the same, and make another map", async () => {
    await using world = await startWorld(engine);
    const all = await instantiate(world, MAP);
    const some = await filtered(world, { dataviews: { kinds: { accept: ["even"] } } });
    expect(await featuresOf(world, all)).toEqual([10, 10]);
    expect(await featuresOf(world, some)).toEqual([5, 10]);
    expect(some.layergroupid).not.toBe(all.layergroupid);
    expect(await countOf(world, all)).toBe(10);
  });

  test("of a dataview go for itself only if it is asked so", async () => {
    await using world = await startWorld(engine);
    const map = await filtered(world, { dataviews: { kinds: { accept: ["even"] }, sizes: { max: 40 } } });
    const counts = async (params: string): Promise<unknown> => {
      const { body } = await askDataview<{ categories: { category: string; value: number }[] }>(
        world,
        map,
        `kinds${params}`,
      );
      return body.categories.map(({ category, value }) => [category, value]);
    };
    expect(await counts("")).toEqual([
      ["even", 2],
      ["odd", 2],
    ]);
    expect(await counts("?own_filter=0")).toEqual(await counts(""));
    expect(await counts("?own_filter=1")).toEqual([["even", 2]]);
    expect(await counts("?no_filters=1")).toEqual([
      ["even", 5],
      ["odd", 4],
    ]);
    const search = async (params: string): Promise<unknown> =>
      (await askDataview(world, map, `kinds/search?q=o${params}`)).body;
    expect(await search("")).toMatchObject({ categories: [{ category: "odd", value: 2 }] });
    expect(await search("&own_filter=1")).toMatchObject({ categories: [] });
  });

  test("are in the body where a URL would be too long, and in named maps", async () => {
    await using world = await startWorld(engine);
    const filters = { dataviews: { kinds: { accept: ["odd"] } } };
    expect(await countOf(world, await instantiate(world, { ...MAP, filters }))).toBe(4);

    await world.carto.maps.named.create({ name: "points", layergroup: MAP });
    const query = `?filters=${encodeURIComponent(JSON.stringify(filters))}`;
    const { body } = await postMaps<InstantiatedMap>(world, `/named/points${query}`, {});
    expect(await askMaps(world, `/${body.layergroupid}/dataview/rows`)).toMatchObject({ body: { result: 4 } });
  });

  test.each([
    [{ dataviews: { kinds: {} } }, "Category filter expects at least one array in accept or reject params"],
    [
      { dataviews: { kinds: { accept: [], reject: [] } } },
      "Category filter expects one value either in accept or reject params when both are provided",
    ],
    [{ dataviews: { sizes: { min: "1; drop table x" } } }, expect.stringMatching(/^Range filter expect to have/)],
    [
      { analyses: { a0: Array.from({ length: 201 }, () => ({ type: "rank", column: "n", limit: 1 })) } },
      "A map may have 200 filters",
    ],
    [{ analyses: { a0: [{ type: "kind" }] } }, expect.stringMatching(/^Unknown filter type: "kind"/)],
  ])("are refused that say nothing, or are too many (%#)", async (filters, message) => {
    await using world = await startWorld(engine);
    const query = `?api_key=${world.masterKey}&filters=${encodeURIComponent(JSON.stringify(filters))}`;
    expect(await postMaps(world, query, MAP)).toMatchObject({
      status: 400,
      body: { errors: [message], errors_with_context: [{ type: "analysis", analysis: { id: "a0", type: "source" } }] },
    });
  });

  test.each([
    ["bbox=-3.5,-1,3.5,1", 7],
    ["bbox=-3.5,-90,3.5,90", 7],
    ["bbox=356.5,-1,363.5,1", 7],
    ["bbox=178,-1,358.5,1", 5],
    ["bbox=-200,-1,200,1", 10],
    ["bbox=-1,10,1,20", 0],
    ['circle={"lat":0,"lng":0,"radius":112000}', 3],
    ['circle={"lat":0,"lng":0,"radius":111000}', 1],
    ['polygon={"type":"Polygon","coordinates":[[[-1.5,-1],[1.5,-1],[1.5,1],[-1.5,1],[-1.5,-1]]]}', 3],
    ['bbox=-0.5,-1,0.5,1&circle={"lat":0,"lng":0,"radius":5000000}', 1],
  ])("of a place, %s, leave %i rows", async (params, count) => {
    await using world = await startWorld(engine);
    expect(await countOf(world, await instantiate(world, MAP), `rows?${encodeURI(params)}`)).toBe(count);
  });

  test("of a place go for searches as well", async () => {
    await using world = await startWorld(engine);
    expect(
      await oneDataview(world, { query: POINTS, ...DATAVIEWS.kinds, params: "/search?q=&bbox=-5.5,-1,-4.5,1" }),
    ).toEqual({ type: "aggregation", categories: [{ category: "odd", value: 1 }] });
  });

  test("of widgets, an older form, are those of dataviews", async () => {
    await using world = await startWorld(engine);
    const widgets = { kinds: DATAVIEWS.kinds, "rows of all": DATAVIEWS.rows };
    const config = { layers: [{ options: { sql: POINTS, widgets } }] };
    const map = await instantiate(world, config);
    const base = `${world.url}/api/v1/map/${map.layergroupid}`;
    expect(map.metadata.layers[0]?.widgets).toEqual({
      kinds: { type: "aggregation", url: { http: `${base}/0/widget/kinds`, https: `${base}/0/widget/kinds` } },
      "rows of all": {
        type: "formula",
        url: { http: `${base}/0/widget/rows%20of%20all`, https: `${base}/0/widget/rows%20of%20all` },
      },
    });
    expect(Object.keys(map.metadata.dataviews)).toEqual(["kinds", "rows of all"]);
    const ask = async (url: string): Promise<unknown> => (await fetch(`${url}api_key=${world.masterKey}`)).json();
    expect(await ask(`${map.metadata.layers[0]?.widgets?.["rows of all"]?.url.http}?`)).toMatchObject({ result: 10 });
    expect(await ask(`${base}/0/widget/kinds/search?q=even&`)).toMatchObject({ categories: [{ value: 5 }] });

    const filters = encodeURIComponent(JSON.stringify({ layers: [{ kinds: { accept: ["even"] } }] }));
    const some = await instantiate(world, config, `&filters=${filters}`);
    expect(await countOf(world, some, "rows of all")).toBe(5);
    expect((await featuresOf(world, some))[0]).toBe(5);
  });
});
