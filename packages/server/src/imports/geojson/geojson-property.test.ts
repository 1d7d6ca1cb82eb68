import fc from "fast-check";
import { expect, test } from "vitest";
import { collectLayer, type ReadLayer, readBytes, readOptions } from "../../../../../test/support/read-layer.ts";
import { openLayer, readGeojson } from "./geojson.ts";
import { mendText } from "./text.ts";
import { Window } from "./window.ts";

interface Feature {
  id: string | number | undefined;
  properties: [name: string, value: unknown][];
  geometry: unknown;
}

const texts = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc
    .array(fc.constantFrom("\0", "\ud800", "\udc00", "😀", "\\", '"', "\n", "\t", "\\N", "\\.", "é"), { maxLength: 6 })
    .map((parts) => parts.join("")),
);
const numbers = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger());
const nested = fc.jsonValue({ maxDepth: 3 });
const values = fc.oneof(fc.constant(null), fc.boolean(), numbers, texts, nested);
const names = fc.oneof(
  fc.constantFrom(
    "a",
    "b",
    "name",
    "__proto__",
    "constructor",
    "toString",
    "",
    "type",
    "geometry",
    "é",
    'q"\\',
    "a\tb",
  ),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);
const positions = fc.array(numbers, { minLength: 2, maxLength: 3 });
const geometries = fc.oneof(
  fc.constant(null),
  fc.record({ type: fc.constant("Point"), coordinates: positions }),
  fc.record({ coordinates: fc.array(positions, { maxLength: 30 }), type: fc.constantFrom("LineString", "MultiPoint") }),
);
const features: fc.Arbitrary<Feature> = fc.record({
  id: fc.oneof(fc.constant(undefined), texts, fc.integer()),
  properties: fc.uniqueArray(fc.tuple(names, values), { selector: ([name]) => name, maxLength: 8 }),
  geometry: geometries,
});

/** How a file may be written. */
const styles = fc.record({
  form: fc.constantFrom("collection", "array", "lines", "sequence"),
  space: fc.constantFrom(undefined, 1, "\t"),
  ascii: fc.boolean(),
  /** Members in the other order. */
  reversed: fc.boolean(),
  lineEnd: fc.constantFrom("\n", "\r\n"),
});
type Style = typeof styles extends fc.Arbitrary<infer S> ? S : never;

function write(all: readonly Feature[], { form, space, ascii, reversed, lineEnd }: Style): string {
  const ordered = (members: [string, unknown][]) => Object.fromEntries(reversed ? members.toReversed() : members);
  const objects = all.map(({ id, properties, geometry }) =>
    ordered([
      ["type", "Feature"],
      ["id", id],
      ["properties", Object.fromEntries(properties)],
      ["geometry", geometry],
    ]),
  );
  let text: string;
  if (form === "collection")
    text = JSON.stringify(
      ordered([
        ["type", "FeatureCollection"],
        ["bbox", [-180, -90, 180, 90]],
        ["features", objects],
        ["name", { features: [], type: "é" }],
      ]),
      null,
      space,
    );
  else if (form === "array") text = JSON.stringify(objects, null, space);
  else if (form === "sequence") text = objects.map((one) => `\x1e${JSON.stringify(one, null, space)}\n`).join("");
  else text = objects.map((one) => JSON.stringify(one)).join("\n");
  if (ascii) {
    text = text.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  }
  return text.replaceAll("\n", lineEnd);
}

/** Reads a text in pieces of these sizes, again and again. */
async function readInPieces(text: string, sizes: readonly number[]): Promise<ReadLayer> {
  const bytes = Buffer.from(text);
  let at = 0;
  let turn = 0;
  const window = new Window({
    async read(target) {
      const size = sizes[turn++ % sizes.length] ?? 1;
      const copied = bytes.copy(target, 0, at, Math.min(at + size, at + target.length));
      at += copied;
      return copied;
    },
  });
  const file = { path: "/nowhere", name: "random.geojson", size: bytes.length };
  return collectLayer(await openLayer(file, window, readOptions()));
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? mendText(value) : JSON.stringify(value);
}

test("features are read as JSON.parse reads them, however they are written and cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(features, { minLength: 1, maxLength: 12 }),
      styles,
      fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 5 }),
      async (all, style, sizes) => {
        // A large piece among them, since what is not complete is read again with each.
        const { rows, geometries: read, facts } = await readInPieces(write(all, style), [...sizes, 1_000]);

        expect(facts.rejected.count).toBe(0);
        expect(read.map((text) => text && JSON.parse(text))).toEqual(
          all.map(({ geometry }) => geometry && JSON.parse(JSON.stringify(geometry))),
        );
        expect(rows).toHaveLength(all.length);
        const known = new Set(facts.columns.map(({ header }) => header));
        for (const [i, { id, properties }] of all.entries()) {
          const expected = new Map(properties.map(([name, value]) => [name, textOf(value)]));
          if (!all.some((one) => one.properties.some(([name]) => name === "id"))) expected.set("id", textOf(id));
          for (const name of expected.keys()) if (name !== "id") expect(known).toContain(name);
          for (const [name, text] of Object.entries(rows[i] ?? {})) expect(text).toBe(expected.get(name) ?? null);
        }
      },
    ),
    { numRuns: 300, endOnFailure: true },
  );
});

test("a collection that is cut off anywhere is refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(features, { maxLength: 3 }), styles, fc.nat(), async (all, style, place) => {
      const bytes = Buffer.from(write(all, { ...style, form: "collection" }).trimEnd());
      const cut = bytes.subarray(0, 1 + (place % (bytes.length - 1)));
      await expect(readBytes(readGeojson, cut)).rejects.toMatchObject({ code: 3007 });
    }),
    { numRuns: 100, endOnFailure: true },
  );
});

test("of lines that are cut off anywhere, only the last can be missing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(features, { minLength: 1, maxLength: 5 }), fc.nat(), async (all, place) => {
      const lines = all.map((one) => JSON.stringify({ type: "Feature", ...one, properties: {} }));
      const bytes = Buffer.from(`{"type":"Feature"}\n${lines.join("\n")}`);
      const cut = bytes.subarray(0, 20 + (place % (bytes.length - 20)));
      const whole = cut.toString().split("\n").length - 1;

      const { facts } = await readBytes(readGeojson, cut);

      expect(facts.rows).toBeGreaterThanOrEqual(whole);
      expect(facts.rows + facts.rejected.count).toBeLessThanOrEqual(whole + 1);
    }),
    { numRuns: 100, endOnFailure: true },
  );
});
