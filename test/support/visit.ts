import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "./browser.ts";

/** Of the browser's window, in pixels. */
const SIZE = { width: 1000, height: 700 };
const PICTURES = process.env["CARTO_TEST_PICTURES"];

/** A page in a browser of its own, with what it did. */
export interface Visit {
  page: Page;
  /** Errors of the console and of the page, violations of its policy among them. */
  errors: string[];
  /** Requests to anywhere but the server. */
  strayed: string[];
  /** URLs that were asked for. */
  requests: string[];
  dialogs: string[];
}

/** Opens a page of the server with nothing kept from before. @param options Those of playwright-core's contexts. */
export async function visit(browser: Browser, url: string, options: object = {}): Promise<Visit> {
  const { origin } = new URL(url);
  const context = await browser.newContext({ viewport: SIZE, ...options });
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
  await page.goto(url);
  return seen;
}

/** Waits until all of the map is drawn. */
export async function drawn({ page, errors }: Visit): Promise<void> {
  const ready = (): boolean =>
    document.querySelector("#map canvas") !== null && !document.getElementById("map")?.hasAttribute("aria-busy");
  await page.waitForFunction(ready, undefined, { timeout: 30_000 }).catch(async (cause: unknown) => {
    throw new Error(`not drawn: ${errors.join("\n")} ${await page.innerText("body")}`, { cause });
  });
}

/** Keeps a picture of the page where `CARTO_TEST_PICTURES` says. */
export async function picture({ page }: Visit, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/** Where a point is on a page whose address ends with `#zoom/latitude/longitude`. */
export function pixelOf(view: string, [longitude, latitude]: readonly [number, number]): [x: number, y: number] {
  const [zoom = 0, atLatitude = 0, atLongitude = 0] = view.split("/").map(Number);
  const world = 512 * 2 ** zoom;
  const y = (degrees: number): number => (world * (1 - Math.asinh(Math.tan((degrees * Math.PI) / 180)) / Math.PI)) / 2;
  const x = (world * (longitude - atLongitude)) / 360;
  return [Math.round(SIZE.width / 2 + x), Math.round(SIZE.height / 2 + y(latitude) - y(atLatitude))];
}

/** Red, green and blue of some pixels of the page as it is seen. */
export async function coloursAt({ page }: Visit, pixels: readonly (readonly [number, number])[]): Promise<number[][]> {
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
export const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((value, at) => value - (b[at] ?? 0)));
