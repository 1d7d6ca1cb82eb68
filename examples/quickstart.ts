// A tour in one file: starts a server with an embedded PostGIS, loads real data, asks it a question, runs a job, and
// writes the answer to a file. `npm run quickstart`, or with `-- --keep` to leave the server up and play with it.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Carto } from "@carto-ts/sdk/node";
import { startServer } from "@carto-ts/server";
import { readCountries, readPlaces } from "./quickstart/data.ts";
import { say, showTable, step, withProgress } from "./quickstart/show.ts";

const keep = process.argv.includes("--keep");

const server = await step("Start a server with an embedded PostGIS", () =>
  // Where it stays up, at its usual address if that is free.
  keep ? startServer().catch(() => startServer({ port: 0 })) : startServer({ port: 0 }),
);
const carto = new Carto({ baseUrl: server.url, apiKey: server.masterKey });

await step("Make two tables", () =>
  carto.sql.query(`
    create table places (name text, country text, population bigint, the_geom geometry(Point, 4326));
    create table countries (name text, the_geom geometry(Geometry, 4326));
  `),
);

const places = readPlaces();
await step(`Copy ${places.length.toLocaleString("en")} places in, as a generator makes them`, () =>
  withProgress(places.length, (count) => {
    const rows = (function* () {
      for (const { name, country, population, loc } of places) {
        count();
        yield { name, country, population, the_geom: `SRID=4326;POINT(${loc.coordinates.join(" ")})` };
      }
    })();
    return carto.copy.from({ table: "places", columns: ["name", "country", "population", "the_geom"] }, { rows });
  }),
);

const countries = readCountries();
await step(`Copy ${countries.length} country polygons in`, async () => {
  const rows = countries.map(({ name, geometry }) => ({ name, the_geom: JSON.stringify(geometry) }));
  await carto.copy.from({ table: "countries", columns: ["name", "the_geom"] }, { rows });
  // Two countries go over the antimeridian, which a flat map has at both its ends: they are cut there. Borders that were
  // simplified for small maps may cross themselves.
  await carto.sql.query(`
    update countries set the_geom = st_wrapx(st_shiftlongitude(the_geom), 180, -360) where name in ('Fiji', 'Russia');
    update countries set the_geom = st_makevalid(the_geom) where not st_isvalid(the_geom)`);
});

await step("Make datasets of both, which everybody may see on a map", async () => {
  for (const table of ["places", "countries"]) {
    // Adds a key, the geometry as maps want it, and the indexes.
    await carto.sql.query(`select cdb_cartodbfytable('${table}')`);
    await carto.sql.query(`analyze ${table}`);
    await carto.datasets.update(table, { privacy: "public" });
  }
});

const QUESTION = `
  select c.name as country, count(*) as places, sum(p.population) as population
  from countries c join places p on st_intersects(c.the_geom, p.the_geom)
  group by c.name order by population desc limit 10`;
const answer = await step("Ask: how many people live in the places within each country?", () =>
  carto.sql.query<{ country: string; places: number; population: number }>(QUESTION),
);
showTable(answer.rows);

const job = await step("Build a table of it in the background, by a batch job", async () =>
  carto.batch.wait(
    await carto.batch.create([`create table population_by_country as ${QUESTION}`, "analyze population_by_country"]),
  ),
);
say(`job ${job.job_id} is ${job.status}`);

const file = join(await mkdtemp(join(tmpdir(), "carto-ts-quickstart-")), "population_by_country.csv");
await step("Copy that table out to a CSV file", () =>
  carto.copy.toFile("copy population_by_country to stdout with (format csv, header)", file),
);
say(file);

if (keep) {
  say("\nThe server stays up until you press Ctrl-C. In another terminal:\n");
  say(`  export CARTO_API_URL=${server.url} CARTO_API_KEY=${server.masterKey}`);
  say(`  npx carto-ts sql "select name, population from places order by population desc limit 5"`);
  say(`  npx carto-ts sql --format geojson "select * from countries limit 1"`);
  say("  npx carto-ts copy to population_by_country");
  say(`  npx carto-ts job create --wait "create table big as select * from places where population > 1000000"`);
  say(`\nLook at it: ${server.viewerUrl}/dataset/places\n            ${server.viewerUrl}/dataset/countries`);
  await new Promise((resolve) => process.once("SIGINT", resolve));
} else {
  say("\nWhat to try next:\n");
  say("  npm run quickstart -- --keep            the same, and the server stays up to play with");
  say("  npx carto-ts serve                      a server of your own, its data kept on disk");
  say("  npx carto-ts --help                     queries, COPY and jobs on the command line");
  say("  docs/guide/from-carto-python.md         if you come from CARTO's Python SDK");
  say("\nWith --keep all of it is on maps at http://127.0.0.1:8080/viewer/dev");
}
await server.close();
