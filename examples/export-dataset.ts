// Writes a table, or a query's rows, into a file whose name tells the format: .csv, .geojson, .kml, .gpkg, .zip for a
// Shapefile, …; says what that format doesn't keep.
//
//   node .generated/examples/export-dataset.js places places.geojson
import { Carto, exportFormatOf, exportLosses, ident } from "@carto-ts/sdk/node";

const [source, path = `${source}.geojson`] = process.argv.slice(2);
if (source === undefined) throw new Error("say which table, or which query");
const carto = Carto.fromEnv();
const query = /^\s*(?:select|with)\s/i.test(source) ? source : `select * from ${ident(source)}`;

const format = exportFormatOf(path);
if (format) {
  // Of no rows: the columns alone.
  const { fields } = await carto.sql.query(`select * from (${query}) as q limit 0`);
  for (const { text, columns } of exportLosses(format, fields)) console.log(`${format.title}: ${text}`, ...columns);
}

// The file appears when all of it is there; an error leaves what was there before.
const { bytes } = await carto.sql.exportToFile(query, path, { skipfields: ["the_geom_webmercator"] });
console.log(`${bytes} bytes in ${path}`);
