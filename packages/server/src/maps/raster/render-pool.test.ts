import { readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { findMapnik } from "./mapnik-place.ts";
import type { RenderJob } from "./render-job.ts";
import { RenderPool } from "./render-pool.ts";

const place = findMapnik();
const signal = new AbortController().signal;

/** A tile of the layer `layer0` with one point in its middle. */
const POINT = Buffer.from("1a1878020a066c61796572301209180122050980208020288020", "hex");

const xmlOf = (style: string, symbolizer: string): string => `<?xml version="1.0" encoding="utf-8"?>
<Map srs="epsg:3857"><Style name="s" ${style}><Rule>${symbolizer}</Rule></Style>
<Layer name="layer0" srs="epsg:3857"><StyleName>s</StyleName></Layer></Map>`;

const MARKER = '<MarkersSymbolizer width="40" height="40" fill="#f00" allow-overlap="true"/>';
const BLURS = Array.from({ length: 3_000 }, () => "agg-stack-blur(200,200)").join();
const SLOW = xmlOf(`image-filters="${BLURS}"`, MARKER);

const jobOf = (xml: string): RenderJob => ({
  kind: "tile",
  xml,
  mvt: POINT,
  z: 0,
  x: 0,
  y: 0,
  size: 256,
  scale: 1,
  buffer: 64,
  extent: 4096,
  as: { kind: "png", encoding: "png", cut: 1 },
});

/** Processes of this one's that draw. */
function children(): number[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const isOurs = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[1] === String(process.pid);
      return isOurs && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("render-child") ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });
}

describe.skipIf(!place || process.platform !== "linux")("a pool that draws", () => {
  const pools: RenderPool[] = [];
  function open(limits: { renderMs?: number; waiting?: number } = {}): RenderPool {
    const pool = new RenderPool(place as NonNullable<typeof place>, {
      width: 1,
      waiting: 8,
      waitMs: 20_000,
      renderMs: 10_000,
      ...limits,
    });
    pools.push(pool);
    return pool;
  }
  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool[Symbol.asyncDispose]();
  });
  test("gives up what takes too long, and draws the next", async () => {
    const pool = open({ renderMs: 400 });
    await pool.draw(jobOf(xmlOf("", MARKER)), signal);
    const from = performance.now();
    await expect(pool.draw(jobOf(SLOW), signal)).rejects.toMatchObject({
      status: 429,
      contexts: [
        {
          type: "limit",
          subtype: "render",
          message: "You are over platform's limits: Render timeout error. Contact CARTO support for more details.",
        },
      ],
    });
    const late = performance.now() - from;
    expect(late).toBeGreaterThan(390);
    // A tenth of it on a machine that has nothing else to do.
    expect(late).toBeLessThan(1_400);
    await pool.draw(jobOf(xmlOf("", MARKER)), signal);
    expect(performance.now() - from - late).toBeLessThan(5_000);
  });

  test("says that the process ended at a job, and draws the next", async () => {
    const pool = open();
    await pool.draw(jobOf(xmlOf("", MARKER)), signal);
    const drawing = pool.draw(jobOf(SLOW), signal);
    await new Promise((done) => setTimeout(done, 100));
    for (const pid of children()) process.kill(pid, "SIGSEGV");
    await expect(drawing).rejects.toMatchObject({
      status: 500,
      message: "The picture could not be drawn, for the renderer ended (SIGSEGV): ask for it again",
    });
    expect((await pool.draw(jobOf(xmlOf("", MARKER)), signal))[0]?.length).toBeGreaterThan(100);
  });

  test("gives up what takes too much memory", async () => {
    const pool = open();
    const job = { ...jobOf(xmlOf(`image-filters="${BLURS}"`, MARKER)), size: 21_000 };
    await expect(pool.draw(job, signal)).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(/^The picture takes too much memory/),
    });
  });

  test("tells what Mapnik says of a style", async () => {
    await expect(open().draw(jobOf("<Map><Nope/></Map>"), signal)).rejects.toThrow(/Nope/);
  });

  test("lets so many wait, and no more", async () => {
    const pool = open({ waiting: 1, renderMs: 1_000 });
    const drawn = [0, 1, 2].map(() => pool.draw(jobOf(SLOW), signal));
    const results = await Promise.allSettled(drawn);
    expect(results.map((result) => result.status === "rejected" && result.reason.contexts[0].subtype)).toEqual([
      "render",
      "render",
      "render-capacity",
    ]);
  });

  test("leaves no process behind, whatever it is at", async () => {
    const pool = open();
    const drawing = pool.draw(jobOf(SLOW), signal);
    await expect.poll(children).toHaveLength(1);
    await pool[Symbol.asyncDispose]();
    await expect(drawing).rejects.toThrow();
    await expect.poll(children).toEqual([]);
  });

  test("gives its processes nothing of this one's environment", async () => {
    process.env["A_SECRET"] = "s3cret";
    const pool = open();
    await pool.draw(jobOf(xmlOf("", MARKER)), signal);
    const [pid] = children();
    const env = readFileSync(`/proc/${pid}/environ`, "utf8");
    expect(env).not.toContain("s3cret");
    expect(env.split("\0").map((line) => line.split("=")[0])).not.toContain("HOME");
  });

  test("says so where Mapnik can't be loaded", async () => {
    const pool = new RenderPool(
      { ...(place as NonNullable<typeof place>), addon: "/nowhere/mapnik.node" },
      { width: 1, waiting: 1, waitMs: 1_000, renderMs: 1_000 },
    );
    pools.push(pool);
    expect(await pool.isUsable()).toBe(false);
    await expect(pool.draw(jobOf(SLOW), signal)).rejects.toMatchObject({
      status: 501,
      message: expect.stringMatching(/^Mapnik is installed beside this server and can't be used: .*nowhere/),
    });
  });
});
