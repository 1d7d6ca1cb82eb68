// Shows how the database would run a query, how long that takes, and what often makes it slow.
//
//   node .generated/examples/check-query.js "select * from places"
import { Carto } from "@carto-ts/sdk";

const query = process.argv[2] ?? "select 1";
const carto = Carto.fromEnv();

const { rows } = await carto.sql.query<{ "QUERY PLAN": string }>(`explain analyze ${query}`);
const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
console.log(plan);

if (/select\s+\*/i.test(query)) console.log("\n* reads every column: name those that you need.");
if (/Seq Scan/.test(plan)) console.log("\nA whole table is read: a condition on an indexed column would spare that.");
if (/the_geom_webmercator/i.test(query) && /Seq Scan/.test(plan)) {
  console.log("\nA spatial condition uses an index as: the_geom && ST_MakeEnvelope(west, south, east, north, 4326)");
}
