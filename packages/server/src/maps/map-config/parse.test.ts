import { describe, expect, test } from "vitest";
import { MapError } from "../map-error.ts";
import { parseMapConfig } from "./parse.ts";

const sql = "select * from test_table";
const layer = (options: object = {}, rest: object = {}): object => ({ ...rest, options: { sql, ...options } });
const style = { cartocss: "#layer { marker-width: 10; }", cartocss_version: "2.3.0" };

/** What is wrong with a MapConfig. */
function contextsOf(json: unknown): MapError["contexts"] {
  try {
    parseMapConfig(json);
  } catch (error) {
    if (error instanceof MapError) return error.contexts;
    throw error;
  }
  throw new Error("nothing is wrong with it");
}

const messageOf = (json: unknown): string | undefined => contextsOf(json)[0]?.message;
const wrong = (options: object): string | undefined => messageOf({ layers: [layer(options)] });

test("sets every default", () => {
  expect(parseMapConfig({ layers: [layer()] })).toEqual({
    layers: [
      {
        kind: "query",
        index: 0,
        id: "layer0",
        givenType: "mapnik",
        sql,
        cartocss: undefined,
        cartocssVersion: undefined,
        interactivity: [],
        attributes: undefined,
        geomColumn: "the_geom_webmercator",
        srid: 3857,
        minzoom: 0,
        maxzoom: 30,
        aggregation: undefined,
        datesAsNumbers: false,
        metadata: {},
        affectedTables: [],
        widgets: {},
      },
    ],
    analyses: { roots: [], byId: new Map() },
    dataviews: {},
    filters: new Map(),
    bufferSize: {},
    vectorExtent: 4096,
    vectorSimplifyExtent: 256,
    vectorOnly: true,
    statTag: undefined,
    json: { layers: [layer()] },
  });
});

test("reads what a layer says", () => {
  const options = {
    ...style,
    interactivity: " a, b,",
    attributes: { id: "cartodb_id", columns: ["name"] },
    geom_column: "g",
    srid: "4326",
    minzoom: 3,
    maxzoom: 12,
    aggregation: { threshold: 1 },
    dates_as_numbers: true,
    metadata: { geometryType: true },
    affected_tables: ["t"],
  };
  const { layers, vectorOnly } = parseMapConfig({ layers: [layer(options, { id: "pts", type: "cartodb" })] });
  expect(vectorOnly).toBe(false);
  expect(layers[0]).toEqual({
    kind: "query",
    index: 0,
    id: "pts",
    givenType: "cartodb",
    sql,
    cartocss: style.cartocss,
    cartocssVersion: "2.3.0",
    interactivity: ["a", "b"],
    attributes: { id: "cartodb_id", columns: ["name"] },
    geomColumn: "g",
    srid: 4326,
    minzoom: 3,
    maxzoom: 12,
    aggregation: { threshold: 1 },
    datesAsNumbers: true,
    metadata: { geometryType: true },
    affectedTables: ["t"],
    widgets: {},
  });
});

test("counts ids by type", () => {
  const http = { type: "http", options: { urlTemplate: "x" } };
  const { layers } = parseMapConfig({
    layers: [http, layer(), layer({}, { id: "own" }), http, layer(), { type: "wat", options: {} }],
  });
  expect(layers.map(({ id }) => id)).toEqual(["http-layer0", "layer0", "own", "http-layer1", "layer2", "wat-layer0"]);
  expect(layers.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(layers[0]).toEqual({
    kind: "other",
    index: 0,
    id: "http-layer0",
    type: "http",
    options: { urlTemplate: "x" },
  });
});

test.each(["1.0.0", "1.3.1", "1.8.0", undefined])("knows version %s", (version) => {
  expect(parseMapConfig({ version, layers: [] }).layers).toEqual([]);
});

test.each(["0.9.9", "1.8.1", "9.9.9", "1.0", "", 1, null, { toString: 1 }])("doesn't know version %j", (version) => {
  const text = typeof version === "string" ? version : JSON.stringify(version);
  expect(contextsOf({ version })).toEqual([
    { type: "unknown", message: `Unsupported layergroup configuration version ${text}` },
  ]);
});

test.each([{}, null, [], "x", 1, { layers: {} }, { version: "1.8.0", layers: "x" }])("misses layers in %j", (json) => {
  expect(contextsOf(json)).toEqual([{ type: "unknown", message: "Missing layers array from layergroup config" }]);
});

test.each([null, 1, {}, { options: null }, { options: [] }])("misses options in the layer %j", (given) => {
  expect(messageOf({ layers: [layer(), given] })).toBe("Missing options from layer 1 of layergroup config");
});

describe("queries", () => {
  const sqlOf = (options: object, rest: object = {}): unknown => {
    const [read] = parseMapConfig({ layers: [{ options }], ...rest }).layers;
    return read?.kind === "query" ? read.sql : undefined;
  };
  const analyses = [{ id: "a0", type: "source", params: { query: "select 2;" } }];

  test("lose semicolons and blanks at their end", () => {
    expect(sqlOf({ sql: "select ';' ; \n;" })).toBe("select ';'");
    expect(sqlOf({ sql: `select 1${" ;".repeat(200_000)}` })).toBe("select 1");
  });

  test("are wrapped", () => {
    expect(sqlOf({ sql: "select '$&';", sql_wrap: "select * from (<%= sql %>) a, (<%=sql%>) b;" })).toBe(
      "select * from (select '$&') a, (select '$&') b",
    );
  });

  test("come from an analysis", () => {
    expect(sqlOf({ sql: "select 1", source: { id: "a0" } }, { analyses })).toBe("select 2");
    expect(sqlOf({ source: { id: "a0" }, sql_wrap: "select 3 from (<%= sql %>) w" }, { analyses })).toBe(
      "select 3 from (select 2) w",
    );
  });

  test.each([{}, { sql: "" }, { sql: " ; " }, { sql: 5 }, { sql: null }])("are missing in %j", (options) => {
    expect(contextsOf({ layers: [{ options }] })).toEqual([
      {
        type: "layer",
        message: "Missing sql for layer 0 options",
        layer: { id: "layer0", index: 0, type: "mapnik" },
      },
    ]);
  });

  test.each(["nope", "__proto__", "constructor"])("can't come from the analysis %s, which isn't there", (id) => {
    expect(messageOf({ analyses, layers: [{ options: { source: { id } } }] })).toBe(
      `Missing analysis node.id="${id}" for layer=0`,
    );
  });
});

test.each([
  ["wraps", { layers: [layer({ sql: "x".repeat(10_000), sql_wrap: "<%= sql %>".repeat(10_000) })] }],
  ["tokens", { layers: [layer({ sql: "!bbox!".repeat(100_000) })] }],
  [
    "a shared query",
    {
      analyses: [{ id: "a", type: "source", params: { query: "x".repeat(100_000) } }],
      layers: Array.from({ length: 100 }, () => layer({ source: { id: "a" } })),
    },
  ],
])("refuses the long SQL that %s make of a short MapConfig", (_, json) => {
  expect(messageOf(json)).toMatch(/too long|may have 2097152/);
});

describe("styles", () => {
  test("are in all layers or in none", () => {
    expect(contextsOf({ layers: [layer(style), layer()] })).toEqual([
      {
        type: "mapconfig",
        message:
          "The `mapnik` or `cartodb` layers must be consistent: `cartocss` option is either present or voided in all layers. Mixing is not allowed.",
      },
    ]);
  });

  test("of other layers don't count", () => {
    const torque = { type: "torque", options: { sql, ...style } };
    expect(parseMapConfig({ layers: [layer(), torque] }).vectorOnly).toBe(true);
    expect(parseMapConfig({ layers: [torque] }).vectorOnly).toBe(false);
  });

  test.each([
    [{ cartocss: "#l{}" }, "Missing cartocss_version for layer 0 options"],
    [{ cartocss_version: "2.3.0" }, "Missing cartocss for layer 0 options"],
    [{ ...style, cartocss: "" }, "style0: CartoCSS is empty"],
    [{ ...style, cartocss_version: "9.0.0" }, "No CartoCSS transform path from 9.0.0 to 3.0.12"],
  ])("%j: %s", (options, message) => {
    expect(contextsOf({ layers: [layer(options)] })).toEqual([
      { type: "layer", message, layer: { id: "layer0", index: 0, type: "mapnik" } },
    ]);
  });
});

test.each([
  [{ geom_type: "point" }, "Unsupported geometry column type for layer 0: point"],
  [{ geom_type: "raster", interactivity: "a" }, "Mapnik raster layers do not support interactivity"],
  [{ geom_type: "raster" }, "Layer 0 is of a raster column, which this server doesn't offer: use a geometry"],
  [{ interactivity: 5 }, "Invalid interactivity of layer 0: it must be a string of columns or an array of strings"],
  [
    { attributes: { id: "a" } },
    'Invalid attributes of layer 0: give a column\'s name as "id" and an array of names as "columns"',
  ],
  [{ geom_column: {} }, "Invalid geom_column of layer 0: it must be a string"],
  [{ srid: "x" }, "Invalid srid of layer 0: it must be a number from 1 to 999999"],
  [{ minzoom: "low" }, "Invalid minzoom of layer 0: it must be a number"],
  [{ aggregation: 5 }, "Invalid aggregation of layer 0: it must be true, false or an object"],
  [{ vector_extent: 0 }, "Invalid vector_extent. Must be between 1 and 2147483647"],
  [{ vector_extent: 2 ** 31 }, "Invalid vector_extent. Must be between 1 and 2147483647"],
  [{ vector_extent: "big" }, "Invalid vector_extent. Must be between 1 and 2147483647"],
  [
    { vector_simplify_extent: 4097 },
    "Invalid vector_simplify_extent (4097). Must be between 1 and vector_extent [4096]",
  ],
  [
    { vector_extent: 512, vector_simplify_extent: 0 },
    "Invalid vector_simplify_extent (0). Must be between 1 and vector_extent [512]",
  ],
])("refuses the options %j", (options, message) => {
  expect(wrong(options)).toBe(message);
});

test("keeps a tag, and widgets for whoever reads the JSON", () => {
  const json = { layers: [layer({ widgets: { w: { type: "formula", options: {} } } })], stat_tag: "API" };
  const config = parseMapConfig(json);
  expect(config.statTag).toBe("API");
  expect(config.json).toEqual(json);
});

test("reads what it gave the same again", () => {
  const json = {
    layers: [layer({ ...style, sql_wrap: "select * from (<%= sql %>) a;" }), { type: "http", options: {} }],
    analyses: [{ id: 5, type: "source", params: { query: sql, x: 1 } }],
    buffersize: { mvt: "5" },
  };
  const config = parseMapConfig(json);
  expect(parseMapConfig(JSON.parse(JSON.stringify(config.json)))).toEqual(config);
});
