import type { MapTemplate } from "@carto-ts/protocol";
import { describe, expect, test } from "vitest";
import { decodeTile } from "../support/decode-tile.ts";
import { askMaps, layerOf, makePlaces, postMaps } from "../support/maps.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const CORPUS = [
  ..."' \" \\ $$ $& $` $' /* */ -- ; \u2019 '' \\' \"\" <%=".split(" "),
  "<%= n %>",
  "<%= other %>",
  "' or 1=1 --",
  "'; drop table places; --",
  "\\' or 1=1 --",
  'x" from places; --',
  "a\u0000b",
  "\ud800",
];

const PLACEHOLDERS: NonNullable<MapTemplate["placeholders"]> = {
  text: { type: "sql_literal", default: "text" },
  column: { type: "sql_ident", default: "column" },
  n: { type: "number", default: 1 },
  color: { type: "css_color", default: "red" },
  other: { type: "sql_literal", default: "other" },
};

const SQL = `select cartodb_id, the_geom_webmercator, '<%= text %>' as text, 1 as "<%= column %>",
  10 -<%= n %> as n, '<%= color %>' as color from places where cartodb_id = 1`;

async function keep(world: World, template: object): Promise<void> {
  const { status, body } = await postMaps(world, `/named?api_key=${world.masterKey}`, {
    version: "0.0.1",
    ...template,
  });
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
}

async function startMap(engine: (typeof engines)[number]): Promise<World> {
  const world = await startWorld(engine);
  await makePlaces(world, "places");
  const layergroup = { ...layerOf(SQL), buffersize: { mvt: "<%= n %>" } };
  await keep(world, { name: "tpl", placeholders: PLACEHOLDERS, layergroup });
  return world;
}

/** Properties of the one feature of a map; undefined where a value is refused. */
async function propertiesOf(world: World, params: object): Promise<Record<string, unknown> | undefined> {
  const config = encodeURIComponent(JSON.stringify(params));
  const answer = await fetch(`${world.url}/api/v1/map/named/tpl/0/0/0/0.mvt?config=${config}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (answer.status === 400) return undefined;
  expect([answer.status, new TextDecoder().decode(bytes.subarray(0, answer.status === 200 ? 0 : 999))]).toEqual([
    200,
    "",
  ]);
  const features = decodeTile(bytes).flatMap((layer) => layer.features);
  expect(features).toHaveLength(1);
  return features[0]?.properties;
}

const KEPT = { cartodb_id: 1, text: "text", column: 1, n: 9, color: "red" };

describe.each(engines)("values of named maps on %s", (engine) => {
  test("of type sql_literal come out as they went in, whatever is in them", async () => {
    await using world = await startMap(engine);

    for (const text of CORPUS) {
      const isStorable = !/[\0\p{Surrogate}]/u.test(text);
      expect(await propertiesOf(world, { text }), text).toEqual(isStorable ? { ...KEPT, text } : undefined);
    }
  });

  test("of type sql_ident are a column's name, whatever is in them", async () => {
    await using world = await startMap(engine);
    const { column: _, ...others } = KEPT;

    for (const column of CORPUS) {
      const isStorable = !/[\0\p{Surrogate}]/u.test(column);
      expect(await propertiesOf(world, { column }), column).toEqual(
        isStorable ? { ...others, [column]: 1 } : undefined,
      );
    }
  });

  test("of the other types are numbers and colours alone", async () => {
    await using world = await startMap(engine);

    for (const value of CORPUS) {
      expect(await propertiesOf(world, { n: value }), value).toBeUndefined();
      expect(await propertiesOf(world, { color: value }), value).toBeUndefined();
    }
    expect(await propertiesOf(world, { n: "4", color: "#fff" })).toEqual({ ...KEPT, n: 6, color: "#fff" });
    await keep(world, {
      name: "negative",
      placeholders: PLACEHOLDERS,
      layergroup: layerOf(SQL),
    });
    const { status } = await postMaps(world, "/named/negative", { n: -5 });
    expect(status).toBe(200);
    // A buffer of -5 pixels is none.
    expect((await postMaps(world, "/named/tpl", { n: -5 })).body.errors[0]).toContain("must be between 0 and 2048");
  });

  test("that no request may have are told in words, and change nothing", async () => {
    await using world = await startMap(engine);
    const refused = async (params: object): Promise<unknown> =>
      (await postMaps(world, "/named/tpl", params)).body.errors;

    expect(await refused({ n: "1; drop table places" })).toEqual([
      "Invalid number value for template parameter 'n': 1; drop table places",
    ]);
    expect(await refused({ color: "not a colour;" })).toEqual([
      "Invalid css_color value for template parameter 'color': not a colour;",
    ]);
    expect(await refused({ text: ["a"] })).toEqual([
      "Invalid sql_literal value for template parameter 'text': [\"a\"]",
    ]);
    expect(await propertiesOf(world, JSON.parse('{"__proto__":{"text":"x"},"constructor":"y","unknown":1}'))).toEqual(
      KEPT,
    );
  });

  test("nested deeper than the stack, or of which a map becomes too long, are a bad request", async () => {
    await using world = await startMap(engine);
    await keep(world, {
      name: "long",
      placeholders: PLACEHOLDERS,
      layergroup: layerOf(`select '${"<%= text %>".repeat(1_000)}' from places`),
    });
    const headers = { "Content-Type": "application/json" };
    const body = `{"n":${"[".repeat(300_000)}${"]".repeat(300_000)}}`;

    expect((await askMaps(world, "/named/tpl", { method: "POST", headers, body })).status).toBe(400);
    const { status, body: told } = await postMaps(world, "/named/long", { text: "x".repeat(1_000_000) });
    expect([status, told.errors[0]]).toEqual([400, expect.stringContaining("more than 2097152 characters")]);
  });

  test("styles and sizes of buffers are replaced by their numbers and formats", async () => {
    await using world = await startMap(engine);
    const style = "#layer { marker-fill: <%= color %>; }";
    const layergroup = {
      ...layerOf("select * from places", { cartocss: style, cartocss_version: "2.3.0" }),
      buffersize: { mvt: "<%= n %>" },
    };
    await keep(world, { name: "styled", placeholders: PLACEHOLDERS, layergroup });
    const styleOf = async (params: object): Promise<unknown> => {
      const { body } = await postMaps<{ metadata: { layers: { meta: { cartocss: string } }[] } }>(
        world,
        "/named/styled",
        params,
      );
      return body.metadata.layers[0]?.meta.cartocss;
    };

    expect(await styleOf({ color: "blue" })).toBe("#layer { marker-fill: blue; }");
    expect(await styleOf({ styles: { 0: "#layer { marker-width: 3; }" } })).toBe("#layer { marker-width: 3; }");
    const { body } = await postMaps(world, "/named/styled", { buffersize: { mvt: "x" } });
    expect(body.errors).toEqual(['Buffer size of format "mvt" must be a number']);
  });
});
