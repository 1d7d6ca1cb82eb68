// What pictures are measured against: Mapnik's own PostGIS plugin in two processes, which draw four tiles as one and keep
// them, behind a bare HTTP server. `node mapnik-server.mjs`, with DATABASE_URL and STYLE (Mapnik's XML of a style named `layer0`).
import { fork } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { findMapnik } from "../../packages/server/dist/maps/raster/mapnik-place.js";

const WORLD = 40_075_016.68557849;
const { addon, fonts, env } = findMapnik();

if (process.argv[2] === "child") draw();
else serve();

function serve() {
  const children = [0, 1].map(() => {
    const { DATABASE_URL, STYLE } = process.env;
    return fork(process.argv[1], ["child"], {
      env: { ...env, DATABASE_URL, STYLE, UV_THREADPOOL_SIZE: "1" },
      serialization: "advanced",
    });
  });
  const idle = [...children];
  const waiting = [];
  const kept = new Map();
  const next = () => {
    if (idle.length === 0 || waiting.length === 0) return;
    const child = idle.pop();
    const { job, done } = waiting.shift();
    child.once("message", (pieces) => {
      idle.push(child);
      done(pieces);
      next();
    });
    child.send(job);
  };
  const answer = async (request, response) => {
    const [, round, z, x, y] = /^\/(\d+)\/(\d+)\/(\d+)\/(\d+)\.png/.exec(request.url).map(Number);
    const key = `${round} ${z} ${x >> 1} ${y >> 1}`;
    const drawing =
      kept.get(key) ??
      new Promise((done) => {
        waiting.push({ job: { z: z - 1, x: x >> 1, y: y >> 1 }, done });
        next();
      });
    kept.set(key, drawing);
    const bytes = (await drawing)[(y % 2) * 2 + (x % 2)];
    response.writeHead(200, { "Content-Type": "image/png", "Content-Length": bytes.length });
    response.end(bytes);
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1", () =>
    console.log(`http://127.0.0.1:${server.address().port}`),
  );
  process.on("SIGTERM", () => {
    for (const child of children) child.kill("SIGKILL");
    process.exit();
  });
}

function draw() {
  const loaded = { exports: {} };
  process.dlopen(loaded, addon);
  const mapnik = loaded.exports;
  mapnik.register_fonts(fonts, { recurse: true });
  mapnik.register_datasource(join(process.env.LD_LIBRARY_PATH, "mapnik/input/postgis+pgraster.input"));
  const { hostname, port, pathname, username, password, searchParams } = new URL(process.env.DATABASE_URL);
  const parameters = {
    type: "postgis",
    host: searchParams.get("host") ?? hostname,
    port: port || searchParams.get("port") || "5432",
    dbname: pathname.slice(1),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    table: "(select * from spots) as cdbq",
    geometry_field: "the_geom_webmercator",
    srid: "3857",
    extent: `${-WORLD / 2},${-WORLD / 2},${WORLD / 2},${WORLD / 2}`,
    simplify_geometries: "true",
  };
  const source = Object.entries(parameters).map(
    ([name, value]) => `<Parameter name="${name}"><![CDATA[${value}]]></Parameter>`,
  );
  const xml = process.env.STYLE.replace("</Layer>", `<Datasource>${source.join("")}</Datasource></Layer>`);
  const map = new mapnik.Map(512, 512);
  map.fromStringSync(xml, { strict: true });
  map.bufferSize = 64;
  process.on("message", ({ z, x, y }) => {
    const size = WORLD / 2 ** z;
    const [west, north] = [x * size - WORLD / 2, WORLD / 2 - y * size];
    map.zoomToBox([west, north - size, west + size, north]);
    map.render(new mapnik.Image(512, 512), { buffer_size: 64 }, (error, image) => {
      if (error) throw error;
      const pixels = image.data();
      process.send([0, 1, 2, 3].map((at) => cut(mapnik, pixels, at)));
    });
  });
}

function cut(mapnik, pixels, at) {
  const piece = Buffer.alloc(256 * 1024);
  for (let row = 0; row < 256; row++) {
    const from = ((at >> 1) * 256 + row) * 2048 + (at % 2) * 1024;
    pixels.copy(piece, row * 1024, from, from + 1024);
  }
  return mapnik.Image.fromBufferSync(256, 256, piece).encodeSync("png8:m=h");
}
