import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve } from "../cli/cli.ts";
import { askMaps, instantiate, postMaps } from "../support/maps.ts";
import { Picture } from "../support/picture.ts";
import { createDatabase, engines, startTestServer, type World, worldOf } from "../support/world.ts";

/** What has nothing to do with the engine is tried on the one that starts sooner. */
const QUICK = engines.at(-1) ?? "pglite";

const POINT = "select 1 as cartodb_id, ST_SetSRID(ST_MakePoint(0, 0), 3857) as the_geom_webmercator";
const BLURS = Array.from({ length: 3_000 }, () => "agg-stack-blur(200,200)").join(", ");
const SLOW = `#l[zoom < 20] { marker-width: 40; image-filters: ${BLURS}; } #l::fine { marker-width: 1; }`;

const mapOf = (cartocss: string, options: object = {}): object => ({
  version: "1.8.0",
  layers: [{ type: "mapnik", options: { sql: POINT, cartocss, cartocss_version: "3.0.12", ...options } }],
});

/** Processes that draw for another process. */
function renderers(parent: number): number[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const isIts = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[1] === String(parent);
      return isIts && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("render-child") ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });
}

const isThere = (pid: number): boolean => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
};

describe.each(engines)("pictures that take for ever, on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = worldOf(await startTestServer(engine, { limits: { renderTimeoutMs: 400 } }));
  });
  afterAll(async () => {
    await world.server.close();
  });

  test("are shown as stripes, and keep no other waiting for long", async () => {
    const { layergroupid } = await instantiate(world, mapOf(SLOW));
    const url = (path: string): string => `${world.url}/api/v1/map/${layergroupid}/${path}?api_key=${world.masterKey}`;
    const answer = await fetch(url("0/0/0.png"));
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const stripes = new Picture(new Uint8Array(await answer.arrayBuffer()));
    expect([stripes.width, stripes.at(0, 0), stripes.at(20, 0)]).toEqual([256, [180, 60, 60, 60], [0, 0, 0, 0]]);
    const other = await instantiate(world, mapOf("#l { marker-width: 9; }"));
    const picture = await fetch(`${world.url}/api/v1/map/${other.layergroupid}/0/0/0.png?api_key=${world.masterKey}`);
    expect(new Picture(new Uint8Array(await picture.arrayBuffer())).painted).toBeGreaterThan(20);
  });

  test("are an error as grids", async () => {
    const sql = `select n as cartodb_id, ST_MakeEnvelope(-2e7, -2e7, 2e7, 2e7, 3857) as the_geom_webmercator
      from generate_series(1, 90000) n`;
    const map = mapOf("#l { polygon-fill: red; }", { sql, interactivity: "cartodb_id" });
    const { layergroupid } = await instantiate(world, map);
    const { status, body } = await askMaps(world, `/${layergroupid}/0/0/0/0.grid.json?api_key=${world.masterKey}`);
    expect([status, body.errors_with_context]).toEqual([
      429,
      [
        {
          type: "limit",
          subtype: "render",
          message: "You are over platform's limits: Render timeout error. Contact CARTO support for more details.",
        },
      ],
    ]);
  });
});

describe.each(engines)("a server without Mapnik, on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = worldOf(await startTestServer(engine, { maps: { mapnik: false } }));
  });
  afterAll(async () => {
    await world.server.close();
  });

  test("makes vector tiles of maps with styles, and says what pictures need", async () => {
    const { layergroupid } = await instantiate(
      world,
      mapOf("#l { marker-width: 9; }", { interactivity: "cartodb_id" }),
    );
    const key = `?api_key=${world.masterKey}`;
    const vector = await fetch(`${world.url}/api/v1/map/${layergroupid}/0/0/0.mvt${key}`);
    expect([vector.status, vector.headers.get("content-type")]).toEqual([200, "application/x-protobuf"]);
    for (const path of ["0/0/0.png", "0/0/0/0.grid.json"]) {
      const { status, body } = await askMaps(world, `/${layergroupid}/${path}${key}`);
      expect([status, body.errors[0]]).toEqual([501, expect.stringContaining("@mapnik/mapnik")]);
    }
  });

  test("tells what is wrong with a style", async () => {
    const { status, body } = await postMaps(world, `?api_key=${world.masterKey}`, mapOf("#l { marker-wadth: 9; }"));
    expect([status, body.errors]).toEqual([
      400,
      ["style0:1:10 Unrecognized rule: marker-wadth. Did you mean marker-width?"],
    ]);
  });
});

describe("images that a style names", () => {
  test("are drawn, from addresses that the server may reach", async () => {
    const icon = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="#00ff00"/></svg>`;
    const icons = createServer((request, response) =>
      request.url === "/pin.svg" ? response.end(icon) : response.writeHead(404).end(),
    ).listen(0, "127.0.0.1");
    await once(icons, "listening");
    const { port } = icons.address() as AddressInfo;
    const world = worldOf(await startTestServer(QUICK, { imports: { allowed: "127.0.0.1/32", ports: "1024-65535" } }));
    try {
      const file = (name: string): string => `#l { marker-file: url('http://127.0.0.1:${port}/${name}'); }`;
      const { layergroupid } = await instantiate(world, mapOf(file("pin.svg")));
      const answer = await fetch(`${world.url}/api/v1/map/${layergroupid}/0/0/0.png?api_key=${world.masterKey}`);
      expect(new Picture(new Uint8Array(await answer.arrayBuffer())).at(128, 128)).toEqual([0, 255, 0, 255]);
      const { status, body } = await postMaps(world, `?api_key=${world.masterKey}`, mapOf(file("none.png")));
      expect([status, body.errors]).toEqual([
        400,
        [`Unable to download 'http://127.0.0.1:${port}/none.png' for 'style0' (server returned 404)`],
      ]);
    } finally {
      await world.server.close();
      icons.close();
    }
  });
});

describe.skipIf(process.platform !== "linux")("a server that is killed while it draws", () => {
  test("leaves no process behind", async () => {
    const database = QUICK === "postgres" ? ["--database-url", await createDatabase()] : ["--memory"];
    const served = await serve(database);
    const { CARTO_API_URL: baseUrl = "", CARTO_API_KEY: apiKey = "" } = served.env;
    const { layergroupid } = await instantiate({ url: baseUrl, masterKey: apiKey }, mapOf(SLOW));
    const drawing = fetch(`${baseUrl}/api/v1/map/${layergroupid}/0/0/0.png?api_key=${apiKey}`).catch(() => undefined);
    await expect.poll(() => renderers(served.child.pid ?? 0)).not.toEqual([]);
    const pids = renderers(served.child.pid ?? 0);
    const closed = once(served.child, "close");
    served.child.kill("SIGKILL");
    await closed;
    await drawing;
    await expect.poll(() => pids.filter(isThere)).toEqual([]);
  });
});
