import { describe, expect, test } from "vitest";
import { askDataview, dataviewsOf } from "../support/dataviews.ts";
import { instantiate } from "../support/maps.ts";
import { createDatabase, databaseUrl, engines, startTestServer, worldOf } from "../support/world.ts";

const count = { d: { type: "formula", options: { operation: "count", column: "n" } } };

describe.each(engines)("dataviews on %s", (engine) => {
  test("have the time of a statement, and take their turn with tiles", async () => {
    const limits = { queryTimeoutMs: 1_000, tileWidth: 1, tileQueue: 0 };
    await using server = await startTestServer(engine, { limits });
    const world = worldOf(server);
    const slow = await instantiate(world, dataviewsOf("select pg_sleep(30)::text as n", count));
    const quick = await instantiate(world, dataviewsOf("select 1 as n", count));

    const asked = askDataview(world, slow, "d");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const full = { status: 429, body: { errors_with_context: [{ type: "limit", subtype: "render-capacity" }] } };
    // Who asks the embedded engine waits for its one session before its turn with tiles.
    const expected = engine === "postgres" ? full : { status: 200 };
    expect(await askDataview(world, quick, "d")).toMatchObject(expected);
    expect(await asked).toMatchObject({
      status: 429,
      body: { errors_with_context: [{ type: "limit", subtype: "datasource" }] },
    });
    expect(await askDataview(world, quick, "d")).toMatchObject({ status: 200, body: { result: 1 } });
  });
});

test.skipIf(databaseUrl === undefined)(
  "dataviews and analyses are known to another server of the database",
  async () => {
    const options = { databaseUrl: await createDatabase(), masterKey: "k", limits: {} };
    await using first = await startTestServer("postgres", options);
    const world = worldOf(first);
    const source = {
      type: "source",
      params: { query: "select 'NaN'::float8 as n, st_setsrid(st_makepoint(1, 1), 4326) as the_geom" },
    };
    const map = await instantiate(world, {
      layers: [{ options: { source: { id: "a" } } }],
      analyses: [{ id: "a", type: "buffer", params: { source, radius: 5 } }],
      dataviews: { d: { source: { id: "a" }, ...count.d } },
      filters: { analyses: { a: [{ type: "rank", column: "n", rank: "top", limit: 5 }] } },
    });
    await using second = await startTestServer("postgres", options);
    const answer = await askDataview(worldOf(second), map, "d?bbox=0,0,2,2");
    expect(answer.body).toEqual({ operation: "count", result: 0, nulls: 0, nans: 1, infinities: 0, type: "formula" });
  },
);
