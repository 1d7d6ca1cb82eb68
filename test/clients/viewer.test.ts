import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Browser, chromiumPath, hasPlaywright, launchChromium } from "../support/browser.ts";
import { coloursAt, distance, drawn, picture, pixelOf, type Visit, visit as visitIn } from "../support/visit.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const HOSTILE = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;

const ORANGE = [0xe4, 0x57, 0x2e];
const LAND = [0xf8, 0xf7, 0xf4];

const VIEW = "9/41.9/2.5";
const VIC = [2.25, 41.93] as const;
const OLOT = [2.49, 42.18] as const;

async function fill({ carto }: World): Promise<void> {
  await carto.sql.query(`
    create table towns (name text, people int, the_geom geometry(Point, 4326));
    insert into towns values
      ('Vic', 45000, 'SRID=4326;POINT(2.25 41.93)'), ('Olot', 35000, 'SRID=4326;POINT(2.49 42.18)'),
      ('${HOSTILE}', 7, 'SRID=4326;POINT(2.8 41.7)');
    create table hidden (name text, the_geom geometry(Point, 4326));
    insert into hidden values ('a secret', 'SRID=4326;POINT(2.25 41.93)');
    create table areas (kind text, the_geom geometry(Polygon, 4326));
    insert into areas values
      ('wood', ST_MakeEnvelope(2, 41.7, 2.4, 42.1, 4326)), ('wood', ST_MakeEnvelope(2.4, 41.7, 2.6, 42.1, 4326)),
      ('lake', ST_MakeEnvelope(2.6, 41.7, 3, 42.1, 4326));`);
  for (const table of ["towns", "hidden", "areas"]) await carto.sql.query(`select cdb_cartodbfytable('${table}')`);
  await carto.sql.query("analyze towns; analyze hidden; analyze areas");
  for (const table of ["towns", "areas"]) await carto.datasets.update(table, { privacy: "public" });
  await carto.datasets.update("hidden", { privacy: "private" });
}

async function keepMap(world: World, template: object): Promise<void> {
  const answer = await fetch(`${world.url}/api/v1/map/named?api_key=${world.masterKey}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ version: "0.0.1", ...template }),
  });
  expect(answer.status).toBe(200);
}

const hasBrowser = chromiumPath !== undefined && hasPlaywright;

describe.skipIf(!hasBrowser).each(engines)("the pages in Chromium, on %s", (engine) => {
  let browser: Browser;
  let world: World;
  let pages: string;
  const visit = (path: string, options?: object): Promise<Visit> =>
    visitIn(browser, new URL(path, world.url).href, options);
  beforeAll(async () => {
    browser = await launchChromium();
    world = await startWorld(engine);
    pages = `/viewer/${world.account}`;
    await fill(world);
  });
  afterAll(async () => {
    await browser.close();
    await world[Symbol.asyncDispose]();
  });

  test("list public datasets, and with the key private ones and named maps", async () => {
    await keepMap(world, { name: "shown", layergroup: { layers: [{ options: { sql: "select * from towns" } }] } });
    const seen = await visit(pages);
    const { page } = seen;
    await page.waitForSelector("#datasets a");

    expect((await page.innerText("#datasets")).match(/^(towns|areas|hidden)$/gm)?.sort()).toEqual(["areas", "towns"]);
    expect(await page.innerText("#datasets")).toMatch(/3 rows · point/);
    expect(await page.isVisible("#maps")).toBe(false);
    await picture(seen, `${engine}-list`);

    await page.click("#key");
    await page.fill("dialog input", world.masterKey);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#named-maps a");
    expect((await page.innerText("#datasets")).match(/^(towns|areas|hidden)$/gm)?.sort()).toEqual([
      "areas",
      "hidden",
      "towns",
    ]);
    expect(await page.innerText("#named-maps")).toBe("shown");
    await picture(seen, `${engine}-list-with-key`);
    await page.fill("#search", "area");
    await page.waitForFunction(() => document.querySelectorAll("#datasets a").length === 1, undefined, {
      timeout: 5_000,
    });

    expect(seen.requests.filter((url) => url.includes(world.masterKey))).toEqual([]);
    expect([seen.errors, seen.strayed]).toEqual([[], []]);
  });

  test("draw a dataset where its rows are, and tell what is under the pointer", async () => {
    const seen = await visit(`${pages}/dataset/towns#${VIEW}`);
    const { page } = seen;
    await drawn(seen);
    await picture(seen, `${engine}-dataset`);

    const [vic, olot, land] = [pixelOf(VIEW, VIC), pixelOf(VIEW, OLOT), pixelOf(VIEW, [2.4, 41.8])];
    const [atVic = [], atOlot = [], atLand = []] = await coloursAt(seen, [vic, olot, land]);
    expect(distance(atVic, ORANGE)).toBeLessThan(40);
    expect(distance(atOlot, ORANGE)).toBeLessThan(40);
    expect(distance(atLand, LAND)).toBeLessThan(10);
    expect(await page.innerText("#legend")).toMatch(/towns[\s\S]*about 3/);
    expect(await page.innerText("#title")).toBe("towns");

    await page.mouse.move(...vic);
    await page.waitForSelector("#feature dl");
    expect(await page.innerText("#feature")).toMatch(/name\s+Vic\s+people\s+45000/);
    await page.mouse.move(...land);
    await page.waitForFunction(() => document.getElementById("feature")?.hidden, undefined, { timeout: 5_000 });
    expect([seen.errors, seen.strayed]).toEqual([[], []]);
  });

  test("look at all of the rows where the address names no place, and remember where the reader went", async () => {
    const seen = await visit(`${pages}/dataset/towns`);
    await drawn(seen);

    const [, zoom = "", latitude = "", longitude = ""] = /#([\d.]+)\/([\d.-]+)\/([\d.-]+)$/.exec(seen.page.url()) ?? [];
    expect(Number(zoom)).toBeGreaterThan(7);
    expect(Number(latitude)).toBeCloseTo(41.94, 1);
    expect(Number(longitude)).toBeCloseTo(2.52, 1);
  });

  test("show attributes as text, whatever they say, to the keyboard as well", async () => {
    const seen = await visit(`${pages}/dataset/towns#10/41.7/2.8`);
    const { page } = seen;
    await drawn(seen);

    await page.focus("#map canvas");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#feature dl");
    expect(await page.innerText("#feature")).toContain(HOSTILE);
    expect(
      await page.evaluate(() => document.querySelectorAll("#feature img, #feature script").length, undefined),
    ).toBe(0);
    await picture(seen, `${engine}-hostile`);
    await page.keyboard.press("Escape");
    expect(await page.isVisible("#feature")).toBe(false);

    await page.selectOption("#legend select", "name");
    await page.waitForSelector(".colours li");
    expect(await page.innerText(".colours")).toContain(HOSTILE);
    expect(await page.evaluate(() => document.querySelectorAll("#legend img, #legend script").length, undefined)).toBe(
      0,
    );
    expect([seen.dialogs, seen.errors, seen.strayed]).toEqual([[], [], []]);
  });

  test("colour areas by a column, and hide a layer", async () => {
    const seen = await visit(`${pages}/dataset/areas#${VIEW}`);
    const { page } = seen;
    await drawn(seen);
    const [west, middle, east] = [
      [2.2, 41.8],
      [2.5, 41.8],
      [2.8, 41.8],
    ].map(([x = 0, y = 0]) => pixelOf(VIEW, [x, y]));
    const pixels = [west, middle, east].filter((pixel) => pixel !== undefined);

    await page.selectOption("#legend select", "kind");
    await page.waitForSelector(".colours li");
    await drawn(seen);
    expect(await page.innerText(".colours")).toBe("wood\nlake\nother or none");
    await picture(seen, `${engine}-areas`);
    const [first = [], second = [], third = []] = await coloursAt(seen, pixels);
    expect(distance(first, second)).toBeLessThan(3);
    expect(distance(second, third)).toBeGreaterThan(60);

    await page.click("#legend input[type=checkbox]");
    await page.mouse.move(1, 1);
    await drawn(seen);
    const [bare = []] = await coloursAt(seen, pixels);
    expect(distance(bare, LAND)).toBeLessThan(10);
    expect([seen.errors, seen.strayed]).toEqual([[], []]);
  });

  test("ask for a key where a dataset is private, and show it with one", async () => {
    const seen = await visit(`${pages}/dataset/hidden#${VIEW}`);
    const { page } = seen;
    await page.waitForSelector("dialog");
    expect(await page.innerText("dialog")).toContain("permission denied");
    expect(await page.innerText("body")).not.toContain("a secret");
    await page.fill("dialog input", "not the key");
    await page.keyboard.press("Enter");
    await page.waitForFunction(
      () => document.querySelector("dialog")?.textContent?.includes("doesn't know that key"),
      undefined,
      { timeout: 5_000 },
    );
    await page.fill("dialog input", world.masterKey);
    await page.keyboard.press("Enter");
    await drawn(seen);

    await page.mouse.move(...pixelOf(VIEW, VIC));
    await page.waitForSelector("#feature dl");
    expect(await page.innerText("#feature")).toContain("a secret");
    expect(seen.requests.filter((url) => url.includes(world.masterKey))).toEqual([]);
    await page.reload();
    await drawn(seen);
    expect(await page.isVisible("dialog")).toBe(false);
    expect(seen.strayed).toEqual([]);
  });

  test("draw a query, and say as text what is wrong with one", async () => {
    const q = encodeURIComponent("select * from towns where name = 'Olot';");
    const seen = await visit(`${pages}/query?q=${q}#${VIEW}`);
    await drawn(seen);
    const [atVic = [], atOlot = []] = await coloursAt(seen, [pixelOf(VIEW, VIC), pixelOf(VIEW, OLOT)]);
    expect(distance(atOlot, ORANGE)).toBeLessThan(40);
    expect(distance(atVic, LAND)).toBeLessThan(10);
    expect([seen.errors, seen.strayed]).toEqual([[], []]);

    const wrong = await visit(`${pages}/query?q=${encodeURIComponent("select '<b>' as a, nope from towns")}`);
    await wrong.page.waitForSelector("#notice:not([hidden])");
    expect(await wrong.page.innerText("#notice")).toContain('column "nope" does not exist');
    expect(await wrong.page.isVisible("#query textarea")).toBe(true);
    await picture(wrong, `${engine}-wrong-query`);
  });

  test("draw a named map, which may ask for its token", async () => {
    await keepMap(world, {
      name: "guarded",
      auth: { method: "token", valid_tokens: ["open sesame"] },
      layergroup: {
        layers: [
          { id: "ground", options: { sql: "select * from areas" } },
          { id: "towns", options: { sql: "select * from hidden" } },
        ],
      },
    });
    const seen = await visit(`${pages}/map/guarded?auth_token=open%20sesame#${VIEW}`);
    await drawn(seen);
    expect(await seen.page.innerText("#legend")).toMatch(/towns[\s\S]*ground/);
    await picture(seen, `${engine}-named`);
    await seen.page.mouse.move(...pixelOf(VIEW, VIC));
    await seen.page.waitForSelector("#feature dl");
    expect(await seen.page.innerText("#feature")).toContain("a secret");
    expect([seen.errors, seen.strayed]).toEqual([[], []]);

    const asked = await visit(`${pages}/map/guarded`, { viewport: { width: 360, height: 640 } });
    await asked.page.waitForSelector("dialog");
    await picture(asked, `${engine}-token`);
    await asked.page.fill("dialog input", "open sesame");
    await asked.page.keyboard.press("Enter");
    await drawn(asked);
    // Nobody says where its data is: that is seen in its tiles.
    const [zoom = 0, latitude = 0, longitude = 0] = (asked.page.url().split("#")[1] ?? "").split("/").map(Number);
    expect([Math.floor(zoom), Math.round(latitude), Math.round(longitude * 2) / 2]).toEqual([7, 42, 2.5]);
    await picture(asked, `${engine}-named-narrow`);
  });

  test("fit a narrow screen, light or dark", async () => {
    for (const colorScheme of ["light", "dark"]) {
      const narrow = { viewport: { width: 360, height: 640 }, colorScheme };
      for (const path of [pages, `${pages}/dataset/towns`]) {
        const seen = await visit(path, narrow);
        if (path === pages) await seen.page.waitForSelector("#datasets a");
        else await drawn(seen);
        await picture(seen, `${engine}-narrow-${colorScheme}-${path === pages ? "list" : "map"}`);
        expect(await seen.page.evaluate(() => document.documentElement.scrollWidth, undefined)).toBe(360);
        expect(seen.errors).toEqual([]);
      }
    }
  });
});
