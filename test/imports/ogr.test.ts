import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { unpack } from "../../packages/server/src/imports/archive/unpack.ts";
import { openLayers } from "../../packages/server/src/imports/formats.ts";
import type { ReadOptions } from "../../packages/server/src/imports/reader.ts";
import { hasGdal } from "../support/gdal.ts";
import { collectLayer, readOptions } from "../support/read-layer.ts";

const HOME = resolve(import.meta.dirname, "../../fixtures/geo/ogr");

/** All layers of a fixture: their names, columns and rows. */
async function read(name: string, options: Partial<ReadOptions> = {}): Promise<unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), "carto-ts-ogr-"));
  try {
    let made = 0;
    const place = (): string => join(folder, `${++made}`);
    const all = readOptions({ ...options, folder: place });
    const path = join(HOME, name);
    const whole = { path, name, size: (await stat(path)).size };
    const { files } = await unpack(whole, { ...all, place, maxBytes: 1e9, maxFiles: 26 });
    const layers = [];
    for (const file of files) {
      for await (const layer of openLayers(file, all)) {
        const { facts, rows, geometries } = await collectLayer(layer);
        const columns = facts.columns.map(({ header, type }) => `${header} ${type}`);
        layers.push({ name: layer.name, columns, rows, geometries });
      }
    }
    return layers;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test
  .runIf(hasGdal)
  .each([
    "shapefiles.zip",
    "dbf-language.zip",
    "cst.zip",
    "own-projection.zip",
    "areas.fgb",
    "gml-with-xsd.zip",
    "mapinfo-mif.zip",
    "geodatabase.zip",
    "drawing.zip",
    "map.topojson",
    "esri.json",
    "track.gpx",
    "town.osm",
    "town.osm.pbf",
  ])("an ogr2ogr program reads the same of %s as the WebAssembly", async (name) => {
  const own = readOptions().gdal;

  const byProgram = await read(name, { gdal: { ...own, ogr2ogr: "/usr/bin/ogr2ogr" } });

  expect(byProgram).toEqual(await read(name));
  expect(byProgram).not.toEqual([]);
});

test("what could lead out of its folder is read in the sandbox, whatever program there is", async () => {
  const gdal = { ...readOptions().gdal, ogr2ogr: "/bin/false" };

  for (const name of ["areas.gpkg", "areas.sqlite", "mapinfo-tab.zip", "sheet.xlsx"]) {
    expect(await read(name, { gdal }), name).toHaveLength(1);
  }
});

test("progress grows up to the file's size", async () => {
  const told: number[] = [];

  await read("layers.gpkg", { onProgress: (bytes) => told.push(bytes) });

  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(Math.max(0, ...told)).toBeLessThanOrEqual((await stat(join(HOME, "layers.gpkg"))).size);
});

test("without guessing everything is text but the key", async () => {
  const [layer] = await read("areas.gpkg", { typeGuessing: false });

  expect(layer).toMatchObject({
    columns: [
      "cartodb_id bigint",
      ...["name", "people", "area", "big", "day", "seen", "open"].map((name) => `${name} text`),
    ],
    rows: [{ area: "1.5", big: "9007199254740993", day: "2024/02/29" }, {}, { area: "0.1" }],
  });
});

test("nothing is left in the folder of a layer that was not wanted", async () => {
  const names: string[] = [];
  const file = { path: join(HOME, "layers.gpkg"), name: "layers.gpkg", size: 1 };

  for await (const layer of openLayers(file, readOptions())) names.push(layer.name);

  expect(names).toEqual(["layers_areas", "layers_Cities of it"]);
});
