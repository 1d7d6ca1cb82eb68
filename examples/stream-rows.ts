// Copies rows in that are made while they are sent: memory stays flat, however many there are.
//
//   node .generated/examples/stream-rows.js 100000
import { Carto } from "@carto-ts/sdk";

const count = Number(process.argv[2] ?? 100_000);
const carto = Carto.fromEnv();

await carto.sql.query("drop table if exists readings");
await carto.sql.query("create table readings (at timestamptz, value float8, the_geom geometry(Point, 4326))");

/** A sweep of a radar, say: anything that is an iterable, or an async one. */
function* readings(): Generator<Record<string, unknown>> {
  for (let n = 0; n < count; n++) {
    const angle = (n / 360) * 2 * Math.PI;
    yield {
      at: new Date(Date.UTC(2026, 0, 1) + n * 1000),
      value: Math.sin(angle),
      the_geom: `SRID=4326;POINT(${10 * Math.cos(angle)} ${10 * Math.sin(angle)})`,
    };
  }
}

const result = await carto.copy.from(
  { table: "readings", columns: ["at", "value", "the_geom"] },
  { rows: readings() },
  { onProgress: ({ bytes }) => process.stderr.isTTY && process.stderr.write(`\r${(bytes / 1e6).toFixed(1)} MB`) },
);
console.log(`${result.total_rows} rows in ${result.time} s`);
