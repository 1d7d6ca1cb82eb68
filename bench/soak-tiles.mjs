// `node bench/soak-tiles.mjs [postgres|pglite]`: clients that pan at random while tables, rights and templates change.
// Ends with 1 when a tile was older than a change that had been acknowledged before it was asked for, or was given to
// somebody who had no right to it any more, or when anything failed but for a limit. SECONDS, CLIENTS.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";
import { startCluster } from "../scripts/throwaway-postgres.mjs";

const engine = process.argv[2] ?? "postgres";
const SECONDS = Number(process.env.SECONDS ?? 60);
const CLIENTS = Number(process.env.CLIENTS ?? (engine === "postgres" ? 200 : 10));
const KEY = "soak-key-0123456789";
const POINTS = 2_000;

const cluster = engine === "postgres" ? await startCluster() : undefined;
const server = await serve();
const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS + 8 });
const counts = { tiles: 0, empty: 0, forbidden: 0, limits: 0, changes: 0 };
const wrong = [];
const waits = [];
/** The last change that was acknowledged: rows' `n`, and the template's. */
const acknowledged = { rows: 0, template: 0 };
/** `open`, `closed`, or `changing`; and how often that changed. */
const rights = { state: "open", changes: 0 };
/** Tokens of the maps. */
const maps = { moving: "", guarded: "" };
let running = true;
let code = 1;
try {
  await prepare();
  const memory = [];
  const work = [changeRows(), changeRights(), changeTemplate(), ...Array.from({ length: CLIENTS }, () => pan())];
  for (let second = 0; second < SECONDS && wrong.length < 20; second += 5) {
    await sleep(5_000);
    memory.push(residentMegabytes(server.child.pid));
  }
  running = false;
  await Promise.all(work);
  report(memory);
  code = wrong.length > 0 ? 1 : 0;
} finally {
  running = false;
  agent.destroy();
  server.child.kill("SIGTERM");
  await once(server.child, "exit");
  cluster?.stop();
}
process.exitCode = code;

// -- what changes --------------------------------------------------------------------------------------------------

async function prepare() {
  const points = (table) => `
    create table ${table} as select i as cartodb_id, 0 as n, g as the_geom, ST_Transform(g, 3857) as the_geom_webmercator
    from (select i, ST_SetSRID(ST_MakePoint(-60 + 120 * random(), -50 + 100 * random()), 4326) as g
          from generate_series(1, ${POINTS}) i) s;
    select cartodb.CDB_CartodbfyTable('${table}'); grant select on ${table} to publicuser`;
  await sql(points("moving"));
  await sql(points("guarded"));
  maps.moving = await instantiate("select cartodb_id, n, the_geom_webmercator from moving");
  maps.guarded = await instantiate("select cartodb_id, the_geom_webmercator from guarded");
  await sendTemplate("POST", "", 0);
}

async function changeRows() {
  for (let n = 1; running; n++) {
    await sql(`update moving set n = ${n}`);
    acknowledged.rows = n;
    counts.changes++;
    await sleep(250);
  }
}

async function changeRights() {
  while (running) {
    for (const [statement, state] of [
      ["revoke select on guarded from publicuser", "closed"],
      ["grant select on guarded to publicuser", "open"],
    ]) {
      rights.state = "changing";
      rights.changes++;
      await sql(statement);
      rights.state = state;
      rights.changes++;
      counts.changes++;
      await sleep(300);
    }
  }
}

async function changeTemplate() {
  for (let n = 1; running; n++) {
    await sendTemplate("PUT", "/soak", n);
    acknowledged.template = n;
    counts.changes++;
    await sleep(400);
  }
}

function sendTemplate(method, path, n) {
  const layer = { type: "mapnik", options: { sql: `select cartodb_id, ${n} as n, the_geom_webmercator from guarded` } };
  const template = { version: "0.0.1", name: "soak", layergroup: { version: "1.8.0", layers: [layer] } };
  return json(method, `/api/v1/map/named${path}?api_key=${KEY}`, template);
}

// -- who looks -----------------------------------------------------------------------------------------------------

async function pan() {
  let [z, x, y] = [2, 1, 1];
  while (running) {
    if (Math.random() < 0.2) z = 1 + Math.floor(Math.random() * 5);
    x = (x + Math.floor(Math.random() * 3) - 1 + 2 ** z) % 2 ** z;
    y = Math.min(2 ** z - 1, Math.max(0, y + Math.floor(Math.random() * 3) - 1));
    const kind = Math.random();
    if (kind < 0.6) await lookAtRows(`${z}/${x}/${y}`);
    else if (kind < 0.8) await lookAtGuarded(`${z}/${x}/${y}`);
    else await lookAtTemplate(`${z}/${x}/${y}`);
  }
}

async function lookAtRows(address) {
  const least = acknowledged.rows;
  const answer = await tile(`/api/v1/map/${maps.moving}/${address}.mvt`);
  if (judge(answer, [200, 204], `rows ${address}`)) expectNewest(answer.body, least, `rows ${address}`);
}

async function lookAtTemplate(address) {
  const least = acknowledged.template;
  const answer = await tile(`/api/v1/map/named/soak/all/${address}.mvt`);
  if (judge(answer, [200, 204], `template ${address}`)) expectNewest(answer.body, least, `template ${address}`);
}

async function lookAtGuarded(address) {
  const before = { ...rights };
  const answer = await tile(`/api/v1/map/${maps.guarded}/${address}.mvt`);
  const steady = before.state !== "changing" && before.changes === rights.changes;
  const allowed = !steady ? [200, 204, 403] : before.state === "open" ? [200, 204] : [403];
  judge(answer, allowed, `guarded ${address} while ${steady ? before.state : "changing"}`);
  if (answer.status === 403) counts.forbidden++;
}

/** Notes what an answer is. @returns whether it is a tile with something in it. */
function judge({ status, body }, allowed, what) {
  if (status === 429 || status === 503) counts.limits++;
  else if (!allowed.includes(status)) wrong.push(`${what}: ${status} ${body.toString("utf8").slice(0, 200)}`);
  else if (status === 204) counts.empty++;
  else counts.tiles++;
  return status === 200 && body.length > 0;
}

function expectNewest(body, least, what) {
  const layer = new VectorTile(new PbfReader(new Uint8Array(body))).layers.layer0;
  const seen = new Set();
  for (let i = 0; i < (layer?.length ?? 0); i++) seen.add(layer.feature(i).properties.n);
  if (seen.size > 1) wrong.push(`${what}: of several changes at once: ${[...seen]}`);
  for (const n of seen) if (n < least) wrong.push(`${what}: of change ${n}, but ${least} was acknowledged before`);
}

// -- the server ----------------------------------------------------------------------------------------------------

async function serve() {
  const bin = fileURLToPath(new URL("../packages/cli/bin/carto-ts.js", import.meta.url));
  const database = cluster ? ["--database-url", cluster.url] : ["--memory"];
  const child = spawn(process.execPath, [bin, "serve", "--port", "0", "--account", "soak", ...database], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, CARTO_MASTER_KEY: KEY },
  });
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  const url = /CARTO_API_URL=(\S+)/.exec(line)?.[1];
  if (!url) throw new Error(`serve said ${line}`);
  return { child, url };
}

async function sql(q) {
  await json("POST", `/api/v2/sql?api_key=${KEY}`, { q });
}

async function instantiate(query) {
  const { layergroupid } = await json("POST", "/api/v1/map", {
    version: "1.8.0",
    layers: [{ options: { sql: query } }],
  });
  return layergroupid;
}

async function json(method, path, value) {
  const { status, body } = await send(method, path, JSON.stringify(value));
  if (status >= 400) throw new Error(`${method} ${path.replace(KEY, "…")}: ${status} ${body}`);
  return JSON.parse(body.toString("utf8") || "{}");
}

async function tile(path) {
  const began = performance.now();
  const answer = await send("GET", path);
  waits.push(performance.now() - began);
  return answer;
}

function send(method, path, content) {
  return new Promise((resolve, reject) => {
    const headers = content === undefined ? {} : { "content-type": "application/json" };
    const sent = request(server.url + path, { method, agent, headers }, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("end", () => resolve({ status: answer.statusCode, body: Buffer.concat(pieces) }));
      answer.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(content);
  });
}

function residentMegabytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

function report(memory) {
  waits.sort((a, b) => a - b);
  const at = (share) => Math.round(waits[Math.floor((waits.length - 1) * share)] ?? 0);
  const { tiles, empty, forbidden, limits, changes } = counts;
  console.log(`${engine}: ${CLIENTS} clients, ${SECONDS} s, ${changes} changes`);
  console.log(`${tiles} tiles, ${empty} empty ones, ${forbidden} forbidden, ${limits} limits`);
  console.log(`median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms`);
  console.log(`resident MB every 5 s: ${memory.join(" ")}`);
  for (const what of wrong) console.log(`WRONG ${what}`);
}
