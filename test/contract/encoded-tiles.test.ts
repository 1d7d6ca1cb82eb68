import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SessionOptions } from "../../packages/server/src/db/engine.ts";
import { quoteIdent } from "../../packages/server/src/db/identifier.ts";
import { EncodedTiles } from "../../packages/server/src/maps/tiles/encoded.ts";
import { readLayerFacts } from "../../packages/server/src/maps/tiles/facts.ts";
import type { TileAddress, TileLayer, TileRequest } from "../../packages/server/src/maps/tiles/tile.ts";
import { type DecodedFeature, type DecodedLayer, decodeTile } from "../support/decode-tile.ts";
import { openTestDatabase, type TestDatabase } from "../support/engine.ts";
import { distance } from "../support/tile-distance.ts";
import { queryLayer } from "../support/tile-layers.ts";
import { databaseUrl, type EngineId, engines } from "../support/world.ts";
import { EDGE_SHAPES, TABLES, TYPED_TILE } from "./tile-fixtures.ts";

interface Place extends AsyncDisposable {
  database: TestDatabase;
  tiles: EncodedTiles;
}

const options = (): SessionOptions => ({ signal: new AbortController().signal, timeoutMs: 60_000 });

async function open(id: EngineId): Promise<Place> {
  const database = await openTestDatabase(id);
  await database.run(TABLES.join("; "));
  const tiles = new EncodedTiles(database.engine);
  return {
    database,
    tiles,
    async [Symbol.asyncDispose]() {
      await tiles[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function layerOf({ database }: Place, sql: string, id = "layer0"): Promise<TileLayer> {
  const layer = queryLayer(sql, { id });
  const session = await database.session({ readOnly: true });
  try {
    return { layer, facts: await readLayerFacts(layer, session), aggregated: false };
  } finally {
    await session[Symbol.asyncDispose]();
  }
}

const requestOf = (address: TileAddress, layers: readonly TileLayer[], simplifyExtent = 256): TileRequest => ({
  address,
  layers,
  extent: 4096,
  simplifyExtent,
  buffer: 64,
});

async function encoded(place: Place, request: TileRequest): Promise<DecodedLayer[]> {
  const { bytes } = await place.tiles.mvt(request, place.database.role, options());
  return decodeTile(bytes);
}

/** A tile of one layer by ST_AsMVT, on PostgreSQL. */
async function byPostgis({ database }: Place, request: TileRequest): Promise<DecodedLayer[]> {
  const { z, x, y } = request.address;
  const box = `ST_TileEnvelope(${z}, ${x}, ${y})`;
  const side = `(40075016.685578488 / ${2 ** z})`;
  const tolerance = `(${side} / ${2 * request.simplifyExtent})`;
  const session = await database.session({ readOnly: true });
  const parts: Buffer[] = [];
  try {
    for (const { layer, facts } of request.layers) {
      const shape =
        request.simplifyExtent === request.extent
          ? "the_geom_webmercator"
          : `ST_Simplify(ST_RemoveRepeatedPoints(the_geom_webmercator, ${tolerance}), ${tolerance}, true)`;
      const columns = facts.columns.map(({ name, oid }) => `${quoteIdent(name)}${oid === 1042 ? "::text" : ""}`);
      const rows = `SELECT ${[...columns, `ST_AsMVTGeom(${shape}, ${box}, 4096, 1024, true) AS g_`].join(", ")}
        FROM (${layer.sql}) q WHERE the_geom_webmercator && ST_Expand(${box}, ${side} / 4)`;
      parts.push(
        (await session.value(`SELECT ST_AsMVT(r_, '${layer.id}', 4096, 'g_') FROM (${rows}) r_`, [])) ??
          Buffer.alloc(0),
      );
    }
  } finally {
    await session[Symbol.asyncDispose]();
  }
  return decodeTile(Buffer.concat(parts));
}

const byId = (layer: DecodedLayer | undefined): Map<unknown, DecodedFeature> =>
  new Map(layer?.features.map((feature) => [feature.properties["id"], feature]));

/** What tells two layers apart: features that one of them lacks, and the largest distance of those that both have. */
function compare(ours: DecodedLayer | undefined, theirs: DecodedLayer | undefined) {
  const [our, their] = [byId(ours), byId(theirs)];
  const both = [...their]
    .filter(([id]) => our.has(id))
    .map(([id, feature]) => [our.get(id) as DecodedFeature, feature] as const);
  for (const [mine, other] of both) {
    expect(mine.properties).toEqual(other.properties);
    expect(mine.type).toBe(other.type);
  }
  return {
    missing: [...their.keys()].filter((id) => !our.has(id)),
    extra: [...our.keys()].filter((id) => !their.has(id)),
    farthest: Math.max(0, ...both.map(([mine, other]) => distance(mine, other))),
  };
}

/** An outer ring turns clockwise on the screen: its area is positive where y points down. */
function doubledArea(ring: readonly (readonly [number, number])[]): number {
  return ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length] ?? [0, 0];
    return sum + x * nextY - nextX * y;
  }, 0);
}

describe.skipIf(databaseUrl === undefined)("tiles encoded here against those of ST_AsMVT", () => {
  let reference: Place;
  const places = new Map<EngineId, Place>();
  beforeAll(async () => {
    for (const id of engines) places.set(id, await open(id));
    reference = places.get("postgres") as Place;
  });
  afterAll(async () => {
    for (const place of places.values()) await place[Symbol.asyncDispose]();
  });

  describe.each(engines)("on %s", (id) => {
    const here = (): Place => places.get(id) as Place;

    const TILES: [what: string, table: string, address: TileAddress, simplify: number][] = [
      ["points of the world", "points", { z: 0, x: 0, y: 0 }, 256],
      ["points, not simplified", "points", { z: 3, x: 4, y: 3 }, 4096],
      ["areas of the world", "areas", { z: 0, x: 0, y: 0 }, 256],
      ["areas", "areas", { z: 3, x: 4, y: 3 }, 256],
      ["areas, not simplified", "areas", { z: 3, x: 4, y: 3 }, 4096],
      ["a few areas", "areas", { z: 5, x: 17, y: 14 }, 256],
      ["roads", "roads", { z: 3, x: 4, y: 3 }, 256],
      ["roads, not simplified", "roads", { z: 4, x: 9, y: 7 }, 4096],
    ];

    test.each(TILES)("%s have the same features, their vertices within a unit", async (_, table, address, simplify) => {
      const request = requestOf(address, [await layerOf(here(), `SELECT * FROM ${table}`)], simplify);
      const [ours] = await encoded(here(), request);
      const [theirs] = await byPostgis(reference, request);
      expect(theirs?.features.length).toBeGreaterThan(2);
      expect({ ...ours, features: [] }).toEqual({ name: "layer0", version: 2, extent: 4096, features: [] });
      const { missing, extra, farthest } = compare(ours, theirs);
      expect({ missing, extra }).toEqual({ missing: [], extra: [] });
      expect(farthest).toBeLessThanOrEqual(1);
    });

    test("points have the very same vertices", async () => {
      const request = requestOf({ z: 0, x: 0, y: 0 }, [await layerOf(here(), "SELECT * FROM points")]);
      const [ours] = await encoded(here(), request);
      const [theirs] = await byPostgis(reference, request);
      expect(compare(ours, theirs).farthest).toBe(0);
    });

    test.each(EDGE_SHAPES)("a tile of $what", async ({ id: shape, differs }) => {
      const sql = `SELECT * FROM shapes WHERE id = ${shape}`;
      for (const simplify of [4096, 256]) {
        const request = requestOf(TYPED_TILE, [await layerOf(here(), sql)], simplify);
        const [ours] = await encoded(here(), request);
        const [theirs] = await byPostgis(reference, request);
        const { missing, extra, farthest } = compare(ours, theirs);
        expect({ missing, extra }).toEqual({ missing: [], extra: [], ...differs });
        expect(farthest).toBeLessThanOrEqual(1);
      }
    });

    test("shapes that the database can't clip take no other ones with them", async () => {
      const request = requestOf(TYPED_TILE, [await layerOf(here(), "SELECT * FROM shapes")], 4096);
      const [ours] = await encoded(here(), request);
      const [theirs] = await byPostgis(reference, request);
      const { missing, extra, farthest } = compare(ours, theirs);
      const bowTie = EDGE_SHAPES.filter(({ differs }) => differs).map(({ id: shape }) => shape);
      expect({ missing, extra }).toEqual({ missing: bowTie, extra: [] });
      expect(farthest).toBeLessThanOrEqual(1);
    });

    test("outer rings turn clockwise on the screen, holes against it", async () => {
      const request = requestOf({ z: 3, x: 4, y: 3 }, [await layerOf(here(), "SELECT * FROM areas")]);
      const [ours] = await encoded(here(), request);
      expect(ours?.features.every(({ paths }) => doubledArea(paths[0] ?? []) > 0)).toBe(true);
      expect(ours?.features.some(({ paths }) => paths.slice(1).some((ring) => doubledArea(ring) < 0))).toBe(true);
    });

    test("values have the types that ST_AsMVT gives them, NULL has none, other types are left out", async () => {
      const request = requestOf(TYPED_TILE, [await layerOf(here(), "SELECT * FROM typed")]);
      const [ours] = await encoded(here(), request);
      const [theirs] = await byPostgis(reference, request);
      expect(ours?.features.map(({ properties }) => properties)).toEqual(
        theirs?.features.map(({ properties }) => properties),
      );
      expect(ours?.features[0]?.properties).toEqual({
        id: 1,
        flag: true,
        small: -5,
        big: 9007199254740991,
        "a single": 1.5,
        double: 0.1,
        price: "1.50",
        name: "Málaga\t\\N",
        short: "abc",
        padded: "ab",
      });
      expect(ours?.features[1]?.properties).toEqual({ id: 2 });
    });

    test("several layers come in their order, those without features left out", async () => {
      const layers = [
        await layerOf(here(), "SELECT * FROM areas", "areas"),
        await layerOf(here(), "SELECT * FROM points WHERE false", "none"),
        await layerOf(here(), "SELECT the_geom_webmercator FROM points -- bare", "bare"),
      ];
      const request = requestOf({ z: 0, x: 0, y: 0 }, layers);
      const ours = await encoded(here(), request);
      expect(ours.map(({ name }) => name)).toEqual(["areas", "bare"]);
      expect(ours[1]?.features).toHaveLength(2000);
      expect(ours[1]?.features[0]?.properties).toEqual({});
    });

    test("many tiles at once are each what they are alone", async () => {
      const layer = await layerOf(here(), "SELECT * FROM points");
      const requests = [0, 1, 2, 3].map((x) => requestOf({ z: 2, x, y: 1 }, [layer]));
      const alone: Buffer[] = [];
      for (const request of requests)
        alone.push((await here().tiles.mvt(request, here().database.role, options())).bytes);
      const together = await Promise.all(
        requests.map((request) => here().tiles.mvt(request, here().database.role, options())),
      );
      expect(together.map(({ bytes }, i) => bytes.equals(alone[i] as Buffer))).toEqual([true, true, true, true]);
    });

    test("a layer outside its zooms, and a row beyond the world, give an empty tile without a query", async () => {
      const broken: TileLayer = {
        layer: queryLayer("SELECT nonsense", { minzoom: 3, maxzoom: 5 }),
        facts: (await layerOf(here(), "SELECT * FROM points")).facts,
        aggregated: false,
      };
      for (const address of [
        { z: 2, x: 0, y: 0 },
        { z: 6, x: 0, y: 0 },
        { z: 3, x: 0, y: 8 },
      ]) {
        const { bytes } = await here().tiles.mvt(requestOf(address, [broken]), here().database.role, options());
        expect(bytes).toHaveLength(0);
      }
    });

    test("an error of the query is told as the database says it", async () => {
      const layer = await layerOf(here(), "SELECT * FROM points");
      const broken = {
        ...layer,
        layer: queryLayer("SELECT *, 1 / (id - id) AS value2 FROM points WHERE 1 / (id - id) = 1"),
      };
      const made = here().tiles.mvt(requestOf({ z: 0, x: 0, y: 0 }, [layer, broken]), here().database.role, options());
      await expect(made).rejects.toMatchObject({ name: "PgError", message: "division by zero" });
    });

    test("a tile that nobody wants any more ends with the reason, and the next one is made", async () => {
      const layer = await layerOf(here(), "SELECT a.* FROM points a, generate_series(1, 2000)");
      const left = new AbortController();
      const made = here().tiles.mvt(requestOf({ z: 0, x: 0, y: 0 }, [layer]), here().database.role, {
        ...options(),
        signal: left.signal,
      });
      setTimeout(() => left.abort(new Error("the client is gone")), 300);
      const startedAt = performance.now();
      await expect(made).rejects.toThrow("the client is gone");
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      const [points] = await encoded(
        here(),
        requestOf({ z: 0, x: 0, y: 0 }, [await layerOf(here(), "SELECT * FROM points")]),
      );
      expect(points?.features).toHaveLength(2000);
    });

    test("a query can't write", async () => {
      const layer = await layerOf(here(), "SELECT * FROM points");
      const writing = { ...layer, layer: queryLayer("SELECT *, nextval('numbers') FROM points") };
      const made = here().tiles.mvt(requestOf({ z: 0, x: 0, y: 0 }, [writing]), here().database.role, options());
      await expect(made).rejects.toThrow("cannot execute nextval() in a read-only transaction");
    });
  });
});
