import { afterEach, expect, test } from "vitest";
import { copyBinary, ewkb } from "../../../../test/support/geometry-bytes.ts";
import { EncoderThread } from "./encoder-thread.ts";
import { LayerEncoder, type LayerPlan } from "./layer-encoder.ts";

const planOf = (name: string): LayerPlan => ({
  name,
  frame: { west: 0, north: 0, scale: 1, extent: 4096, buffer: 64 },
  columns: [{ name: "a", kind: "text" }],
});
const ROWS = copyBinary(
  Array.from({ length: 20_000 }, (_, i) => [
    ewkb({ type: "point", at: [i % 4096, -(i % 999)] }),
    Buffer.from(`number ${i}`),
  ]),
);

/** Whether the bytes are those that the rows give without a thread. */
function isLayerOfRows(name: string, bytes: Uint8Array): boolean {
  const encoder = new LayerEncoder(planOf(name));
  encoder.push(ROWS);
  return Buffer.compare(bytes, encoder.finish()) === 0;
}

let thread = new EncoderThread();
afterEach(async () => {
  await thread[Symbol.asyncDispose]();
  thread = new EncoderThread();
});

test("several layers at once come out as they do in one go", async () => {
  const names = ["one", "two", "three"];
  const layers = names.map((name) => thread.begin(planOf(name)));
  for (let at = 0; at < ROWS.length; at += 50_000) {
    await Promise.all(layers.map((layer) => layer.push(ROWS.subarray(at, at + 50_000))));
  }
  const encoded = await Promise.all(layers.map((layer) => layer.finish()));
  expect(encoded.map((bytes, i) => isLayerOfRows(names[i] ?? "", bytes))).toEqual([true, true, true]);
});

test("rows that can't be read fail their own layer alone", async () => {
  const good = thread.begin(planOf("good"));
  const bad = thread.begin(planOf("bad"));
  await bad.push(copyBinary([[Buffer.from([1, 2, 0, 0, 0, 255, 255, 255, 255]), null]]));
  await good.push(ROWS);
  await expect(bad.finish()).rejects.toThrow(/^a layer could not be encoded: /);
  expect(isLayerOfRows("good", await good.finish())).toBe(true);
  await expect(bad.push(ROWS)).rejects.toThrow(/^a layer could not be encoded: /);
});

test("a layer that is given up ends with the reason, and the thread goes on", async () => {
  const gone = thread.begin(planOf("gone"));
  const pushed = Promise.all(Array.from({ length: 5 }, () => gone.push(ROWS)));
  gone.drop(new Error("nobody wants it"));
  await expect(pushed).rejects.toThrow("nobody wants it");
  await expect(gone.finish()).rejects.toThrow("nobody wants it");
  const next = thread.begin(planOf("next"));
  await next.push(ROWS);
  expect(isLayerOfRows("next", await next.finish())).toBe(true);
  next.drop(new Error("too late"));
});

test("layers at work fail when the thread is closed, and none can be begun", async () => {
  const layer = thread.begin(planOf("layer"));
  await layer.push(ROWS);
  const finished = layer.finish();
  const failed = expect(finished).rejects.toThrow("the thread of encoder-worker ended");
  await thread[Symbol.asyncDispose]();
  await failed;
  expect(() => thread.begin(planOf("late"))).toThrow("the thread of encoder-worker was closed");
});
