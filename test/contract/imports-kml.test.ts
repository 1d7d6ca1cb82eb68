import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { engines, startWorld, type World } from "../support/world.ts";

const HOME = resolve(import.meta.dirname, "../../fixtures/geo/kml");

const place = (name: string): string =>
  `<Placemark><name>${name}</name><Point><coordinates>1,2</coordinates></Point></Placemark>`;

const kml = (body: string, name: string): File =>
  new File([`<kml xmlns="http://www.opengis.net/kml/2.2"><Document>${body}</Document></kml>`], name);

describe.each(engines)("KML, imported on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(engine);
  });

  async function tablesOf(file: File): Promise<string[]> {
    const { datasets } = await world.carto.datasets.create(file);
    const tables = datasets.map(async ({ name }) => {
      const { rows } = await world.carto.sql.query<{ names: string }>(
        `SELECT string_agg(name, ' ' ORDER BY cartodb_id) AS names FROM ${name}`,
      );
      return `${name}: ${rows[0]?.names}`;
    });
    return Promise.all(tables);
  }

  test("each Folder with Placemarks of its own becomes a table named after it", async () => {
    const file = kml(
      `<name>City</name>
       <Folder><name>Parks &amp; gardens</name>${place("p1")}
         <Folder><name>Trees</name>${place("t1")}${place("t2")}</Folder>${place("p2")}</Folder>
       <Folder><name>Nothing</name></Folder>
       ${place("c1")}`,
      "city-map.kml",
    );

    expect(await tablesOf(file)).toEqual(["city: c1", "parks_gardens: p1 p2", "trees: t1 t2"]);
  });

  test("Folders of one name, and of none, become tables with numbers", async () => {
    const file = kml(
      `<Folder>${place("a")}</Folder><Folder><name> </name>${place("b")}</Folder><Folder><name>unnamed</name>${place("c")}</Folder>`,
      "unnamed.kml",
    );

    expect(await tablesOf(file)).toEqual(["unnamed: a", "unnamed_1: b", "unnamed_2: c"]);
  });

  test("a Schema counts wherever it stands before its data, and columns are each Folder's own", async () => {
    const file = kml(
      `<Schema id="s"><SimpleField type="string" name="code"/></Schema>
       <Folder><name>codes</name><Placemark><name>x</name><ExtendedData><SchemaData><SimpleData name="code">007</SimpleData></SchemaData></ExtendedData></Placemark></Folder>
       <Folder><name>numbers</name><Placemark><name>y</name><ExtendedData><Data name="n"><value>7</value></Data></ExtendedData></Placemark></Folder>`,
      "two.kml",
    );
    await world.carto.datasets.create(file);

    const { rows } = await world.carto.sql.query("SELECT code, n + 1 AS more FROM codes, numbers");

    expect(rows).toEqual([{ code: "007", more: 8 }]);
  });

  test("without type_guessing all data is text", async () => {
    const file = kml(
      `<Placemark><name>y</name><TimeStamp><when>2020-01-01</when></TimeStamp><ExtendedData><Data name="n"><value>7</value></Data></ExtendedData></Placemark>`,
      "texts.kml",
    );
    await world.carto.datasets.create(file, { typeGuessing: false });

    const { fields } = await world.carto.sql.query("SELECT n, timestamp FROM texts");

    expect(Object.values(fields).map(({ type }) => type)).toEqual(["string", "string"]);
  });

  test("a KMZ in an archive is told of, and a KML there becomes a table", async () => {
    const file = new File([readFileSync(resolve(HOME, "places.kmz"))], "bundle.zip");

    const { datasets } = await world.carto.datasets.create(file);

    expect(datasets.map(({ name }) => name)).toEqual(["doc"]);
  });

  test("what the export writes comes back as it was", async () => {
    const q = `SELECT 'a' AS name, 7::bigint * 1000000000000 AS big, true AS yes, 'x<&>' AS text,
      ST_Multi(ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))', 4326)) AS the_geom`;
    const answer = await fetch(`${world.url}/api/v2/sql?format=kml&filename=back&q=${encodeURIComponent(q)}`);
    await world.carto.datasets.create(new File([await answer.text()], "back.kml"));

    const { rows } = await world.carto.sql.query("SELECT name, big, yes, text, ST_AsText(the_geom) AS at FROM back");

    expect(rows).toEqual([
      { name: "a", big: 7000000000000, yes: true, text: "x<&>", at: "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))" },
    ]);
  });
});
