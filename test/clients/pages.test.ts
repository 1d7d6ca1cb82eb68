import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Browser, chromiumPath, hasPlaywright, launchChromium } from "../support/browser.ts";
import { coloursAt, distance, picture, pixelOf, type Visit, visit } from "../support/visit.ts";
import { engines, startWorld, type World } from "../support/world.ts";

/** What both pages look at when they are opened. */
const VIEW = "1/20/0";
const SORIA = [-2.47, 41.76] as const;
const QUITO = [-78.5, -0.2] as const;
const NOWHERE = [-30, 0] as const;

const BLUE = [0x1f, 0x78, 0xb4];
const RED = [0xe5, 0x32, 0x4b];
const WHITE = [255, 255, 255];

/** Runs examples/pages.ts on a free port; resolves with where it is. */
async function servePages(): Promise<{ origin: string; server: ChildProcess }> {
  const program = fileURLToPath(new URL("../../.generated/examples/pages.js", import.meta.url));
  const server = spawn(process.execPath, [program], { env: { PATH: process.env["PATH"] ?? "", PORT: "0" } });
  const [line] = (await once(createInterface({ input: server.stdout }), "line")) as [string];
  return { origin: new URL(line).origin, server };
}

async function fill({ carto }: World): Promise<void> {
  const rows = [
    { name: "Soria", the_geom: { type: "Point", coordinates: SORIA } },
    { name: "Quito", the_geom: { type: "Point", coordinates: QUITO } },
  ];
  await carto.datasets.create(rows, { name: "cities", privacy: "public" });
}

async function drawn({ page, errors }: Visit): Promise<void> {
  const ready = (): boolean => document.body.classList.contains("drawn");
  await page.waitForFunction(ready, undefined, { timeout: 30_000 }).catch((cause: unknown) => {
    throw new Error(`not drawn: ${errors.join("\n")}`, { cause });
  });
}

const hasBrowser = chromiumPath !== undefined && hasPlaywright;

describe.skipIf(!hasBrowser).each(engines)("the example pages in Chromium, on %s", (engine) => {
  let browser: Browser;
  let world: World;
  let pages: Awaited<ReturnType<typeof servePages>>;
  beforeAll(async () => {
    [browser, world, pages] = await Promise.all([launchChromium(), startWorld(engine), servePages()]);
    await fill(world);
  });
  afterAll(async () => {
    pages.server.kill();
    await browser.close();
    await world[Symbol.asyncDispose]();
  });

  test.each([
    ["maplibre", BLUE],
    ["plain-fetch", RED],
  ])("%s.html draws the points of a public table, and loads nothing from elsewhere", async (name, colour) => {
    const seen = await visit(browser, `${pages.origin}/${name}.html?url=${world.url}&table=cities`);
    await drawn(seen);
    await picture(seen, `${engine}-${name}`);

    const places = [SORIA, QUITO, NOWHERE].map((place) => pixelOf(VIEW, place));
    const [atSoria = [], atQuito = [], atNowhere = []] = await coloursAt(seen, places);
    expect(distance(atSoria, colour)).toBeLessThan(40);
    expect(distance(atQuito, colour)).toBeLessThan(40);
    expect(distance(atNowhere, WHITE)).toBeLessThan(3);
    const { origin } = new URL(world.url);
    expect(seen.strayed.filter((url) => new URL(url).origin !== origin)).toEqual([]);
    expect(seen.errors).toEqual([]);
  });

  test("maplibre.html tells what is under the pointer", async () => {
    const seen = await visit(browser, `${pages.origin}/maplibre.html?url=${world.url}&table=cities`);
    await drawn(seen);

    await seen.page.mouse.move(...pixelOf(VIEW, SORIA));
    await seen.page.waitForSelector("#feature:not(:empty)");
    expect(await seen.page.innerText("#feature")).toContain('"name": "Soria"');
  });
});
