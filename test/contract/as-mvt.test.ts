import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { QueryLayer } from "../../packages/server/src/maps/map-config/map-config.ts";
import { AsMvtTiles } from "../../packages/server/src/maps/tiles/as-mvt.ts";
import { readLayerFacts } from "../../packages/server/src/maps/tiles/facts.ts";
import type { TileAddress, TileLayer, TileRequest, VectorTile } from "../../packages/server/src/maps/tiles/tile.ts";
import { type DecodedFeature, type DecodedLayer, decodeTile } from "../support/decode-tile.ts";
import { openTestDatabase, type TestDatabase } from "../support/engine.ts";
import { queryLayer } from "../support/tile-layers.ts";
import { databaseUrl } from "../support/world.ts";

const WORLD: TileAddress = { z: 0, x: 0, y: 0 };
/** Metres of the world's side. */
const SIDE = 40_075_016.68557849;

describe.skipIf(databaseUrl === undefined)("tiles that PostgreSQL makes", () => {
  let database: TestDatabase;
  let tiles: AsMvtTiles;
  beforeAll(async () => {
    database = await openTestDatabase("postgres");
    tiles = new AsMvtTiles(database.engine);
    await database.run(`
      create table places (cartodb_id int primary key, "the name" text, n numeric, big int8, at timestamptz, code char(5), ok bool,
        doc json, the_geom geometry(Point, 4326), the_geom_webmercator geometry(Point, 3857));
      insert into places values
        (1, 'one', 1.50, 9007199254740991, '2020-01-01T00:00:00Z', 'ab', true, '{}', 'SRID=4326;POINT(10 20)', ST_Transform('SRID=4326;POINT(10 20)'::geometry, 3857)),
        (2, null, null, -1, null, null, false, null, 'SRID=4326;POINT(-170 -60)', ST_Transform('SRID=4326;POINT(-170 -60)'::geometry, 3857)),
        (3, 'none', 3, 3, null, null, null, null, null, null);
      create table lines as select 1 as cartodb_id, ST_SetSRID(ST_MakeLine(array_agg(ST_MakePoint(i * 1000, (i % 2) * 500))), 3857) as the_geom_webmercator
        from generate_series(0, 1000) i;
      analyze`);
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
  const mvt = (
    layers: readonly TileLayer[],
    address: TileAddress,
    given: Partial<TileRequest> = {},
  ): Promise<VectorTile> =>
    tiles.mvt({ address, layers, extent: 4096, simplifyExtent: 4096, buffer: 64, ...given }, database.role, {
      signal: new AbortController().signal,
      timeoutMs: 60_000,
    });
  async function decoded(sql: string, given: Partial<QueryLayer> = {}, address = WORLD): Promise<DecodedLayer[]> {
    return decodeTile((await mvt([await tileLayer(sql, given)], address)).bytes);
  }
  const features = async (...of: Parameters<typeof decoded>): Promise<DecodedFeature[]> =>
    (await decoded(...of)).flatMap((layer) => layer.features);

  test("have a layer of its name with the query's columns of the types that tiles hold", async () => {
    const [layer, ...others] = await decoded("select * from places order by cartodb_id -- all", { id: "my 'layer'" });
    expect(others).toEqual([]);
    expect(layer).toMatchObject({ name: "my 'layer'", version: 2, extent: 4096 });
    expect(layer?.features.map(({ properties }) => properties)).toEqual([
      { cartodb_id: 1, "the name": "one", n: "1.50", big: 9007199254740991, code: "ab", ok: true },
      { cartodb_id: 2, big: -1, ok: false },
    ]);
    expect(layer?.features.map(({ paths }) => paths)).toEqual([[[[2162, 1816]]], [[[114, 2907]]]]);
  });

  test("have dates as seconds where the layer says so", async () => {
    const [first, second] = await features("select * from places order by 1", { datesAsNumbers: true });
    expect(first?.properties["at"]).toBe(1_577_836_800);
    expect(second?.properties).not.toHaveProperty("at");
  });

  test("show what is in the tile and its buffer, of any column and SRID", async () => {
    const address: TileAddress = { z: 1, x: 1, y: 0 };
    for (const given of [{}, { geomColumn: "the_geom", srid: 4326 }])
      expect((await features("select * from places", given, address)).map(({ paths }) => paths)).toEqual([
        [[[228, 3631]]],
      ]);
    expect(await features("select * from places", {}, { z: 2, x: 3, y: 2 })).toEqual([]);
    const utm = "select 1 as id, ST_Transform(the_geom, 32632) as g from places where cartodb_id = 1";
    expect((await features(utm, { geomColumn: "g", srid: 32632 }, address)).map(({ paths }) => paths)).toEqual([
      [[[228, 3631]]],
    ]);
    expect(await features(utm, { geomColumn: "g", srid: 32632 }, { z: 9, x: 0, y: 0 })).toEqual([]);
  });

  test("have features in the buffer alone as far as it reaches", async () => {
    const at = (pixels: number): string =>
      `select ST_SetSRID(ST_MakePoint(${(-pixels * SIDE) / 2 / 256}, 100), 3857) as the_geom_webmercator`;
    const east: TileAddress = { z: 1, x: 1, y: 0 };
    const layer = await tileLayer(at(10));
    const count = async (buffer: number): Promise<number> =>
      decodeTile((await mvt([layer], east, { buffer })).bytes).flatMap(({ features }) => features).length;
    expect([await count(64), await count(9), await count(0)]).toEqual([1, 0, 0]);
  });

  test("simplify lines where the map has a coarser grid for that", async () => {
    const layer = await tileLayer("select * from lines");
    const vertices = async (simplifyExtent: number): Promise<number | undefined> =>
      decodeTile((await mvt([layer], { z: 5, x: 16, y: 15 }, { simplifyExtent })).bytes)[0]?.features[0]?.paths[0]
        ?.length;
    expect(await vertices(4096)).toBeGreaterThan(900);
    expect(await vertices(256)).toBeLessThan(20);
  });

  test("join their layers in order, without those out of their zooms", async () => {
    const layers = [
      await tileLayer("select * from places", { id: "a" }),
      await tileLayer("select * from lines", { id: "b", minzoom: 3 }),
      await tileLayer("select cartodb_id, the_geom_webmercator from lines", { id: "c", maxzoom: 3 }),
    ];
    const names = async (z: number): Promise<string[]> =>
      decodeTile((await mvt(layers, { z, x: 2 ** (z - 1), y: 2 ** (z - 1) - 1 })).bytes).map(({ name }) => name);
    expect(await names(2)).toEqual(["a", "c"]);
    expect(await names(3)).toEqual(["a", "b", "c"]);
    expect(await names(4)).toEqual(["a", "b"]);
    expect((await mvt(layers.slice(1, 2), WORLD)).bytes).toEqual(Buffer.alloc(0));
  });

  test("are empty where there is nothing, and outside the world", async () => {
    const layer = await tileLayer("select * from places where false");
    expect(await mvt([layer], WORLD)).toEqual({ bytes: Buffer.alloc(0), dropped: undefined });
    const all = await tileLayer("select * from places");
    expect(await mvt([all], { z: 3, x: 0, y: 8 })).toEqual({ bytes: Buffer.alloc(0), dropped: undefined });
  });

  test("take columns called like anything of the statement's own, and none at all", async () => {
    const clash = `select 1 as _cdb_row, 2 as _cdb_geometry, 3 as _cdb_query, 4 as "quo""ted", the_geom_webmercator from places where cartodb_id = 1`;
    expect((await features(clash))[0]?.properties).toEqual({
      _cdb_row: 1,
      _cdb_geometry: 2,
      _cdb_query: 3,
      'quo"ted': 4,
    });
    expect((await features("select the_geom_webmercator from places")).map(({ properties }) => properties)).toEqual([
      {},
      {},
    ]);
  });

  test("leave out columns of which there are two of one name", async () => {
    const sql =
      "select a.cartodb_id, b.cartodb_id, a.ok, a.the_geom_webmercator from places a join places b using (ok)";
    expect((await features(sql, { datesAsNumbers: true }))[0]?.properties).toEqual({ ok: true });
  });

  test("fill tokens with the tile's own numbers", async () => {
    const sql = `select 1 as id, round(!scale_denominator!::numeric) as scale, !pixel_width!::float8 as w, !pixel_height! as h,
      round(ST_XMax(!bbox!)) as east, round(ST_XMax(!tile_bbox!)) as east_of_tile, '@zoom' as zoom, the_geom_webmercator
      from places where the_geom_webmercator && !bbox! and cartodb_id = 1`;
    const shown = (await features(sql, {}, { z: 1, x: 1, y: 0 }))[0]?.properties;
    expect(shown).toEqual({
      id: 1,
      scale: "279541132",
      w: 78_271.51696402048,
      h: 78_271.51696402048,
      east: 25_046_885,
      east_of_tile: 20_037_508,
      zoom: "@zoom",
    });
  });

  test("refuse a query with parameters of its own when it is looked at", async () => {
    await expect(tileLayer("select $1::int as n, the_geom_webmercator from places")).rejects.toMatchObject({
      code: "42P02",
      message: "there is no parameter $1",
    });
  });

  test("can't write, whatever functions a query calls", async () => {
    await database.run(
      "create function put(int) returns int language plpgsql as $$ begin insert into places (cartodb_id) values ($1); return 1; end $$",
    );
    const layer = await tileLayer("select * from places");
    const writing = { ...layer, layer: { ...layer.layer, sql: "select p.*, put(9) as put from places p" } };
    await expect(mvt([writing], WORLD)).rejects.toThrow("cannot execute INSERT in a read-only transaction");
  });

  test("end with PostgreSQL's words", async () => {
    await expect(tileLayer("select * from nope")).rejects.toMatchObject({
      code: "42P01",
      message: 'relation "nope" does not exist',
    });
    await expect(tileLayer("selec")).rejects.toThrow('syntax error at or near ")"');
    const layer = await tileLayer(
      "select 1 / (cartodb_id - 1) as n, the_geom_webmercator from places where cartodb_id < 3 or cartodb_id > $$0$$::int",
    );
    await expect(mvt([layer], WORLD)).rejects.toMatchObject({ code: "22012", message: "division by zero" });
  });

  test("keep their statement prepared for all tiles of a set of layers", async () => {
    const layer = await tileLayer("select cartodb_id, the_geom_webmercator from places where ok");
    const harmless = { harmless: true };
    for (let x = 0; x < 8; x++) await mvt([layer], { z: 3, x, y: 3 }, harmless);
    const session = await database.session({ readOnly: true });
    const kept = await session.value(
      "select convert_to(count(*) || ' ' || sum(generic_plans + custom_plans), 'UTF8') from pg_prepared_statements where statement like 'SELECT CASE %where ok%'",
      [],
    );
    await session[Symbol.asyncDispose]();
    expect(kept?.toString()).toBe("1 8");
  });
});
