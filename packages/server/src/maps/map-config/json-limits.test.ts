import fc from "fast-check";
import { expect, test } from "vitest";
import { MapError } from "../map-error.ts";
import { parseMapConfig } from "./parse.ts";

/** What a MapConfig is refused with. */
function messageOf(json: unknown): string | undefined {
  try {
    parseMapConfig(json);
  } catch (error) {
    if (error instanceof MapError) return error.message;
    throw error;
  }
  return undefined;
}

test("MapConfigs nested too deep are refused", () => {
  const deep: unknown = JSON.parse(`{"layers":${"[".repeat(1_600)}${"]".repeat(1_600)}}`);
  expect(messageOf(deep)).toBe("The MapConfig can't be read: it is nested deeper than 100 levels");
});

test("MapConfigs with too many layers or values are refused", () => {
  expect(messageOf({ layers: Array.from({ length: 10_000 }, () => ({ options: { sql: "select 1" } })) })).toBe(
    "The map has 10000 layers, and may have 100: make several maps of it",
  );
  expect(messageOf({ layers: [], x: Array.from({ length: 100_001 }, () => 0) })).toBe(
    "The MapConfig can't be read: it has more than 100000 values",
  );
});

test.each(["a\0b", "\ud800"])("MapConfigs with a text that can't be kept are refused", (text) => {
  const message = "The MapConfig can't be read: it has a NUL or half a surrogate pair in a text";
  expect(messageOf({ layers: [{ options: { sql: text } }] })).toBe(message);
  expect(messageOf({ layers: [], [text]: 1 })).toBe(message);
});

test("MapConfigs give themselves no rights", () => {
  const given = { layers: [], dbparams: { user: "postgres" }, template: { auth: { method: "open" } }, x: 1 };
  expect(parseMapConfig(given).json).toEqual({ layers: [], x: 1 });
});

test("MapConfigs change no prototypes", () => {
  const text = '{"__proto__":{"layers":[]},"layers":[],"buffersize":{"__proto__":5},"dataviews":{}}';
  const config = parseMapConfig(JSON.parse(text));
  expect(Object.keys(config.bufferSize)).toEqual(["__proto__"]);
  expect(config.dataviews["constructor"]).toBeUndefined();
  expect(JSON.stringify(config.json)).toBe(text);
});

test.each(["x\r\nSet-Cookie: a=b", "ü", "x".repeat(257), 5, ""])(
  "MapConfigs have no tag %j, which no header can have",
  (tag) => {
    expect(parseMapConfig({ layers: [], stat_tag: tag }).statTag).toBeUndefined();
  },
);

test("MapConfigs, whatever they are, are refused by a MapError or not at all", () => {
  const names = fc.constantFrom(
    ..."version layers options type id sql source cartocss cartocss_version interactivity attributes columns srid minzoom vector_extent vector_simplify_extent aggregation metadata buffersize mvt analyses params query dataviews sql_wrap geom_type stat_tag __proto__ constructor".split(
      " ",
    ),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: "medium" },
      fc.constantFrom(null, true, 1, -1, "1.0.0", "mapnik", "source", "select 1", "\0"),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(names, tie("tree"), { maxKeys: 5 }),
    ),
  }));
  const config = fc.record({ layers: fc.array(fc.record({ options: tree }), { maxLength: 3 }), analyses: tree });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), tree, config), (json) => {
      try {
        parseMapConfig(json);
      } catch (error) {
        expect(error).toBeInstanceOf(MapError);
      }
    }),
    { numRuns: 2_000 },
  );
});
