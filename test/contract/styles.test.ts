import type { InstantiatedMap } from "@carto-ts/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instantiate, postMaps } from "../support/maps.ts";
import { engines, startWorld, type World } from "../support/world.ts";

interface Style {
  cartocss: string;
  sql?: string;
  options?: object;
}

const styled = (...layers: readonly (Style | string)[]): object => ({
  version: "1.8.0",
  layers: layers.map((given) => {
    const {
      sql = "select * from cities",
      cartocss,
      options = {},
    } = typeof given === "string" ? { cartocss: given } : given;
    return { type: "mapnik", options: { sql, cartocss, cartocss_version: "3.0.12", ...options } };
  }),
});

const ramp = (args: string): string => `#l { marker-fill: ramp(${args}); }`;

describe.each(engines)("styles on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(engine);
    await world.carto.sql.query(`
      create table cities as select n as cartodb_id, n as pop, n::numeric / 2 as half, chr(96 + n % 3 + 1) as kind,
        case when n > 8 then 'NaN'::float8 else n end as odd, null::int as nothing, now() as seen,
        ST_SetSRID(ST_MakePoint(n, n), 3857) as the_geom_webmercator from generate_series(1, 10) n`);
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  async function cssOf(style: Style | string): Promise<string | undefined> {
    const { metadata } = await instantiate(world, styled(style));
    return metadata.layers[0]?.meta.cartocss;
  }

  test.each([
    [
      "[pop], (red, lime, blue, teal, navy), quantiles",
      "marker-fill: red;[ pop > 2 ]{marker-fill: lime}[ pop > 4 ]{marker-fill: blue}[ pop > 6 ]{marker-fill: teal}[ pop > 8 ]{marker-fill: navy}",
    ],
    [
      "[pop], (red, lime, blue, teal, navy), equal(5)",
      "marker-fill: red;[ pop > 2.8 ]{marker-fill: lime}[ pop > 4.6 ]{marker-fill: blue}[ pop > 6.4 ]{marker-fill: teal}[ pop > 8.2 ]{marker-fill: navy}",
    ],
    [
      "[pop], (red, lime, blue, teal), headtails(4)",
      "marker-fill: teal;[ pop < 10 ]{marker-fill: blue}[ pop < 9.5 ]{marker-fill: lime}[ pop < 8 ]{marker-fill: red}",
    ],
    ["[half], (red, lime), quantiles(2)", "marker-fill: red;[ half > 2.5 ]{marker-fill: lime}"],
    ["[odd], (red, lime), equal(2)", "marker-fill: red;[ odd > 4.5 ]{marker-fill: lime}"],
    [
      "[kind], (red, lime, blue), category(2)",
      'marker-fill: blue;[ kind = "b" ]{marker-fill: red}[ kind = "a" ]{marker-fill: lime}',
    ],
    ["[nothing], (red, lime), quantiles", "marker-fill: red"],
  ])("are filled with the values that divide the data: ramp(%s)", async (args, expected) => {
    const css = (await cssOf(ramp(args))) ?? "";
    expect(css.replace(/\s/g, "").replace(/;\}$/, "}")).toBe(`#l{${expected}}`.replace(/\s/g, ""));
  });

  test("have as many classes of natural breaks as they ask for", async () => {
    expect((await cssOf(ramp("[pop], (red, lime, blue), jenks")))?.match(/\[ pop > /g)).toHaveLength(2);
  });

  test("tell legends what became of their functions", async () => {
    const { metadata } = await instantiate(world, styled(ramp("[pop], (#f00, #0f0), equal(2)")));
    expect(metadata.layers[0]?.meta.cartocss_meta).toEqual({
      rules: [
        {
          selector: "#l",
          prop: "marker-fill",
          column: "pop",
          mapping: ">",
          buckets: [
            { filter: { type: "range", start: 1, end: 5.5 }, value: "#f00" },
            { filter: { type: "range", start: 5.5, end: 10 }, value: "#0f0" },
          ],
          stats: { filter_avg: 5.5 },
        },
      ],
    });
  });

  async function errorOf(...layers: readonly (Style | string)[]): Promise<unknown> {
    const { status, body } = await postMaps(world, `?api_key=${world.masterKey}`, styled(...layers));
    return { status, contexts: body.errors_with_context };
  }

  test("with a ramp over a column that isn't there are refused, with the place", async () => {
    expect(await errorOf(ramp("[nope], (red, blue), jenks"))).toEqual({
      status: 400,
      contexts: [
        {
          type: "layer",
          subtype: "turbo-carto",
          message: 'Failed to process "marker-fill" property: unable to compute ramp, column "nope" does not exist',
          layer: {
            id: "layer0",
            index: 0,
            type: "mapnik",
            context: {
              selector: "#l",
              source: { start: { line: 1, column: 6 }, end: { line: 1, column: 51 } },
            },
          },
        },
      ],
    });
  });

  test("of several layers are told about at once", async () => {
    const { contexts } = (await errorOf(
      ramp("[pop], (a, b), foo(2)"),
      ramp("[pop], (a, b)"),
      ramp("[pop], colorbrewer(Nope), jenks"),
    )) as { contexts: { message: string; layer: { index: number } }[] };
    expect(contexts.map(({ message, layer }) => [layer.index, message])).toEqual([
      [
        0,
        'Failed to process "marker-fill" property: unable to compute ramp, Invalid method "foo(2)", valid methods: [quantiles,equal,jenks,headtails,category]',
      ],
      [2, 'Invalid colorbrewer scheme: "Nope"'],
    ]);
  });

  test("that can't be compiled are told about layer by layer", async () => {
    const layerOf = (index: number): object => ({ id: `layer${index}`, index, type: "mapnik" });
    expect(await errorOf("#a { marker-wadth: 1; }", "#b { line-width: 1; }", "#c { xxx; }")).toEqual({
      status: 400,
      contexts: [
        {
          type: "layer",
          message: "style0:1:10 Unrecognized rule: marker-wadth. Did you mean marker-width?",
          layer: layerOf(0),
        },
        { type: "layer", message: "style2:1:10 Invalid code: xxx;", layer: layerOf(2) },
      ],
    });
  });

  test.each([
    ["#l[nope > 1] { marker-width: 1; }", {}],
    ["#l { marker-width: [nope]; }", {}],
    ["#l { marker-width: 1; }", { interactivity: "nope" }],
  ])("that read a column that isn't there are refused: %s %j", async (cartocss, options) => {
    expect(await errorOf({ cartocss, options })).toEqual({
      status: 400,
      contexts: [
        {
          type: "layer",
          subtype: "query",
          message: 'Postgis Plugin: ERROR:  column "nope" does not exist',
          layer: { id: "layer0", index: 0, type: "mapnik" },
        },
      ],
    });
  });

  test("of points that are aggregated read what is made of them, and nothing else", async () => {
    const aggregation = { threshold: 1, columns: { total: { aggregate_function: "sum", aggregated_column: "pop" } } };
    const options = { aggregation };
    const read = (column: string): Style => ({ cartocss: `#l { marker-width: [${column}]; }`, options });
    expect(await cssOf(read("total"))).toContain("[total]");
    expect(await errorOf(read("pop"))).toMatchObject({
      status: 400,
      contexts: [{ message: 'Postgis Plugin: ERROR:  column "pop" does not exist' }],
    });
  });

  test.each([
    ["#l {}", 200],
    ["#l { marker-file: url(file:///etc/passwd); }", 400],
    ["#l { marker-file: url(http://127.0.0.1/x.png); }", 400],
  ])("%s is answered with %i", async (cartocss, expected) => {
    const { status } = await postMaps<InstantiatedMap>(world, `?api_key=${world.masterKey}`, styled(cartocss));
    expect(status).toBe(expected);
  });
});
