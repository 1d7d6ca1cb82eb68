// Makes a table, copies a CSV file into it, copies it out again, and empties it.
//
//   node .generated/examples/copy-example.js examples/files/cities.csv out.csv
import { Carto } from "@carto-ts/sdk/node";

const [input = "examples/files/cities.csv", output = "out.csv"] = process.argv.slice(2);
const carto = Carto.fromEnv();

await carto.sql.query("drop table if exists copy_example");
await carto.sql.query("create table copy_example (the_geom geometry(Geometry, 4326), name text, age integer)");
// Gives the table what maps need: cartodb_id, the_geom_webmercator, indexes.
await carto.sql.query("select CDB_CartodbfyTable(current_schema, 'copy_example')");

const columns = "the_geom, name, age";
const copied = await carto.copy.fromFile(
  `COPY copy_example (${columns}) FROM STDIN WITH (FORMAT csv, HEADER true)`,
  input,
);
console.log(`${copied.total_rows} rows copied in, in ${copied.time} s`);

// The file appears when all of it is there; an error leaves what was there before.
await carto.copy.toFile(`COPY copy_example (${columns}) TO STDOUT WITH (FORMAT csv, HEADER true)`, output);
console.log(`copied out to ${output}`);

await carto.sql.query("truncate copy_example");
