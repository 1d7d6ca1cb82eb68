import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";
import { PMTiles, type Source } from "pmtiles";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, outcome, run, type Served, said, serve, start, temporaryDirectory } from "./cli.ts";

let served: Served;
let folder: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  folder = await temporaryDirectory();
  served = await serve();
  const rows = Array.from(
    { length: 400 },
    (_, i) => `place ${i},${-40 + (i % 20) * 4},${-60 + Math.floor(i / 20) * 6}`,
  );
  await cli(["import", "-", "--name", "places.csv"], `name,lat,lon\n${rows.join("\n")}\n`);
});
afterAll(async () => {
  await served?.stop();
  await folder.remove();
});

const cli = (args: string[], input?: string): Promise<Outcome> =>
  run(args, { env: served.env, ...(input !== undefined && { input }) });

const inFolder = (name: string): string => join(folder.path, name);

async function openArchive(path: string): Promise<PMTiles> {
  const bytes = await readFile(path);
  const source: Source = {
    getKey: () => path,
    getBytes: async (offset, length) => ({ data: new Uint8Array(bytes.subarray(offset, offset + length)).buffer }),
  };
  return new PMTiles(source);
}

function namesIn(bytes: ArrayBuffer | Uint8Array, layer: string): string[] {
  const tile = new VectorTile(new PbfReader(new Uint8Array(bytes))).layers[layer];
  return Array.from({ length: tile?.length ?? 0 }, (_, i) => String(tile?.feature(i).properties["name"]));
}

describe("tiles", () => {
  it("makes a PMTiles archive of a table, within its own bounds", async () => {
    const path = inFolder("places.pmtiles");
    const { code, stderr } = await cli(["tiles", "places", "-o", path, "--max-zoom", "4"]);

    expect(code).toBe(0);
    expect(stderr).toMatch(/places\.pmtiles: \d+ tiles, [\d.]+ kB in /);
    const archive = await openArchive(path);
    expect(await archive.getHeader()).toMatchObject({ minZoom: 0, maxZoom: 4, minLat: -40, maxLat: 36, minLon: -60 });
    expect(await archive.getMetadata()).toMatchObject({
      name: "places",
      vector_layers: [{ id: "places", fields: { name: "String" } }],
    });
    const world = await archive.getZxy(0, 0, 0);
    expect(namesIn(world?.data ?? new ArrayBuffer(0), "places").length).toBe(400);
    const seen = new Set<string>();
    for (let x = 0; x < 16; x++) {
      for (let y = 0; y < 16; y++) {
        const tile = await archive.getZxy(4, x, y);
        for (const name of tile ? namesIn(tile.data, "places") : []) seen.add(name);
      }
    }
    expect(seen.size).toBe(400);
  });

  it("makes a folder of a query, a named map or a MapConfig", async () => {
    const sql = "select * from places where name like 'place 1%'";
    const config = { version: "1.8.0", layers: [{ id: "few", options: { sql } }] };
    await cli(["map", "create", "-"], JSON.stringify({ version: "0.0.1", name: "few", layergroup: config }));
    const sources: [string, string[], string?][] = [
      ["layer", ["--sql", sql]],
      ["few", ["--map", "few", "--bbox=-60,-40,60,40"]],
      ["few", ["--config", "-", "--bbox=-60,-40,60,40"], JSON.stringify(config)],
    ];
    for (const [i, [layer, args, input]] of sources.entries()) {
      const path = inFolder(`folder-${i}`);
      const made = await cli(["tiles", ...args, "-o", path, "--max-zoom", "1"], input);

      expect(made.stderr).toContain("tiles");
      expect(made.code).toBe(0);
      expect(namesIn(await readFile(join(path, "0/0/0.mvt")), layer).length).toBe(111);
      expect(JSON.parse(await readFile(join(path, "tiles.json"), "utf8"))).toMatchObject({ minzoom: 0, maxzoom: 1 });
    }
  });

  it("leaves what is there alone, and nothing of its own behind", async () => {
    await mkdir(inFolder("full"));
    await writeFile(inFolder("full/mine.txt"), "mine");
    await writeFile(inFolder("old.pmtiles"), "mine too");

    const refused = await cli(["tiles", "places", "-o", inFolder("full")]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("is there already");
    await mkdir(inFolder("folder.pmtiles"));
    const folderNamed = await cli(["tiles", "places", "-o", inFolder("folder.pmtiles")]);
    expect([folderNamed.code, folderNamed.stderr]).toEqual([2, expect.stringContaining("is a folder")]);
    expect((await cli(["tiles", "nothing", "-o", inFolder("old.pmtiles")])).code).not.toBe(0);
    expect(await readFile(inFolder("old.pmtiles"), "utf8")).toBe("mine too");

    const names = await readdir(folder.path);
    expect(names.filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("fills a folder that is there and empty, and makes those that are not", async () => {
    await mkdir(inFolder("Größe und Maß"));
    await cli(["tiles", "places", "-o", inFolder("Größe und Maß"), "--max-zoom", "1"]);
    expect((await readdir(inFolder("Größe und Maß"))).sort()).toEqual(["0", "1", "tiles.json"]);

    const { code } = await cli(["tiles", "places", "-o", inFolder("new/one/places.pmtiles"), "--max-zoom", "1"]);
    expect(code).toBe(0);
    expect(await readdir(inFolder("new/one"))).toEqual(["places.pmtiles"]);
  });

  it("takes a query with a semicolon, and warns when nothing came of it", async () => {
    const none = ["tiles", "--sql", "select * from places where false; -- nobody", "--max-zoom", "1"];
    const { code, stderr } = await cli([...none, "-o", inFolder("none.pmtiles")]);
    expect([code, stderr.split("\n")[0]]).toEqual([0, "warning: there is nothing of layer on these tiles"]);
  });

  it("finds what is too small to be seen from afar, also where points come first", async () => {
    const point = "select 1 id, 'point' name, st_setsrid(st_makepoint(100, -50), 4326) the_geom";
    const house = "select 2, 'house', st_setsrid(st_makeenvelope(-60, -60, -59.98, -59.98), 4326)";
    const sql = `select id cartodb_id, name, st_transform(the_geom, 3857) the_geom_webmercator from (${point} union all ${house}) t order by id`;
    const path = inFolder("small.pmtiles");
    await cli(["tiles", "--sql", sql, "-o", path, "--max-zoom", "5"]);

    const near = await (await openArchive(path)).getZxy(5, 10, 22);
    expect(namesIn(near?.data ?? new ArrayBuffer(0), "layer")).toEqual(["house"]);
  });

  it("says what is wrong with a query, and what a table needs", async () => {
    await cli(["sql", "create table bare (name text)"]);
    const bare = await cli(["tiles", "bare", "-o", inFolder("never.pmtiles")]);
    expect(bare.code).toBe(3);
    expect(bare.stderr).toContain("hint: maps show a column the_geom_webmercator: select cdb_cartodbfytable('TABLE')");
    const wrong = await cli(["tiles", "--sql", "select 1 from", "-o", inFolder("never.pmtiles")]);
    expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining("syntax error")]);
  });

  it("ends at once when it is interrupted, and leaves nothing", async () => {
    const path = inFolder("interrupted.pmtiles");
    const child = start(
      ["tiles", "places", "-o", path, "--bbox=-180,-80,180,80", "--max-zoom", "9", "--progress", "json"],
      {
        ...served.env,
      },
    );
    const ended = outcome(child);
    await said(child.stderr, "tiles_per_second");
    child.kill("SIGINT");

    expect((await ended).code).toBe(130);
    expect((await readdir(folder.path)).filter((name) => name.includes("interrupted"))).toEqual([]);
  });

  it("says what it can't do", async () => {
    const cases: [string[], string][] = [
      [[], "there is nothing to make tiles of"],
      [["places", "--sql", "select 1"], "there are several things to make tiles of"],
      [["places", "--min-zoom", "5", "--max-zoom", "2"], "there are no zooms from 5 to 2"],
      [["places", "--bbox=1,2,3"], "It must be four numbers"],
      [["places", "--bbox=-180,-80,180,80", "--max-zoom", "20"], "tiles are too many"],
    ];
    for (const [args, text] of cases) {
      const { code, stderr } = await cli(["tiles", ...args, "-o", inFolder("never")]);
      expect(code).toBe(2);
      expect(stderr).toContain(text);
    }
  });
});
