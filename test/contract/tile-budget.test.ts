import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { QueryLayer } from "../../packages/server/src/maps/map-config/map-config.ts";
import { AsMvtTiles } from "../../packages/server/src/maps/tiles/as-mvt.ts";
import { readLayerFacts } from "../../packages/server/src/maps/tiles/facts.ts";
import type { TileAddress, TileLayer, VectorTile } from "../../packages/server/src/maps/tiles/tile.ts";
import { type DecodedFeature, decodeTile } from "../support/decode-tile.ts";
import { openTestDatabase, type TestDatabase } from "../support/engine.ts";
import { queryLayer } from "../support/tile-layers.ts";
import { databaseUrl } from "../support/world.ts";

const BUDGET = 1_500_000;
const POINTS = 300_000;

describe.skipIf(databaseUrl === undefined)("tiles that would be too large", () => {
  let database: TestDatabase;
  let tiles: AsMvtTiles;
  beforeAll(async () => {
    database = await openTestDatabase("postgres");
    tiles = new AsMvtTiles(database.engine);
    // Points and squares all over the world, and half of the points in one city.
    await database.run(`
      create table points as select i as cartodb_id, 'place number ' || i as name, i * 0.37::float8 as value,
        ST_SetSRID(ST_MakePoint(
          case when i % 2 = 0 then (i::int8 * 7919 % 40000) * 1000.0 - 2e7 else (i::int8 * 7919 % 4001) * 500.0 end,
          case when i % 2 = 0 then (i::int8 * 104729 % 40009) * 1000.0 - 2e7 else (i::int8 * 104729 % 4003) * 500.0 end), 3857) as the_geom_webmercator
        from generate_series(1, ${POINTS}) i;
      create table squares as select i as cartodb_id, 'square number ' || i as name,
        ST_Expand(ST_SetSRID(ST_MakePoint((i % 400) * 1e5 - 2e7, (i / 400) * 1e5 - 2e7), 3857), 1e4 + (i % 97) * 1e3) as the_geom_webmercator
        from generate_series(0, 159999) i;
      create index on points using gist (the_geom_webmercator);
      create index on squares using gist (the_geom_webmercator);
      analyze points;
      analyze squares`);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  async function tileLayer(sql: string, given: Partial<QueryLayer> = {}, aggregated = false): Promise<TileLayer> {
    const layer = queryLayer(sql, given);
    const session = await database.session({ readOnly: true });
    try {
      return { layer, facts: await readLayerFacts(layer, session), aggregated };
    } finally {
      await session[Symbol.asyncDispose]();
    }
  }
  const mvt = (layers: readonly TileLayer[], address: TileAddress, simplifyExtent = 256): Promise<VectorTile> =>
    tiles.mvt({ address, layers, extent: 4096, simplifyExtent, buffer: 64, harmless: true }, database.role, {
      signal: new AbortController().signal,
      timeoutMs: 60_000,
    });
  const featuresOf = (tile: VectorTile): DecodedFeature[] => decodeTile(tile.bytes).flatMap(({ features }) => features);
  /** The tile that holds the city's south-western corner. */
  const city = (z: number): TileAddress => ({ z, x: 2 ** (z - 1), y: 2 ** (z - 1) - 1 });

  test("have their points merged by cells at every zoom, and say so", async () => {
    const layer = await tileLayer("select * from points");
    for (const z of [0, 1, 3, 4]) {
      const tile = await mvt([layer], z === 0 ? { z, x: 0, y: 0 } : city(z));
      expect(tile.dropped).toBe("layer0: merged, resolution=3");
      expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET);
      const features = featuresOf(tile);
      expect(features.some(({ properties }) => Number(properties["_cdb_feature_count"]) > 1)).toBe(true);
      expect(Object.keys(features[0]?.properties ?? {})).toEqual(
        expect.arrayContaining(["cartodb_id", "name", "value"]),
      );
    }
  });

  test("keep all their points where these fit", async () => {
    const layer = await tileLayer("select * from points");
    const tile = await mvt([layer], city(13));
    expect(tile.dropped).toBeUndefined();
    const [all] = await count(`select count(*) from points where the_geom_webmercator &&
      ST_Expand(ST_TileEnvelope(13, ${2 ** 12}, ${2 ** 12 - 1}), ${40_075_016.68557849 / 2 ** 13 / 4})`);
    expect(featuresOf(tile).length).toBe(all);
    expect(featuresOf(tile)[0]?.properties).not.toHaveProperty("_cdb_feature_count");
  });

  test("have their aggregated points in coarser cells than the layer asks for", async () => {
    const layer = await tileLayer("select * from points", { aggregation: { resolution: 1 } }, true);
    const tile = await mvt([layer], { z: 0, x: 0, y: 0 });
    expect(tile.dropped).toMatch(/^layer0: merged, resolution=[23]$/);
    expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET);
    const own = await tileLayer("select * from points", { aggregation: { resolution: 8 } }, true);
    expect((await mvt([own], { z: 0, x: 0, y: 0 })).dropped).toBeUndefined();
  });

  test("have a share of points that have no id to be merged by", async () => {
    const layer = await tileLayer("select name, the_geom_webmercator from points");
    const tile = await mvt([layer], { z: 0, x: 0, y: 0 });
    expect(tile.dropped).toMatch(/^layer0: dropped, share=0\.\d{3}$/);
    expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET);
    expect(featuresOf(tile).length).toBeGreaterThan(5_000);
  });

  test.each([256, 4096])("have no polygons that are too small to tell, simplified to %i", async (simplifyExtent) => {
    const layer = await tileLayer("select * from squares");
    const tile = await mvt([layer], { z: 0, x: 0, y: 0 }, simplifyExtent);
    expect(tile.dropped).toMatch(/^layer0: dropped, below=\dpx( share=0\.\d{3})?$/);
    expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET);
    expect((await mvt([layer], city(6), simplifyExtent)).dropped).toBeUndefined();
  });

  test("leave small layers as they are", async () => {
    const small = await tileLayer("select * from squares where cartodb_id < 100", { id: "small" });
    const large = await tileLayer("select * from points", { id: "large" });
    const tile = await mvt([small, large], { z: 0, x: 0, y: 0 });
    expect(tile.dropped).toMatch(/^large: merged, resolution=\d$/);
    expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET);
    expect(decodeTile(tile.bytes).map(({ name }) => name)).toEqual(["small", "large"]);
  });

  async function count(q: string): Promise<number[]> {
    const session = await database.session();
    try {
      const pieces: Buffer[] = [];
      for await (const { text } of (await session.runOne(q)).chunks) pieces.push(text);
      return Buffer.concat(pieces).toString().trim().split("\n").map(Number);
    } finally {
      await session[Symbol.asyncDispose]();
    }
  }
});
