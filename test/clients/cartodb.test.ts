import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engines, startWorld, type World } from "../support/world.ts";

/** A promise as the client has them. */
interface Chain {
  done(use: (value: unknown) => void): Chain;
  error(use: (error: unknown) => void): Chain;
}

/** What is used of cartodb 0.5.1, the client for Node that CARTO made. */
interface CartodbClient {
  SQL: new (config: object) => { execute(q: string, vars?: object, options?: object): Chain };
  Import: new (config: object) => { file(path: string, options?: object): Chain };
  Maps: { Named: new (config: object) => NamedMaps };
}

/** Its calls of the Maps API. */
interface NamedMaps {
  create(options: { template: object }): Chain;
  update(options: { template: object }): Chain;
  list(): Chain;
  definition(options: { template_id: string }): Chain;
  instantiate(options: { template_id: string; auth_token?: string; params?: object }): Chain;
  delete(options: { template_id: string }): Chain;
}

const require = createRequire(import.meta.url);
const isInstalled = existsSync(new URL("node_modules/cartodb/package.json", import.meta.url));

const settled = (chain: Chain): Promise<unknown> => new Promise((resolve, reject) => chain.done(resolve).error(reject));

const configOf = (world: World): object => ({
  user: world.account,
  api_key: world.masterKey,
  sql_api_url: `${world.url}/api/v2/sql`,
  import_api_url: `${world.url}/api/v1/imports`,
  maps_api_url: `${world.url}/api/v1/map/named`,
});

describe.skipIf(!isInstalled).each(engines)("cartodb 0.5.1, unmodified, on %s", (engine) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "carto-ts-cartodb-"));
    await writeFile(join(folder, "cities.csv"), "name,lat,lon\nVic,41.93,2.25\nOlot,42.18,2.49\n");
    await writeFile(join(folder, "nothing.csv"), "");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("imports a file and reads it by SQL", async () => {
    await using world = await startWorld(engine);
    const client = require("cartodb") as CartodbClient;

    const table = await settled(
      new client.Import(configOf(world)).file(join(folder, "cities.csv"), { privacy: "public" }),
    );
    const sql = new client.SQL(configOf(world));
    const read = await settled(
      sql.execute("select name from {{table}} where name = '{{{name}}}'", { table, name: "Vic" }),
    );
    const geojson = await settled(sql.execute("select * from cities", { format: "geojson" }));

    expect(table).toBe("cities");
    expect(read).toMatchObject({ rows: [{ name: "Vic" }], total_rows: 1 });
    expect(JSON.parse(String(geojson))).toMatchObject({
      type: "FeatureCollection",
      features: [{ geometry: { type: "Point" } }, {}],
    });
    expect((await world.client({}).sql.query("select count(*) as n from cities")).rows).toEqual([{ n: 2 }]);
  });

  test("is told why an import or a query failed", async () => {
    await using world = await startWorld(engine);
    const client = require("cartodb") as CartodbClient;

    await expect(settled(new client.Import(configOf(world)).file(join(folder, "nothing.csv")))).rejects.toMatchObject({
      title: "Empty file",
      source: "user",
    });
    await expect(settled(new client.SQL(configOf(world)).execute("select nope"))).rejects.toEqual([
      'column "nope" does not exist',
    ]);
  });

  test("keeps named maps and instantiates them", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query(
      "create table spots as select 1 as cartodb_id, ST_SetSRID(ST_MakePoint(0, 0), 3857) as the_geom_webmercator",
    );
    const client = require("cartodb") as CartodbClient;
    const named = new client.Maps.Named(configOf(world));
    const template = {
      version: "0.0.1",
      name: "spots",
      auth: { method: "token", valid_tokens: ["open sesame"] },
      placeholders: { least: { type: "number", default: 0 } },
      layergroup: {
        version: "1.8.0",
        layers: [{ type: "mapnik", options: { sql: "select * from spots where cartodb_id >= <%= least %>" } }],
      },
    };

    expect(await settled(named.create({ template }))).toEqual({ template_id: "spots" });
    await expect(settled(named.create({ template }))).rejects.toEqual([
      `Template 'spots' of user '${world.account}' already exists`,
    ]);
    expect(await settled(named.update({ template: { ...template, view: { zoom: 3 } } }))).toEqual({
      template_id: "spots",
    });
    expect(await settled(named.list())).toEqual({ template_ids: ["spots"] });
    expect(await settled(named.definition({ template_id: "spots" }))).toEqual({
      template: { ...template, view: { zoom: 3 } },
    });

    const call = { template_id: "spots", params: { least: 1 } };
    expect(await settled(named.instantiate({ ...call, auth_token: "open sesame" }))).toMatchObject({
      layergroupid: expect.stringMatching(new RegExp(`^${world.account}@[0-9a-f]{8}@[0-9a-f]{32}:\\d+$`)),
      metadata: { layers: [{ type: "mapnik", id: "layer0" }] },
    });
    await expect(settled(named.instantiate({ ...call, auth_token: "knock" }))).rejects.toEqual([
      "Unauthorized template instantiation",
    ]);

    expect(await settled(named.delete({ template_id: "spots" }))).toEqual({ success: true });
    await expect(settled(named.delete({ template_id: "spots" }))).rejects.toEqual([
      `Template 'spots' of user '${world.account}' does not exist`,
    ]);
  });
});
