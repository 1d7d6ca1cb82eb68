import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { QueryLayer } from "../../packages/server/src/maps/map-config/map-config.ts";
import { AsMvtTiles } from "../../packages/server/src/maps/tiles/as-mvt.ts";
import { EncodedTiles } from "../../packages/server/src/maps/tiles/encoded.ts";
import { readLayerFacts } from "../../packages/server/src/maps/tiles/facts.ts";
import type { TileLayer, TileRequest, VectorTile } from "../../packages/server/src/maps/tiles/tile.ts";
import { decodeTile } from "../support/decode-tile.ts";
import { openTestDatabase, type TestDatabase } from "../support/engine.ts";
import { queryLayer } from "../support/tile-layers.ts";
import { databaseUrl, type EngineId, engines } from "../support/world.ts";

const PLACE =
  "((i * 48271::bigint) % 36000 - 18000) * 1000.0 AS x, ((i * 69621::bigint) % 34000 - 17000) * 1000.0 AS y";
const TABLES = `
  CREATE TABLE crowd AS
    SELECT i AS cartodb_id, 'somebody of the name ' || i AS name, i % 7 AS kind, DATE '2020-01-01' + i % 1000 AS day,
      ST_SetSRID(ST_MakePoint(x, y), 3857) AS the_geom_webmercator, ST_Transform(ST_SetSRID(ST_MakePoint(x, y), 3857), 4326) AS the_geom
    FROM (SELECT i, ${PLACE} FROM generate_series(1, 30000) i) s;
  CREATE TABLE fields AS
    SELECT i AS cartodb_id, repeat('field ' || i, 40) AS name,
      ST_SetSRID(ST_Buffer(ST_MakePoint(x, y), 20000 + i % 100 * 30000), 3857) AS the_geom_webmercator
    FROM (SELECT i, ${PLACE} FROM generate_series(1, 6000) i) s;
  ANALYZE crowd; ANALYZE fields`;

/** Layers of one tile each, and what is told of them. */
const LAYERS: [what: string, layer: QueryLayer, aggregated: boolean, told: RegExp | undefined][] = [
  [
    "a layer whose geometry is in degrees",
    queryLayer("SELECT * FROM crowd WHERE kind = 1", { geomColumn: "the_geom", srid: 4326 }),
    false,
    undefined,
  ],
  ["dates as numbers", queryLayer("SELECT * FROM crowd WHERE kind = 2", { datesAsNumbers: true }), false, undefined],
  [
    "tokens in the query",
    queryLayer("SELECT *, round(!pixel_width!) AS pixel FROM crowd WHERE the_geom_webmercator && !bbox! AND kind = 3"),
    false,
    undefined,
  ],
  [
    "points aggregated as they are",
    queryLayer("SELECT * FROM crowd", { aggregation: { resolution: 8 } }),
    true,
    undefined,
  ],
  [
    "points aggregated by columns",
    queryLayer("SELECT * FROM crowd", {
      aggregation: {
        placement: "centroid",
        resolution: 16,
        columns: { kinds: { aggregate_function: "sum", aggregated_column: "kind" } },
        dimensions: { kind: "kind" },
      },
    }),
    true,
    undefined,
  ],
  ["points too many for a tile", queryLayer("SELECT * FROM crowd"), false, /^layer0: merged, resolution=/],
  ["areas too many for a tile", queryLayer("SELECT * FROM fields"), false, /^layer0: dropped, /],
];

describe.skipIf(databaseUrl === undefined)("tiles encoded here and by ST_AsMVT are the same", () => {
  const databases = new Map<EngineId, TestDatabase>();
  beforeAll(async () => {
    for (const id of engines) {
      const database = await openTestDatabase(id);
      databases.set(id, database);
      await database.run(TABLES);
    }
  });
  afterAll(async () => {
    for (const database of databases.values()) await database[Symbol.asyncDispose]();
  });

  async function requestOf(database: TestDatabase, layer: QueryLayer, aggregated: boolean): Promise<TileRequest> {
    const session = await database.session({ readOnly: true });
    try {
      const tile: TileLayer = { layer, facts: await readLayerFacts(layer, session), aggregated };
      return { address: { z: 0, x: 0, y: 0 }, layers: [tile], extent: 4096, simplifyExtent: 256, buffer: 64 };
    } finally {
      await session[Symbol.asyncDispose]();
    }
  }

  const options = () => ({ signal: new AbortController().signal, timeoutMs: 60_000 });
  /** Attributes of the features, by their text. */
  const attributes = ({ bytes }: VectorTile): string[] =>
    decodeTile(bytes)
      .flatMap(({ features }) => features)
      .map(({ type, properties }) => JSON.stringify([type, Object.entries(properties).toSorted()]))
      .toSorted();

  describe.each(engines)("on %s", (id) => {
    test.each(LAYERS)("%s", async (_, layer, aggregated, told) => {
      const here = databases.get(id) as TestDatabase;
      const there = databases.get("postgres") as TestDatabase;
      const encoding = new EncodedTiles(here.engine);
      try {
        const ours = await encoding.mvt(await requestOf(here, layer, aggregated), here.role, options());
        const asMvt = new AsMvtTiles(there.engine);
        const theirs = await asMvt.mvt(await requestOf(there, layer, aggregated), there.role, options());
        expect(ours.dropped).toEqual(told ? expect.stringMatching(told) : undefined);
        expect(ours.dropped).toBe(theirs.dropped);
        expect(attributes(ours).length).toBeGreaterThan(100);
        expect(attributes(ours)).toEqual(attributes(theirs));
      } finally {
        await encoding[Symbol.asyncDispose]();
      }
    });
  });
});
