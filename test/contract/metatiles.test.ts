import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instantiate } from "../support/maps.ts";
import { Picture } from "../support/picture.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const CSS = `#l { marker-width: 24; marker-fill: #ff0000; marker-line-width: 0; marker-allow-overlap: true;
  [zoom = 2] { marker-fill: #00ff00; } [zoom = 3] { marker-fill: #0000ff; } }`;

interface Drawn {
  picture: Picture;
  /** Whether it was there already. */
  kept: boolean;
}

describe.each(engines)("pictures that are drawn with their neighbours, on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(engine);
    await world.carto.sql.query(`
      create table spread (cartodb_id serial primary key, the_geom geometry(Point, 4326));
      insert into spread (the_geom) select ST_SetSRID(ST_MakePoint(x * 22.5, y * 20), 4326)
        from generate_series(-8, 8) x, generate_series(-4, 4) y`);
    await world.carto.sql.query("select cdb_cartodbfytable('spread')");
    // What has just changed is not kept yet.
    await new Promise((done) => setTimeout(done, 500));
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  const mapOf = (sql: string, cartocss = CSS): object => ({
    version: "1.8.0",
    layers: [{ type: "mapnik", options: { sql, cartocss, cartocss_version: "3.0.12", minzoom: 1 } }],
  });

  async function open(map: object): Promise<(path: string) => Promise<Drawn>> {
    const { layergroupid } = await instantiate(world, map);
    return async (path) => {
      const answer = await fetch(`${world.url}/api/v1/map/${layergroupid}/${path}?api_key=${world.masterKey}`);
      const picture = new Picture(new Uint8Array(await answer.arrayBuffer()));
      return { picture, kept: answer.headers.has("x-windshaft-cache") };
    };
  }

  test("are there when the first of them is", async () => {
    const draw = await open(mapOf("select * from spread"));
    expect((await draw("2/1/1.png")).kept).toBe(false);
    const others = await Promise.all(["2/0/0.png", "2/1/0.png", "2/0/1.png"].map(draw));
    expect(others.map(({ kept }) => kept)).toEqual([true, true, true]);
    expect((await draw("2/2/1.png")).kept).toBe(false);
  });

  test("are the same as if they were drawn alone", async () => {
    const together = await open(mapOf("select * from spread"));
    // The same for every tile, and yet a query that has one of its own.
    const alone = await open(mapOf("select * from spread where !pixel_width! > 0"));
    for (const path of ["1/0/1.png", "2/1/1.png", "2/2/2.png", "3/3/4.png"]) {
      const [a, b] = [(await together(path)).picture, (await alone(path)).picture];
      expect(a.painted).toBeGreaterThan(100);
      let different = 0;
      for (let y = 0; y < 256; y++) {
        for (let x = 0; x < 256; x++) {
          const [p, q] = [a.at(x, y), b.at(x, y)];
          if (p.some((part, at) => Math.abs(part - (q[at] ?? 0)) > 40)) different++;
        }
      }
      expect(different).toBeLessThan(60);
    }
  });

  test("have what a style says of their zoom", async () => {
    const draw = await open(mapOf("select * from spread"));
    const green = (await draw("2/1/1.png")).picture.count(
      ([red, g, blue, o]) => o > 250 && g > 250 && red + blue === 0,
    );
    const blue = (await draw("3/3/3.png")).picture.count(([red, g, b, o]) => o > 250 && b > 250 && red + g === 0);
    expect([green > 300, blue > 300]).toEqual([true, true]);
    expect((await draw("0/0/0.png")).picture.painted).toBe(0);
  });

  test("are drawn alone where the query or the size is of the tile", async () => {
    const draw = await open(mapOf("select * from spread where !pixel_width! > 0"));
    await draw("2/1/1.png");
    expect((await draw("2/0/0.png")).kept).toBe(false);
    const twice = await open(mapOf("select * from spread"));
    await twice("3/1/1@2x.png");
    expect((await twice("3/0/0@2x.png")).kept).toBe(false);
  });

  test("are new after a change", async () => {
    const draw = await open(mapOf("select * from spread"));
    await draw("2/1/1.png");
    await world.carto.sql.query("delete from spread");
    expect((await draw("2/0/0.png")).picture.painted).toBe(0);
  });
});
