import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readOptions } from "../../../../../test/support/read-layer.ts";
import { engines, startWorld, type World } from "../../../../../test/support/world.ts";
import { quoteIdent, quoteLiteral } from "../../db/identifier.ts";
import type { Layer, LayerFacts, StagedAt } from "../reader.ts";
import { readGeojson } from "./geojson.ts";

const HOME = resolve(import.meta.dirname, "../../../../../fixtures/geo/geojson");

/** Loads a file into the table `staging`: a fixture, or one at an absolute path. */
async function stage(world: World, name: string): Promise<LayerFacts> {
  const file = { path: resolve(HOME, name), name, size: 0 };
  for await (const layer of readGeojson(file, readOptions())) return await copy(world, layer);
  throw new Error("there is no layer");
}

async function copy(world: World, layer: Layer): Promise<LayerFacts> {
  const columns = layer.staging.map(({ name, type }) => `${quoteIdent(name)} ${type}`);
  await world.carto.sql.query(`create table staging (_row bigserial, ${columns.join()})`);
  const names = layer.staging.map(({ name }) => quoteIdent(name)).join();
  await world.carto.copy.from(`COPY staging (${names}) FROM STDIN`, layer.chunks);
  return layer.facts();
}

function valueSql(at: StagedAt): string {
  const column = quoteIdent(at.column);
  return "key" in at ? `(${column} ->> ${quoteLiteral(at.key)})` : column;
}

/** The rows with their columns cast to their types, as text again. */
async function castRows(world: World, { columns }: LayerFacts): Promise<unknown[]> {
  const values = columns.map(({ header, at, type }) => `${valueSql(at)}::${type}::text as ${quoteIdent(header)}`);
  const { rows } = await world.carto.sql.query(`select ${values.join()} from staging order by _row`);
  return rows;
}

/** What PostGIS makes of each row's geometry. */
async function geometries(world: World): Promise<unknown[]> {
  const { rows } = await world.carto.sql.query<{ g: string | null }>(
    "select st_asewkt(st_geomfromgeojson(geometry)) as g from staging order by _row",
  );
  return rows.map(({ g }) => g);
}

describe.each(engines)("staged on %s", (engine) => {
  test("values of every type can be cast to it", async () => {
    await using world = await startWorld(engine);

    const facts = await stage(world, "feature-collection.geojson");

    expect(await castRows(world, facts)).toEqual([
      {
        name: "Madrid",
        people: "3223334",
        height: "667.5",
        capital: "true",
        founded: "0865-01-01",
        seen: "2024-02-29 10:00:00+00",
      },
      {
        name: "Paris",
        people: "2102650",
        height: "35",
        capital: "true",
        founded: null,
        seen: "2024-03-01 08:00:00+00",
      },
      {
        name: 'Ville "Légère"',
        people: "0",
        height: "-0.5",
        capital: "false",
        founded: "1999-12-31",
        seen: "2024-03-01 00:00:00+00",
      },
    ]);
    expect(await geometries(world)).toEqual([
      "SRID=4326;POINT(-3.7038 40.4168)",
      "SRID=4326;POINT(2.3522 48.8566)",
      "SRID=4326;MULTIPOLYGON(((0 0,1 0,1 1,0 0)))",
    ]);
  });

  test("integers keep every digit", async () => {
    await using world = await startWorld(engine);

    const facts = await stage(world, "big-integers.geojson");

    expect(await castRows(world, facts)).toEqual([
      {
        safe: "9007199254740991",
        long: "9007199254740993",
        huge: "9223372036854775808",
        mixed: "9007199254740993",
        wild: "1e400",
      },
      { safe: "1", long: "-9223372036854775808", huge: "-1", mixed: "0.5", wild: "1" },
    ]);
  });

  test("escapes, NUL and halves of pairs are text that the database takes", async () => {
    await using world = await startWorld(engine);

    expect(await castRows(world, await stage(world, "escapes.geojson"))).toEqual([
      { s: 'tab\t newline\n return\r quote" slash/ backslash\\ null\\N end\\.', u: "\n\\é" },
    ]);
    await world.carto.sql.query("drop table staging");
    expect(await castRows(world, await stage(world, "nul.geojson"))).toEqual([
      { name: "a\ufffdb", tags: '["\\u0000"]' },
    ]);
    await world.carto.sql.query("drop table staging");
    expect(await castRows(world, await stage(world, "lone-surrogate.geojson"))).toEqual([
      { name: "a\ufffd", pair: "😀" },
    ]);
  });

  test("properties that are rare, or come late, are read from the column that they share", async () => {
    await using world = await startWorld(engine);
    const folder = await mkdtemp(join(tmpdir(), "carto-ts-late-"));
    const path = join(folder, "late.geojsonl");
    const late = {
      "a'b\"\\": 2.5,
      s: 'x"\\\n\t\u0000é',
      o: { q: "\\" },
      i: 9007199254740993n.toString(),
      t: "2024-02-29",
    };
    const line = (properties: unknown): string =>
      `${JSON.stringify({ type: "Feature", properties, geometry: null })}\n`;
    await writeFile(path, line({ n: 1 }).repeat(20_000) + line(late) + line({ n: 2, "a'b\"\\": 1 }));

    const facts = await stage(world, path);
    const rows = await castRows(world, facts);
    await rm(folder, { recursive: true });

    expect(facts.columns.map(({ type }) => type)).toEqual([
      "integer",
      "double precision",
      "text",
      "text",
      "text",
      "date",
    ]);
    expect(rows).toHaveLength(20_002);
    expect(rows.slice(-2)).toEqual([
      { n: null, "a'b\"\\": "2.5", s: 'x"\\\n\t\ufffdé', o: '{"q":"\\\\"}', i: "9007199254740993", t: "2024-02-29" },
      { n: "2", "a'b\"\\": "1", s: null, o: null, i: null, t: null },
    ]);
  });

  test("geometries come with Z, without a fourth coordinate, as they are written", async () => {
    await using world = await startWorld(engine);

    await stage(world, "z-m.geojson");

    expect(await geometries(world)).toEqual(["SRID=4326;POINT(-3.7 40.4 667)", "SRID=4326;LINESTRING(0 0 1,1 1 2)"]);
  });

  test("features without geometry are rows with none", async () => {
    await using world = await startWorld(engine);

    await stage(world, "null-geometry.geojson");

    expect(await geometries(world)).toEqual([null, "SRID=4326;POINT(-3.7038 40.4168)", null]);
  });
});
