import fc from "fast-check";
import { expect, test } from "vitest";
import {
  collect,
  columnsOf,
  cut,
  encodeOptions,
  resultOf,
  type TypeName,
  toCopyText,
} from "../../../../test/support/result-stream.ts";
import { geojson } from "./geojson.ts";
import { json } from "./json.ts";

/** A value as PostgreSQL prints it, and what it is in the answer. */
interface Sample {
  text: string | null;
  value: unknown;
}

const character = fc.oneof(
  fc.constantFrom(...'\\"{},\b\t\n\v\f\r\u0001\u001f/NULné漢😀'),
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }).filter((c) => c !== "\0"),
);
const text = fc.string({ unit: character, maxLength: 40 });
const moment = fc.date({
  min: new Date("0001-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59Z"),
  noInvalidDate: true,
});

function toNumber(value: number): Sample {
  return { text: String(value), value: Number.isFinite(value) ? value : String(value) };
}

function toTimestamp(date: Date): Sample {
  const iso = date.toISOString();
  return { text: `${iso.slice(0, 23).replace("T", " ").replace(".000", "")}+00`, value: `${iso.slice(0, 19)}Z` };
}

/** An array as PostgreSQL writes it, all of its elements quoted. */
function toArrayText(values: readonly (string | null)[]): string {
  const element = (value: string | null) => (value === null ? "NULL" : `"${value.replace(/["\\]/g, "\\$&")}"`);
  return `{${values.map(element).join(",")}}`;
}

const SAMPLES: Partial<Record<TypeName, fc.Arbitrary<Sample>>> = {
  text: text.map((value) => ({ text: value, value })),
  int4: fc.maxSafeInteger().map(toNumber),
  float8: fc.double().map((value) => toNumber(value === 0 ? 0 : value)),
  bool: fc.boolean().map((value) => ({ text: value ? "t" : "f", value })),
  json: fc
    .jsonValue()
    .map((value) => ({ text: JSON.stringify(value, null, "\t"), value: JSON.parse(JSON.stringify(value)) })),
  jsonb: text.map((value) => ({ text: JSON.stringify({ a: value }), value: { a: value } })),
  timestamptz: moment.map(toTimestamp),
  bytea: fc.uint8Array().map((bytes) => ({
    text: `\\x${Buffer.from(bytes).toString("hex")}`,
    value: { type: "Buffer", data: [...bytes] },
  })),
  "text[]": fc.array(fc.option(text)).map((value) => ({ text: toArrayText(value), value })),
  "float8[]": fc
    .array(fc.double().map((value) => toNumber(value === 0 ? 0 : value)))
    .map((all) => ({ text: `{${all.map((one) => one.text).join(",")}}`, value: all.map((one) => one.value) })),
};
const TYPES = Object.keys(SAMPLES) as TypeName[];

const table = fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 8 }).chain((types) => {
  const row = fc.tuple(
    ...types.map((type) =>
      fc.option(SAMPLES[type] ?? fc.constant({ text: null, value: null }), { nil: { text: null, value: null } }),
    ),
  );
  return fc.record({
    types: fc.constant(types),
    rows: fc.array(row, { maxLength: 12 }),
    places: fc.array(fc.nat(5000), { maxLength: 20 }),
  });
});

function asObject(samples: readonly Sample[]): Record<string, unknown> {
  return Object.fromEntries(samples.map(({ value }, i) => [`c${i}`, value]));
}

test("any table of any values comes back, wherever the chunks end", async () => {
  await fc.assert(
    fc.asyncProperty(table, async ({ types, rows, places }) => {
      const columns = columnsOf(Object.fromEntries(types.map((type, i) => [`c${i}`, type])));
      const texts = cut(toCopyText(rows.map((row) => row.map((sample) => sample.text))), places);

      const document = await collect(json.encode(resultOf(columns, texts), encodeOptions()));

      expect(JSON.parse(document).rows).toEqual(rows.map(asObject));
      // Clients split the rows there.
      expect(document.split(",\n")).toHaveLength(Math.max(rows.length, 1));
    }),
    { numRuns: 1000 },
  );
});

/** The value of a numeric type as GeoJSON has it. */
function withoutNonFinite(type: TypeName | undefined, value: unknown): unknown {
  if (!type?.match(/^(?:float|numeric)/)) return value;
  const toJson = (one: unknown): unknown => (typeof one === "string" && /^(?:NaN|-?Infinity)$/.test(one) ? null : one);
  return Array.isArray(value) ? value.map(toJson) : toJson(value);
}

test("any table comes back as features, wherever the geometry stands", async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.nat(8), async ({ types, rows, places }, place) => {
      const at = place % (types.length + 1);
      const columns = columnsOf(Object.fromEntries(types.map((type, i) => [`c${i}`, type])));
      columns.splice(at, 0, { name: "the_geom", oid: 25, typmod: -1 });
      const geometry = { type: "Point", coordinates: [1, 2] };
      const lines = rows.map((row) => row.map((sample) => sample.text).toSpliced(at, 0, JSON.stringify(geometry)));

      const document = await collect(
        geojson.encode(resultOf(columns, cut(toCopyText(lines), places)), encodeOptions()),
      );

      const expected = rows.map((row) => {
        const samples = row.map(({ text, value }, i) => ({ text, value: withoutNonFinite(types[i], value) }));
        return { type: "Feature", geometry, properties: asObject(samples) };
      });
      expect(JSON.parse(document).features).toEqual(JSON.parse(JSON.stringify(expected)));
    }),
    { numRuns: 500 },
  );
});

test("byte by byte the document is the same", async () => {
  const columns = columnsOf({ a: "int4", b: "text", c: "timestamptz", d: "float8", e: "text[]" });
  const rows = [
    ["1", 'q"\\\v\t', "2026-11-22 09:30:27.68+00", "NaN", '{"a\tb"}'],
    [null, null, null, null, null],
    ["-2", "", "infinity", "1.5", "{}"],
  ];
  const whole = toCopyText(rows);

  const once = await collect(json.encode(resultOf(columns, [whole]), encodeOptions()));
  const bytes = await collect(
    json.encode(
      resultOf(
        columns,
        [...whole].map((byte) => Buffer.of(byte)),
      ),
      encodeOptions(),
    ),
  );

  expect(JSON.parse(bytes).rows).toEqual(JSON.parse(once).rows);
});

test("a huge field in many chunks takes linear time", async () => {
  const chunk = Buffer.from("0123456789abcdef".repeat(4096));
  const columns = columnsOf({ a: "text", b: "int4" });
  async function seconds(chunks: number): Promise<number> {
    const texts = [...Array<Buffer>(chunks).fill(chunk), Buffer.from("\t7\n")];
    const startedAt = performance.now();
    let bytes = 0;
    for await (const piece of json.encode(resultOf(columns, texts), encodeOptions()).chunks) bytes += piece.length;
    expect(bytes).toBeGreaterThan(chunks * chunk.length);
    return performance.now() - startedAt;
  }

  await seconds(20);
  const small = await seconds(160);
  const large = await seconds(1600);

  // Ten times the bytes: some ten times the time, not a hundred.
  expect(large / small).toBeLessThan(40);
});

test("a huge field of control characters, six bytes each, fits", async () => {
  const rows = [
    ["\u0001".repeat(3_000_000), "x"],
    ["small", "\u0002"],
  ];

  const document = await collect(
    json.encode(resultOf(columnsOf({ a: "text", b: "text" }), [toCopyText(rows)]), encodeOptions()),
  );

  expect(JSON.parse(document).rows.map((row: Record<string, string>) => [row.a, row.b])).toEqual(rows);
});

test("rows of short fields with long names fit", async () => {
  const name = "n".repeat(63);
  const columns = columnsOf(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${name}${i}`, "bool"])));
  const rows = Array.from({ length: 500 }, () => Array<string>(200).fill("f"));

  const document = await collect(json.encode(resultOf(columns, [toCopyText(rows)]), encodeOptions()));

  expect(JSON.parse(document).rows).toHaveLength(500);
});
