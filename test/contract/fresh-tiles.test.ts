import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { decodeTile } from "../support/decode-tile.ts";
import { instantiate, layerOf } from "../support/maps.ts";
import { engines, startWorld, type World } from "../support/world.ts";

/** Names of the features of a tile; its status where it is none. */
async function namesOf({ url, masterKey }: World, token: string, tile: string): Promise<unknown> {
  const answer = await fetch(`${url}/api/v1/map/${token}/${tile}.mvt?api_key=${masterKey}`);
  if (answer.status !== 200) return answer.status;
  const layers = decodeTile(new Uint8Array(await answer.arrayBuffer()));
  return layers.flatMap(({ features }) => features.map(({ properties }) => properties["name"])).sort();
}

/** Makes a dataset of one point. */
const makeDataset = ({ carto }: World, name: string): Promise<unknown> =>
  carto.sql.query(`
    create table ${name} as select 1 as cartodb_id, '${name}'::text as name, ST_SetSRID(ST_MakePoint(1, 1), 4326) as the_geom;
    select cartodb.CDB_CartodbfyTable('${name}')`);

/** Milliseconds without a change after which what is known of the tables is kept. */
const KEPT_AFTER_MS = 250;

interface Change {
  sql: string;
  tile?: string;
  /** Statements before the map is made. */
  before?: string;
  change: string;
  names: string[];
}

const OWN_FUNCTION = "create function st_label(place a) returns text language sql stable as 'select name from b'";

const CHANGES: readonly (readonly [title: string, change: Change])[] = [
  [
    "a table that is read at some scales alone",
    {
      sql: "select * from a where !scale_denominator! > 1e6 union all select * from b where !scale_denominator! <= 1e6",
      tile: "12/2059/2036",
      change: "update b set name = 'new'",
      names: ["new"],
    },
  ],
  [
    "a view that a view reads",
    {
      before: "create view inner_view as select * from a; create view outer_view as select * from inner_view",
      sql: "select * from outer_view",
      change: "create or replace view inner_view as select * from b",
      names: ["b"],
    },
  ],
  [
    "a table that a view reads by a function",
    {
      before: `${OWN_FUNCTION}; create view labelled as
        select cartodb_id, the_geom_webmercator, st_label(a) as name from a`,
      sql: "select * from labelled",
      change: "update b set name = 'new'",
      names: ["new"],
    },
  ],
  [
    "a table that a function reads which is called like one of PostGIS'",
    {
      before: OWN_FUNCTION,
      sql: "select cartodb_id, the_geom_webmercator, st_label(a) as name from a",
      change: "update b set name = 'new'",
      names: ["new"],
    },
  ],
  [
    "a table that a function reads which is called like a column",
    {
      before: OWN_FUNCTION,
      sql: "select cartodb_id, the_geom_webmercator, a.st_label as name from a",
      change: "update b set name = 'new'",
      names: ["new"],
    },
  ],
  [
    "a table that an operator reads",
    {
      before: `create function look(text, text) returns text language sql stable as 'select name from b';
        create operator ==> (leftarg = text, rightarg = text, function = look)`,
      sql: "select cartodb_id, the_geom_webmercator, name ==> 'x'::text as name from a",
      change: "update b set name = 'new'",
      names: ["new"],
    },
  ],
  [
    "a table whose trigger is off",
    {
      before: "alter table a disable trigger user",
      sql: "select * from a",
      change: "update a set name = 'new'",
      names: ["new"],
    },
  ],
  [
    "a table whose trigger was off meanwhile",
    {
      sql: "select * from a",
      change: "alter table a disable trigger user; update a set name = 'new'; alter table a enable trigger user",
      names: ["new"],
    },
  ],
  [
    "a table that inherits",
    {
      before: "create table child () inherits (a)",
      sql: "select * from a",
      change: "insert into child select * from a",
      names: ["a", "a"],
    },
  ],
];

describe.each(engines)("a tile on %s", (engine) => {
  test.each(CHANGES)("shows the change of %s", async (_, { sql, tile = "0/0/0", before, change, names }) => {
    await using world = await startWorld(engine);
    await makeDataset(world, "a");
    await makeDataset(world, "b");
    if (before) await world.carto.sql.query(before);
    const { layergroupid } = await instantiate(world, layerOf(sql));
    await namesOf(world, layergroupid, tile);
    await sleep(KEPT_AFTER_MS);
    await namesOf(world, layergroupid, tile);
    await namesOf(world, layergroupid, tile);

    await world.carto.sql.query(change);
    expect(await namesOf(world, layergroupid, tile)).toEqual(names);
  });

  test("names every table to caches that it may be read from at another scale", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "a");
    await makeDataset(world, "b");
    const sql =
      "select * from a where !scale_denominator! > 1e6 union all select * from b where !scale_denominator! <= 1e6";
    const before = await instantiate(world, layerOf(sql));
    await world.carto.sql.query("update b set name = 'new'");
    const after = await instantiate(world, layerOf(sql));
    expect(after.layergroupid).not.toBe(before.layergroupid);
  });

  test("is not given to who may no longer read a table that a CTE is called like", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "a");
    await world.carto.sql.query("grant select on a to publicuser");
    const { layergroupid } = await instantiate(world, layerOf("with a as (select * from a) select * from a"));
    const ask = async (): Promise<number> => (await fetch(`${world.url}/api/v1/map/${layergroupid}/0/0/0.mvt`)).status;

    expect(await ask()).toBe(200);
    await sleep(KEPT_AFTER_MS);
    expect([await ask(), await ask()]).toEqual([200, 200]);
    await world.carto.sql.query("revoke select on a from publicuser");
    expect(await ask()).toBe(403);
  });
});
