import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Browser, chromiumPath, hasPlaywright, launchChromium, type Page } from "../support/browser.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const HOSTILE = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;
const SIZE = { width: 1000, height: 700 };
/** Where pictures of the pages are kept for somebody to look at; nowhere unless it is set. */
const PICTURES = process.env["CARTO_TEST_PICTURES"];

/** A page in a browser of its own, with what it did. */
interface Visit {
  page: Page;
  /** Errors of the console and of the page, violations of its policy among them. */
  errors: string[];
  /** Requests to anywhere but the server. */
  strayed: string[];
  /** URLs that were asked for. */
  requests: string[];
  dialogs: string[];
}

let browser: Browser;
const closing: (() => Promise<void>)[] = [];

async function visit(world: World, path: string, options: object = {}): Promise<Visit> {
  const { origin } = new URL(world.url);
  const context = await browser.newContext({ viewport: SIZE, ...options });
  closing.push(() => context.close());
  const page = await context.newPage();
  const seen: Visit = { page, errors: [], strayed: [], requests: [], dialogs: [] };
  page.on("console", (message) => message.type() === "error" && seen.errors.push(message.text()));
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("request", (request) => {
    seen.requests.push(request.url());
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin)
      seen.strayed.push(request.url());
  });
  page.on("dialog", (dialog) => {
    seen.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await page.goto(origin + path);
  return seen;
}

/** Waits until all of the map is drawn. */
async function drawn({ page, errors }: Visit): Promise<void> {
  const ready = (): boolean =>
    document.querySelector("#map canvas") !== null && !document.getElementById("map")?.hasAttribute("aria-busy");
  await page.waitForFunction(ready, undefined, { timeout: 30_000 }).catch(async (cause: unknown) => {
    throw new Error(`not drawn: ${errors.join("\n")} ${await page.innerText("body")}`, { cause });
  });
}

async function picture({ page }: Visit, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/** Where a point is on a page whose address ends with `#zoom/latitude/longitude`. */
function pixelOf(view: string, [longitude, latitude]: readonly [number, number]): [x: number, y: number] {
  const [zoom = 0, atLatitude = 0, atLongitude = 0] = view.split("/").map(Number);
  const world = 512 * 2 ** zoom;
  const y = (degrees: number): number => (world * (1 - Math.asinh(Math.tan((degrees * Math.PI) / 180)) / Math.PI)) / 2;
  const x = (world * (longitude - atLongitude)) / 360;
  return [Math.round(SIZE.width / 2 + x), Math.round(SIZE.height / 2 + y(latitude) - y(atLatitude))];
}

/** Red, green and blue of some pixels of the page as it is seen. */
async function coloursAt({ page }: Visit, pixels: readonly (readonly [number, number])[]): Promise<number[][]> {
  const png = (await page.screenshot()).toString("base64");
  return page.evaluate(
    async ({ png, pixels }) => {
      const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const canvas = new OffscreenCanvas(image.width, image.height).getContext(
        "2d",
      ) as OffscreenCanvasRenderingContext2D;
      canvas.drawImage(image, 0, 0);
      return pixels.map(([x, y]) => [...canvas.getImageData(x, y, 1, 1).data.slice(0, 3)]);
    },
    { png, pixels },
  );
}

/** How far two colours are apart, at most 441. */
const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((value, at) => value - (b[at] ?? 0)));

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

describe.skipIf(chromiumPath === undefined || !hasPlaywright).each(engines)(
  "the pages in Chromium, on %s",
  (engine) => {
    let world: World;
    let pages: string;
    beforeAll(async () => {
      browser = await launchChromium();
      world = await startWorld(engine);
      pages = `/viewer/${world.account}`;
      await fill(world);
    });
    afterAll(async () => {
      for (const close of closing.splice(0)) await close();
      await browser.close();
      await world[Symbol.asyncDispose]();
    });

    test("list public datasets, and with the key private ones and named maps", async () => {
      await keepMap(world, { name: "shown", layergroup: { layers: [{ options: { sql: "select * from towns" } }] } });
      const seen = await visit(world, pages);
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
      const seen = await visit(world, `${pages}/dataset/towns#${VIEW}`);
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
      const seen = await visit(world, `${pages}/dataset/towns`);
      await drawn(seen);

      const [, zoom = "", latitude = "", longitude = ""] =
        /#([\d.]+)\/([\d.-]+)\/([\d.-]+)$/.exec(seen.page.url()) ?? [];
      expect(Number(zoom)).toBeGreaterThan(7);
      expect(Number(latitude)).toBeCloseTo(41.94, 1);
      expect(Number(longitude)).toBeCloseTo(2.52, 1);
    });

    test("show attributes as text, whatever they say, to the keyboard as well", async () => {
      const seen = await visit(world, `${pages}/dataset/towns#${"10/41.7/2.8"}`);
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
      expect(
        await page.evaluate(() => document.querySelectorAll("#legend img, #legend script").length, undefined),
      ).toBe(0);
      expect([seen.dialogs, seen.errors, seen.strayed]).toEqual([[], [], []]);
    });

    test("colour areas by a column, and hide a layer", async () => {
      const seen = await visit(world, `${pages}/dataset/areas#${VIEW}`);
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
      const seen = await visit(world, `${pages}/dataset/hidden#${VIEW}`);
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
      const seen = await visit(world, `${pages}/query?q=${q}#${VIEW}`);
      await drawn(seen);
      const [atVic = [], atOlot = []] = await coloursAt(seen, [pixelOf(VIEW, VIC), pixelOf(VIEW, OLOT)]);
      expect(distance(atOlot, ORANGE)).toBeLessThan(40);
      expect(distance(atVic, LAND)).toBeLessThan(10);
      expect([seen.errors, seen.strayed]).toEqual([[], []]);

      const wrong = await visit(world, `${pages}/query?q=${encodeURIComponent("select '<b>' as a, nope from towns")}`);
      await wrong.page.waitForSelector("#notice:not([hidden])");
      expect(await wrong.page.innerText("#notice")).toContain('column "nope" does not exist');
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
      const seen = await visit(world, `${pages}/map/guarded?auth_token=open%20sesame#${VIEW}`);
      await drawn(seen);
      expect(await seen.page.innerText("#legend")).toMatch(/towns[\s\S]*ground/);
      await picture(seen, `${engine}-named`);
      await seen.page.mouse.move(...pixelOf(VIEW, VIC));
      await seen.page.waitForSelector("#feature dl");
      expect(await seen.page.innerText("#feature")).toContain("a secret");
      expect([seen.errors, seen.strayed]).toEqual([[], []]);

      const asked = await visit(world, `${pages}/map/guarded`, { viewport: { width: 360, height: 640 } });
      await asked.page.waitForSelector("dialog");
      await picture(asked, `${engine}-token`);
      await asked.page.fill("dialog input", "open sesame");
      await asked.page.keyboard.press("Enter");
      await drawn(asked);
      await picture(asked, `${engine}-named-narrow`);
    });

    test("fit a narrow screen, light or dark", async () => {
      for (const colorScheme of ["light", "dark"]) {
        const narrow = { viewport: { width: 360, height: 640 }, colorScheme };
        for (const path of [pages, `${pages}/dataset/towns`]) {
          const seen = await visit(world, path, narrow);
          if (path === pages) await seen.page.waitForSelector("#datasets a");
          else await drawn(seen);
          await picture(seen, `${engine}-narrow-${colorScheme}-${path === pages ? "list" : "map"}`);
          expect(await seen.page.evaluate(() => document.documentElement.scrollWidth, undefined)).toBe(360);
          expect(seen.errors).toEqual([]);
        }
      }
    });
  },
);
