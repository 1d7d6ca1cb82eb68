// `node bench/imports.mjs [csv] [geojson]`: imports beside what one would do by hand, in turn. Needs ogr2ogr for GeoJSON,
// 4 GB of disk, and some twenty minutes; ROWS=1000000 takes a tenth of the CSV's.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { alternate, median, seconds } from "./support/measure.mjs";
import { openWorld } from "./support/world.mjs";

const ROWS = Number(process.env.ROWS ?? 10_000_000);
const FEATURES = 900_000;
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const MEMORY_GOAL_MB = 150;

const FINISH = `
  create table T as select (row_number() over ())::bigint cartodb_id, g the_geom, ST_Transform(g, 3857) the_geom_webmercator, s.*
    from (select s.*, GEOMETRY g from S s offset 0) s;
  alter table T add primary key (cartodb_id);
  create index on T using gist (the_geom);
  create index on T using gist (the_geom_webmercator);
  analyze T`;
const finish = (source, table, geometry) =>
  FINISH.replaceAll(/\bT\b/g, table).replace("S s", `${source} s`).replace("GEOMETRY", geometry);

const wanted = process.argv.length > 2 ? process.argv.slice(2) : ["csv", "geojson"];
const world = await openWorld({ rows: 1000 });
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, Node ${process.versions.node}; medians of ${ROUNDS}, in turn`,
);
try {
  if (wanted.includes("csv")) await csv();
  if (wanted.includes("geojson")) await geojson();
} finally {
  await world.close();
}

async function csv() {
  const file = join(world.folder, "places.csv");
  await writeRows(file, ROWS, csvRow, "id,name,kind,count,share,day,at,longitude,latitude\n");
  const megabytes = statSync(file).size / 1e6;
  let peak = 0;
  const { ours, reference } = await alternate(
    {
      ours: async () => {
        forgetPeak();
        const { whole } = await imported(file);
        peak = Math.max(peak, serverPeak());
        await world.carto.sql.query("drop table places");
        return whole;
      },
      reference: async () => {
        const took = await seconds(async () => {
          await world.psql(`create table typed (id int, name text, kind text, count bigint, share double precision, day date,
            at timestamptz, longitude double precision, latitude double precision)`);
          await world.psql(`\\copy typed from '${file}' csv header`);
          for (const statement of finish(
            "typed",
            "byhand",
            "ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)",
          ).split(";"))
            await world.psql(statement);
        });
        await world.psql("drop table typed, byhand");
        return took;
      },
    },
    { rounds: ROUNDS, warmUp: 0 },
  );
  tell(`CSV, ${ROWS / 1e6} M rows, ${Math.round(megabytes)} MB, against psql \\copy and the same finishing`, {
    ours,
    reference,
    goal: 0.8,
  });
  const verdict = peak <= MEMORY_GOAL_MB ? "met" : "missed";
  console.log(`  server's peak memory ${Math.round(peak)} MB, goal ${MEMORY_GOAL_MB}: ${verdict}\n`);
}

async function geojson() {
  if (spawnSync("ogr2ogr", ["--version"]).status !== 0) throw new Error("ogr2ogr is needed: install gdal-bin");
  const file = join(world.folder, "features.geojson");
  await writeRows(file, FEATURES, featureRow, '{"type":"FeatureCollection","features":[\n', "\n]}\n");
  const megabytes = Math.round(statSync(file).size / 1e6);
  const { ours, ogr, byHand } = await alternate(
    {
      ogr: async () => {
        const took = await seconds(() => ogr2ogr(file, "ogr"));
        await world.psql("drop table ogr");
        return took;
      },
      ours: async () => {
        const took = await imported(file);
        await world.carto.sql.query("drop table features");
        return took;
      },
      byHand: async () => {
        const took = await seconds(async () => {
          await ogr2ogr(file, "ogr");
          for (const statement of finish("ogr", "byhand", "wkb_geometry").split(";")) await world.psql(statement);
        });
        await world.psql("drop table ogr, byhand");
        return took;
      },
    },
    { rounds: ROUNDS, warmUp: 0 },
  );
  const what = `GeoJSON, ${FEATURES / 1000} k points, ${megabytes} MB`;
  tell(`${what}, upload and staging, against ogr2ogr`, {
    ours: ours.map(({ staging }) => staging),
    reference: ogr,
    goal: 2.5,
  });
  tell(`${what}, whole import, against ogr2ogr and the same finishing`, {
    ours: ours.map(({ whole }) => whole),
    reference: byHand,
    goal: 1.5,
  });
}

/** Uploads a file, and waits until its table is there. @returns seconds until the rows were staged, and until the end */
async function imported(file) {
  const startedAt = performance.now();
  let staging;
  const { warnings } = await world.carto.datasets.createFromFile(file, {
    interval: 50,
    onProgress: ({ phase, rows }) => {
      if (phase === "import" && rows > 0) staging ??= (performance.now() - startedAt) / 1000;
    },
  });
  if (Object.keys(warnings).length > 0) throw new Error(JSON.stringify(warnings));
  return { staging, whole: (performance.now() - startedAt) / 1000 };
}

async function ogr2ogr(file, table) {
  const url = new URL(world.url);
  const target = `PG:host=${url.searchParams.get("host") ?? url.hostname} port=${url.port} dbname=${url.pathname.slice(1)} user=${url.username} password=${url.password}`;
  const child = spawn(
    "ogr2ogr",
    [
      "-f",
      "PostgreSQL",
      target,
      file,
      "-nln",
      table,
      "-lco",
      "SPATIAL_INDEX=NONE",
      "-lco",
      "UNLOGGED=ON",
      "--config",
      "PG_USE_COPY",
      "YES",
    ],
    { stdio: "inherit" },
  );
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error("ogr2ogr failed");
}

function csvRow(i) {
  const day = new Date(1.2e12 + (i % 5000) * 86_400_000).toISOString();
  return `${i},place number ${i},kind ${i % 17},${i * 7919},${(i % 1000) / 7},${day.slice(0, 10)},${day},${(((i * 7919) % 3600) - 1800) / 10},${(((i * 104729) % 1700) - 850) / 10}\n`;
}

function featureRow(i, isLast) {
  const day = new Date(1.2e12 + (i % 5000) * 86_400_000).toISOString();
  const properties = {
    id: i,
    name: `place number ${i}`,
    kind: `kind ${i % 17}`,
    count: i * 7919,
    share: (i % 1000) / 7,
    day: day.slice(0, 10),
    at: day,
    open: i % 3 === 0,
  };
  const coordinates = [(((i * 7919) % 36_000) - 18_000) / 100.1, (((i * 104_729) % 17_000) - 8500) / 100.1];
  return `${JSON.stringify({ type: "Feature", properties, geometry: { type: "Point", coordinates } })}${isLast ? "" : ",\n"}`;
}

async function writeRows(file, rows, toRow, head, tail = "") {
  const out = createWriteStream(file);
  let piece = head;
  for (let i = 0; i < rows; i++) {
    piece += toRow(i, i === rows - 1);
    if (piece.length > 1 << 20) {
      if (!out.write(piece)) await once(out, "drain");
      piece = "";
    }
  }
  out.end(piece + tail);
  await once(out, "close");
}

function serverPeak() {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${world.server.child.pid}/status`, "utf8"))?.[1]) / 1024;
}

function forgetPeak() {
  writeFileSync(`/proc/${world.server.child.pid}/clear_refs`, "5");
}

function tell(what, { ours, reference, goal }) {
  const ratio = median(reference) / median(ours);
  const list = (values) => values.map((value) => value.toFixed(1)).join(", ");
  console.log(`${what}\n  ours ${list(ours)} s, reference ${list(reference)} s`);
  console.log(`  ratio ${ratio.toFixed(2)}, goal ${goal}: ${ratio >= goal ? "met" : "missed"}\n`);
}
