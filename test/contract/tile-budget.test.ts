import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { QueryLayer } from "../../packages/server/src/maps/map-config/map-config.ts";
import { AsMvtTiles } from "../../packages/server/src/maps/tiles/as-mvt.ts";
import { EncodedTiles } from "../../packages/server/src/maps/tiles/encoded.ts";
import { readLayerFacts } from "../../packages/server/src/maps/tiles/facts.ts";
import type { TileAddress, TileLayer, TileSource, VectorTile } from "../../packages/server/src/maps/tiles/tile.ts";
import { type DecodedFeature, decodeTile } from "../support/decode-tile.ts";
import { openTestDatabase, type TestDatabase } from "../support/engine.ts";
import { queryLayer } from "../support/tile-layers.ts";
import { engines } from "../support/world.ts";

const BUDGET = 1_500_000;
/** Points and squares all over the world, half of the points in one city, and areas that lie over each other. */
const TABLES = `
  create table points as select i as cartodb_id, 'place number ' || i as name, i * 0.37::float8 as value,
    ST_SetSRID(ST_MakePoint(
      case when i % 2 = 0 then (i::int8 * 7919 % 40000) * 1000.0 - 2e7 else (i::int8 * 7919 % 4001) * 5.0 end,
      case when i % 2 = 0 then (i::int8 * 104729 % 40009) * 1000.0 - 2e7 else (i::int8 * 104729 % 4003) * 5.0 end), 3857) as the_geom_webmercator
    from generate_series(1, 100000) i;
  create table squares as select i as cartodb_id, 'square number ' || i as name,
    ST_Expand(ST_SetSRID(ST_MakePoint((i % 400) * 1e5 - 2e7, (i / 400) * 1e5 - 2e7), 3857), 1e4 + (i % 97) * 1e3) as the_geom_webmercator
    from generate_series(0, 79999) i;
  create table areas as select i as cartodb_id, repeat('area ' || i, 40) as name,
    ST_SetSRID(ST_Buffer(ST_MakePoint((i * 48271::int8 % 36000 - 18000) * 1000.0, (i * 69621::int8 % 34000 - 17000) * 1000.0), 20000 + i % 100 * 3000), 3857) as the_geom_webmercator
    from generate_series(1, 6000) i;
  create table lines as select i as cartodb_id, 'road ' || i as name,
    ST_SetSRID(ST_MakeLine(ARRAY[ST_MakePoint(x, y), ST_MakePoint(x + i % 7 * 3000, y + 20000), ST_MakePoint(x + 30000 + i % 100 * 5000, y)]), 3857) as the_geom_webmercator
    from (select i, (i * 48271::int8 % 36000 - 18000) * 1000.0 as x, (i * 69621::int8 % 34000 - 17000) * 1000.0 as y from generate_series(1, 60000) i) s;
  create table arcs as select i as cartodb_id,
    ST_GeomFromText(format('SRID=3857;CURVEPOLYGON(CIRCULARSTRING(%1$s 0, %1$s 4000000, %2$s 4000000, %2$s 0, %1$s 0))', i * 5000000, i * 5000000 + 4000000)) as the_geom_webmercator
    from generate_series(0, 2) i;
  create table twins as select i % 4 as cartodb_id, i as n, ST_SetSRID(ST_MakePoint(i % 4 * 5e6, 0), 3857) as the_geom_webmercator
    from generate_series(1, 400) i;
  create table fresh (cartodb_id int, name text, the_geom_webmercator geometry(Geometry, 3857));
  create index on points using gist (the_geom_webmercator);
  create index on squares using gist (the_geom_webmercator);
  create index on areas using gist (the_geom_webmercator);
  create index on lines using gist (the_geom_webmercator);
  create view seen as select * from points where cartodb_id > 0;
  create function made() returns setof points language sql stable as 'select * from points';
  analyze points; analyze squares; analyze areas; analyze lines; analyze twins`;

describe.each(engines)("tiles that would be too large on %s", (id) => {
  let database: TestDatabase;
  let tiles: TileSource & Partial<AsyncDisposable>;
  beforeAll(async () => {
    database = await openTestDatabase(id);
    tiles = database.engine.capabilities.mvt ? new AsMvtTiles(database.engine) : new EncodedTiles(database.engine);
    await database.run(TABLES);
  });
  afterAll(async () => {
    await tiles[Symbol.asyncDispose]?.();
    await database[Symbol.asyncDispose]();
  });

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
  const WORLD: TileAddress = { z: 0, x: 0, y: 0 };
  /** The tile that holds the city's south-western corner. */
  const city = (z: number): TileAddress => ({ z, x: 2 ** (z - 1), y: 2 ** (z - 1) - 1 });

  test("have their points merged by cells, and say so", async () => {
    const layer = await tileLayer("select * from points");
    for (const address of [WORLD, city(1), city(3)]) {
      const tile = await mvt([layer], address);
      expect(tile.dropped).toMatch(/^layer0: merged, resolution=[\d.]+$/);
      expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET);
      const features = featuresOf(tile);
      expect(features.some(({ properties }) => Number(properties["_cdb_feature_count"]) > 1)).toBe(true);
      expect(Object.keys(features[0]?.properties ?? {})).toEqual(
        expect.arrayContaining(["cartodb_id", "name", "value"]),
      );
    }
    expect((await mvt([layer], WORLD)).bytes.length).toBeGreaterThan(0.4 * BUDGET);
  });

  test("have no more points of a city than there is room for, where statistics know nothing of it", async () => {
    const layer = await tileLayer("select * from points");
    const tile = await mvt([layer], city(11));
    expect(tile.dropped).toMatch(/^layer0: dropped, kept=\d+ of=\d+$/);
    expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET);
    expect(tile.bytes.length).toBeGreaterThan(0.6 * BUDGET);
    const [kept] = /\d+(?= of)/.exec(tile.dropped ?? "") ?? [];
    expect(featuresOf(tile)).toHaveLength(Number(kept));
    const whole = await mvt([layer], city(15));
    expect(whole.dropped).toBeUndefined();
    expect(featuresOf(whole).length).toBeGreaterThan(100);
  });

  test("have their aggregated points in coarser cells than the layer asks for", async () => {
    const layer = await tileLayer("select * from points", { aggregation: { resolution: 1 } }, true);
    const tile = await mvt([layer], WORLD);
    expect(tile.dropped).toMatch(/^layer0: merged, resolution=[\d.]+$/);
    expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET);
    const own = await tileLayer("select * from points", { aggregation: { resolution: 8 } }, true);
    expect((await mvt([own], WORLD)).dropped).toBeUndefined();
  });

  test("have a share of points that have no id to be merged by", async () => {
    const layer = await tileLayer("select name, the_geom_webmercator from points");
    const tile = await mvt([layer], WORLD);
    expect(tile.dropped).toMatch(/^layer0: dropped, kept=\d+ of=100000$/);
    expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET);
    expect(tile.bytes.length).toBeGreaterThan(0.6 * BUDGET);
  });

  test.each([256, 4096])("have the largest polygons, simplified to %i", async (simplifyExtent) => {
    const layer = await tileLayer("select * from squares");
    const tile = await mvt([layer], WORLD, simplifyExtent);
    expect(tile.dropped).toMatch(/^layer0: dropped, kept=\d+ of=\d+$/);
    expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET * 1.1);
    expect(tile.bytes.length).toBeGreaterThan(0.5 * BUDGET);
    const ids = featuresOf(tile).map(({ properties }) => Number(properties["cartodb_id"]) % 97);
    expect(Math.max(...ids)).toBe(96);
    expect(Math.min(...ids)).toBeGreaterThan(20);
    expect((await mvt([layer], city(6), simplifyExtent)).dropped).toBeUndefined();
  });

  test.each([256, 4096])("are never empty where all is below some pixels, simplified to %i", async (simplifyExtent) => {
    const layer = await tileLayer("select * from areas");
    const tile = await mvt([layer], WORLD, simplifyExtent);
    expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET * 1.1);
    expect(tile.bytes.length).toBeGreaterThan(0.5 * BUDGET);
  });

  test("have the longest lines", async () => {
    const tile = await mvt([await tileLayer("select * from lines")], WORLD);
    expect(tile.dropped).toMatch(/^layer0: dropped, kept=\d+ of=60000$/);
    expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET);
    expect(tile.bytes.length).toBeGreaterThan(0.5 * BUDGET);
    const ids = featuresOf(tile).map(({ properties }) => Number(properties["cartodb_id"]) % 100);
    expect(Math.max(...ids)).toBe(99);
  });

  test("leave small layers as they are, and share the room among large ones", async () => {
    const small = await tileLayer("select * from squares limit 100", { id: "small" });
    const large = await tileLayer("select * from points", { id: "large", index: 1 });
    const lines = await tileLayer("select * from lines", { id: "lines", index: 2 });
    const tile = await mvt([small, large, lines], WORLD);
    expect(tile.dropped).toMatch(/^large: merged, resolution=[\d.]+; lines: dropped, kept=\d+ of=60000$/);
    expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET);
    const decoded = decodeTile(tile.bytes);
    expect(decoded.map(({ name }) => name)).toEqual(["small", "large", "lines"]);
    expect(decoded[0]?.features).toHaveLength(100);
  });

  test.each([
    ["a view", "select * from seen"],
    ["a function", "select * from made()"],
    ["a join", "select p.* from points p join squares s on s.cartodb_id = p.cartodb_id % 1000"],
    ["a CTE", "with all_of as materialized (select * from points) select * from all_of"],
    ["values", "select p.* from (values (1), (2)) v (n), points p"],
  ])("are held to their size where the planner guesses: %s", async (_, sql) => {
    const tile = await mvt([await tileLayer(sql)], WORLD);
    expect(tile.dropped).toMatch(/^layer0: (merged, resolution=[\d.]+|dropped, kept=\d+ of=\d+)$/);
    expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET * 1.1);
    expect(tile.bytes.length).toBeGreaterThan(0.2 * BUDGET);
  });

  test("are held to their size where a table has grown since the map was made", async () => {
    const layer = await tileLayer("select * from fresh");
    expect((await mvt([layer], WORLD)).bytes).toHaveLength(0);
    const points = await tileLayer("select * from fresh where true");
    await database.run("insert into fresh select cartodb_id, name, the_geom_webmercator from points");
    const tile = await mvt([points], WORLD);
    expect(tile.dropped).toMatch(/^layer0: /);
    expect(tile.bytes.length).toBeLessThanOrEqual(BUDGET);
    expect(tile.bytes.length).toBeGreaterThan(0.4 * BUDGET);
  });

  test("have arcs as lines", async () => {
    const tile = await mvt([await tileLayer("select * from arcs")], WORLD);
    expect(featuresOf(tile).map(({ type }) => type)).toEqual([3, 3, 3]);
  });

  test("have one point a cell though ids repeat", async () => {
    const layer = await tileLayer("select * from twins", { aggregation: { resolution: 1 } }, true);
    const features = featuresOf(await mvt([layer], WORLD));
    expect(features.map(({ properties }) => properties["_cdb_feature_count"])).toEqual([100, 100, 100, 100]);
  });
});
