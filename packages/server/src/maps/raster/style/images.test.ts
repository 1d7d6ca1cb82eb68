import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Origin, replying } from "../../../../../../test/support/download.ts";
import { AddressGuard } from "../../../imports/fetch/address-guard.ts";
import { blankPicture } from "../blank.ts";
import { imagesIn, StyleImages } from "./images.ts";

const PNG = blankPicture({ format: "png", scale: 1 });
const URL = "http://icons.example.org/pin.png";

let origin: Origin;
let images: StyleImages;
beforeAll(async () => {
  origin = await Origin.start();
});
beforeEach(() => {
  images = new StyleImages(origin.guard());
});
afterEach(async () => {
  await images[Symbol.asyncDispose]();
  await origin.clear();
});
afterAll(() => origin.close());

const find = async (url: string): Promise<unknown> => (await images.find([url]))[url];

test.each([
  ["a PNG", PNG, "png"],
  ["a JPEG", Buffer.from("ffd8ffe000104a46", "hex"), "jpg"],
  ["an SVG", '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "svg"],
])("%s is fetched once, and kept for as long as the server runs", async (_, body, extension) => {
  origin.answer = replying(body, { "Content-Type": "text/plain" });
  const found = (await find(URL)) as { file: string };
  expect(found.file).toMatch(new RegExp(`\\.${extension}$`));
  expect(await find(URL)).toEqual(found);
  expect(origin.requests).toHaveLength(1);
  await images[Symbol.asyncDispose]();
  expect(existsSync(dirname(found.file))).toBe(false);
});

test("what is no image is refused, whatever it is called, and leaves nothing behind", async () => {
  origin.answer = replying("root:x:0:0:", { "Content-Type": "image/png" });
  expect(await find(URL)).toEqual({ problem: "it is no PNG, JPEG or SVG" });
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith("carto-ts-images-")).length).toBeGreaterThan(0);
});

test("what can't be fetched is told, and asked for again the next time", async () => {
  origin.answer = (_, response) => response.writeHead(404).end();
  expect(await find(URL)).toEqual({ problem: "server returned 404" });
  origin.answer = replying(PNG);
  expect(await find(URL)).toMatchObject({ file: expect.any(String) });
});

test("larger files than images are given up", async () => {
  origin.answer = replying(Buffer.alloc(5 * 1024 ** 2));
  expect(await find(URL)).toMatchObject({ problem: expect.stringContaining("larger than") });
});

test.each([
  "http://127.0.0.1/x.png",
  "http://10.0.0.1/x.png",
  "http://[::1]/x.png",
  "file:///etc/passwd",
  "/etc/passwd",
  "",
])("%j is no address of an image", async (url) => {
  images = new StyleImages(new AddressGuard());
  expect(await find(url)).toMatchObject({ problem: expect.any(String) });
  expect(origin.requests).toHaveLength(0);
});

test("a style may have so many images, and no more", async () => {
  origin.answer = replying(PNG);
  const urls = Array.from({ length: 52 }, (_, n) => `http://icons.example.org/${n}.png`);
  const found = await images.find(urls);
  expect(found[urls[51] ?? ""]).toEqual({ problem: "a style may have 50 images" });
  expect(origin.requests).toHaveLength(50);
});

test("addresses in a style are those of url(…), each once", () => {
  expect(imagesIn("#a { marker-file: url(http://x/a.png); b: url('y'); c: url(\"y\") }")).toEqual([
    "http://x/a.png",
    "y",
  ]);
});
