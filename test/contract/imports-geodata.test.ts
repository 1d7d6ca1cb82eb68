import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { hasGdal } from "../support/gdal.ts";
import { importFailure } from "../support/import-outcome.ts";
import { engines, startTestServer, startWorld, worldOf } from "../support/world.ts";

const FIXTURES = resolve(import.meta.dirname, "../../fixtures/geo/ogr");

const fixture = async (name: string, as = name): Promise<File> =>
  new File([new Uint8Array(await readFile(resolve(FIXTURES, name)))], as);

describe.each(engines)("geodata on %s", (engine) => {
  test("without a system of its own is in the one that is named", async () => {
    const { carto } = await startWorld(engine);

    for (const name of ["no-prj-metres.zip", "no-system.gpkg", "drawing-metres.zip"]) {
      const { datasets } = await carto.datasets.create(await fixture(name), { srs: "EPSG:25830" });
      const { rows } = await carto.sql.query(
        `select ST_Distance(the_geom, 'SRID=4326;POINT(-3.7038 40.4168)') < 0.01 as near, ST_SRID(the_geom) as srid
         from ${datasets[0]?.name} order by cartodb_id limit 1`,
      );
      expect(rows, name).toEqual([{ near: true, srid: 4326 }]);
    }
  });

  test("that says its system keeps it, whatever is named", async () => {
    const { carto } = await startWorld(engine);

    const { datasets } = await carto.datasets.create(await fixture("areas.gpkg"), { srs: "25830" });

    expect(datasets).toMatchObject([{ name: "areas", rows: 3 }]);
    const { rows } = await carto.sql.query(
      "select ST_AsText(ST_PointN(ST_ExteriorRing(the_geom), 1)) as at from areas limit 1",
    );
    expect(rows).toEqual([{ at: "POINT(-4.5 36.7)" }]);
  });

  test("is not imported in a system that is none, or not known", async () => {
    const { carto } = await startWorld(engine);

    await expect(carto.imports.create(await fixture("no-system.gpkg"), { srs: "mars" })).rejects.toThrow(
      "Unknown value 'mars' for 'srs'. Name a coordinate system by its EPSG code, such as EPSG:25830",
    );
    expect(await importFailure(carto, await fixture("no-system.gpkg"), { srs: "EPSG:999998" })).toEqual({
      code: 3008,
      says: "EPSG:999998, which was named for the file, is not known to the database.",
    });
  });

  test("is recognised by what it holds, packed or not, whatever its name", async () => {
    const { carto } = await startWorld(engine);

    const packed = new File([gzipSync(await readFile(resolve(FIXTURES, "areas.fgb")))], "packed.fgb.gz");
    const unnamed = await fixture("areas.sqlite", "unnamed");

    expect((await carto.datasets.create(packed)).datasets).toMatchObject([{ name: "packed", rows: 2 }]);
    expect((await carto.datasets.create(unnamed)).datasets).toMatchObject([{ name: "unnamed", rows: 3 }]);
  });

  test("of several layers skips those that are there, and overwrites them when asked", async () => {
    const { carto } = await startWorld(engine);
    await carto.datasets.create(new File(["a\n1\n"], "layers_areas.csv"));

    const skipped = await carto.datasets.create(await fixture("layers.gpkg"), { collisionStrategy: "skip" });
    expect(skipped.datasets).toMatchObject([{ name: "layers_cities_of_it", rows: 2 }]);

    const again = await carto.datasets
      .create(await fixture("layers.gpkg"), { collisionStrategy: "overwrite" })
      .catch((error: Error) => error);
    expect(again).toMatchObject({ code: 2012 });
    await carto.sql.query("drop table layers_areas");
    const { datasets } = await carto.datasets.create(await fixture("layers.gpkg"), { collisionStrategy: "overwrite" });
    expect(datasets).toMatchObject([{ name: "layers_areas" }, { name: "layers_cities_of_it", rows: 2 }]);
  });

  test("without guessing is text, with its geometry", async () => {
    const { carto } = await startWorld(engine);

    await carto.datasets.create(await fixture("layers.gpkg"), { typeGuessing: false });

    const { rows } = await carto.sql.query(
      "select cartodb_id, pg_typeof(people)::text as type, people, ST_AsText(the_geom, 3) as at from layers_cities_of_it order by 1",
    );
    expect(rows).toEqual([
      { cartodb_id: 10, type: "text", people: "3223334", at: "POINT(-3.704 40.417)" },
      { cartodb_id: 20, type: "text", people: "2102650", at: "POINT(2.352 48.857)" },
    ]);
  });

  test("tells how far it is in bytes", async () => {
    const { carto } = await startWorld(engine);

    const created = await carto.datasets.create(await fixture("areas.gpkg"));

    expect(created.import.progress).toEqual({ bytes: 27648, total_bytes: 27648, rows: 3 });
  });

  test.runIf(hasGdal)("is read by the ogr2ogr program that the server has", async () => {
    const server = await startTestServer(engine, { gdal: { ogr2ogr: "/usr/bin/ogr2ogr" } });
    const { carto } = worldOf(server);

    const { datasets } = await carto.datasets.create(await fixture("shapefiles.zip"));

    expect(datasets).toMatchObject([
      { name: "areas", rows: 3 },
      { name: "cities", rows: 2 },
    ]);
    await server.close();
  });
});
