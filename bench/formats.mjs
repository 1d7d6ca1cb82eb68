// `node bench/formats.mjs [areas] [points] [shapefile]`: tables out as files of each format and in again, by GDAL as
// WebAssembly and as a program; and a Shapefile's import beside ogr2ogr and the same finishing. Linux only, for it reads
// /proc; needs gdal-bin, 4 GB of disk and some forty minutes. AREAS, POINTS and FORMATS=gpkg,csv shorten it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { Carto } from "@carto-ts/sdk/node";
import { alternate, median, seconds } from "./support/measure.mjs";
import { openWorld, startChild } from "./support/world.mjs";

const AREAS = Number(process.env.AREAS ?? 200_000);
const POINTS = Number(process.env.POINTS ?? 1_000_000);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SHAPEFILE_GOAL = 2.5;
const KEY = "bench-key-0123456789";
const OGR2OGR = "/usr/bin/ogr2ogr";
/** What goes out and comes in again; of the others there is only a way out. */
const BOTH_WAYS = ["csv", "geojson", "kml", "shp", "gpkg", "flatgeobuf", "geoparquet"];
const FORMATS = process.env.FORMATS?.split(",") ?? [...BOTH_WAYS, "spatialite", "topojson"];
/** Made by GDAL, or read by it. */
const BY_GDAL = ["shp", "gpkg", "flatgeobuf", "spatialite"];
const EXTENSIONS = { shp: "zip", spatialite: "sqlite", flatgeobuf: "fgb", geoparquet: "parquet" };

const FINISH = `
  create table byhand as select (row_number() over ())::bigint key, g the_geom, ST_Transform(g, 3857) the_geom_webmercator, s.*
    from (select s.*, wkb_geometry g from ogr s offset 0) s;
  alter table byhand add primary key (key);
  create index on byhand using gist (the_geom);
  create index on byhand using gist (the_geom_webmercator);
  analyze byhand`;

const asked = process.argv.slice(2);
const isAsked = (part) => asked.length === 0 || asked.includes(part);

const world = await openWorld({ rows: 1000 });
const native = await startChild("server.mjs", { DATABASE_URL: world.url, CARTO_OGR2OGR: OGR2OGR });
const ways = [
  { name: "WebAssembly", server: world.server },
  { name: "program", server: native },
];
console.log(`${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, Node ${process.versions.node}`);
try {
  await makeTables();
  if (isAsked("areas")) await table("areas", AREAS);
  if (isAsked("points")) await table("points", POINTS);
  if (isAsked("shapefile")) await shapefile();
} finally {
  await native.stop();
  await world.close();
}

async function makeTables() {
  await world.carto.sql.query(`
    drop table if exists areas, points;
    select setseed(0.5);
    create table areas as
      select i as cartodb_id, 'area ' || i as name, i % 50 as kind, random() * 1e6 as value, now()::date - i % 900 as day,
        i * 7 as count, i % 2 = 0 as open,
        ST_Buffer(ST_SetSRID(ST_MakePoint(random() * 340 - 170, random() * 140 - 70), 4326), 0.02, 5)::geometry(Polygon, 4326) as the_geom
      from generate_series(1, ${AREAS}) i;
    create table points as
      select i as cartodb_id, 'place ' || i as name, i % 50 as kind, random() * 1e6 as value, now() + i * interval '1 s' as at,
        i::bigint * 9007199254 as count, i % 2 = 0 as open,
        ST_SetSRID(ST_MakePoint(random() * 340 - 170, random() * 140 - 70), 4326)::geometry(Point, 4326) as the_geom
      from generate_series(1, ${POINTS}) i;
    analyze areas; analyze points`);
}

async function table(name, rows) {
  console.log(`\n${rows.toLocaleString("en")} ${name}: seconds (memory of the server, of its processes, in MB)`);
  console.log("| format | size, MB | out | out, program | in | in, program |\n| --- | --- | --- | --- | --- | --- |");
  for (const format of FORMATS) {
    const file = join(world.folder, `${name}_back.${EXTENSIONS[format] ?? format}`);
    const cells = [];
    for (const way of ways.slice(0, BY_GDAL.includes(format) ? 2 : 1)) {
      rmSync(file, { force: true });
      cells.push(await measured(way, (carto) => carto.sql.exportToFile(`select * from ${name}`, file, { format })));
    }
    if (cells.length === 1) cells.push("");
    if (BOTH_WAYS.includes(format)) {
      for (const way of ways.slice(0, BY_GDAL.includes(format) ? 2 : 1)) {
        cells.push(await measured(way, (carto) => carto.datasets.createFromFile(file, { interval: 50 })));
        await world.carto.sql.query(`drop table ${name}_back`);
      }
    }
    while (cells.length < 4) cells.push("");
    console.log(`| ${format} | ${Math.round(statSync(file).size / 1e6)} | ${cells.join(" | ")} |`);
    rmSync(file);
  }
}

/** Does something at a server; tells the seconds, and the most memory that the server and its children had. */
async function measured({ server }, work) {
  const carto = new Carto({ baseUrl: server.line, apiKey: KEY, totalTimeout: 0, timeout: 0 });
  const { pid } = server.child;
  let [own, others] = [0, 0];
  const timer = setInterval(() => {
    const sizes = memoryOf(pid);
    own = Math.max(own, sizes.own);
    others = Math.max(others, sizes.others);
  }, 100);
  try {
    const took = await seconds(() => work(carto));
    return `${took.toFixed(1)} (${Math.round(own)}, ${Math.round(others)})`;
  } finally {
    clearInterval(timer);
  }
}

/** Resident memory in MB. */
function memoryOf(pid) {
  const parents = new Map();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const [, parent] = /\nPPid:\s+(\d+)/.exec(readFileSync(`/proc/${name}/status`, "utf8")) ?? [];
      parents.set(Number(name), Number(parent));
    } catch {} // it has ended
  }
  const isBelow = (process) => {
    for (let at = parents.get(process); at; at = parents.get(at)) if (at === pid) return true;
    return false;
  };
  const others = [...parents.keys()].filter(isBelow).reduce((sum, process) => sum + residentOf(process), 0);
  return { own: residentOf(pid), others };
}

function residentOf(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** The import of a Shapefile, beside ogr2ogr into PostgreSQL and what makes a dataset of that. */
async function shapefile() {
  const file = join(world.folder, "areas_back.zip");
  await world.carto.sql.exportToFile("select * from areas", file, { format: "shp" });
  const imports = (server) => async () => {
    const carto = new Carto({ baseUrl: server.line, apiKey: KEY, totalTimeout: 0, timeout: 0 });
    const took = await seconds(() => carto.datasets.createFromFile(file, { interval: 50 }));
    await world.carto.sql.query("drop table areas_back");
    return took;
  };
  const byHand = async () => {
    const took = await seconds(async () => {
      await ogr2ogr(`/vsizip/${file}`);
      for (const statement of FINISH.split(";")) await world.psql(statement);
    });
    await world.psql("drop table ogr, byhand");
    return took;
  };
  const [wasm, program] = ways.map(({ server }) => imports(server));
  const results = await alternate({ wasm, program, byHand }, { rounds: ROUNDS, warmUp: 0 });
  const reference = median(results.byHand);
  for (const way of ["wasm", "program"]) {
    const ratio = median(results[way]) / reference;
    const verdict = ratio <= SHAPEFILE_GOAL ? "met" : "missed";
    console.log(
      `\nShapefile of ${AREAS} areas in, ${way}: ${median(results[way]).toFixed(1)} s, by hand ${reference.toFixed(1)} s`,
    );
    console.log(`  ${ratio.toFixed(2)} times as long, goal at most ${SHAPEFILE_GOAL}: ${verdict}`);
  }
}

async function ogr2ogr(file) {
  const url = new URL(world.url);
  const target = `PG:host=${url.searchParams.get("host") ?? url.hostname} port=${url.port} dbname=${url.pathname.slice(1)} user=${url.username} password=${url.password}`;
  const options = [
    "-nln",
    "ogr",
    "-lco",
    "SPATIAL_INDEX=NONE",
    "-lco",
    "UNLOGGED=ON",
    "--config",
    "PG_USE_COPY",
    "YES",
  ];
  const child = spawn(OGR2OGR, ["-f", "PostgreSQL", target, file, ...options], { stdio: "inherit" });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error("ogr2ogr failed");
}
