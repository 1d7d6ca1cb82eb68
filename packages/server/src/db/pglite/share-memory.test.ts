import { expect, test } from "vitest";
import { shareMemory } from "./share-memory.ts";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const NAME = [0x01, 0x65, 0x01, 0x6d];
/** A function type, so that a function can be imported. */
const TYPES = [0x01, 0x04, 0x01, 0x60, 0x00, 0x00];
const shared = (): WebAssembly.Memory => new WebAssembly.Memory({ initial: 1, maximum: 32_768, shared: true });

test("a memory import with a maximum becomes shared", async () => {
  const module = Uint8Array.from([...HEADER, 0x02, 0x0a, 0x01, ...NAME, 0x02, 0x01, 0x01, 0x80, 0x02]);

  const patched = Uint8Array.from(shareMemory(module));

  expect([...patched.subarray(-4)]).toEqual([0x03, 0x01, 0x80, 0x02]);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 256, shared: true });
  await expect(WebAssembly.instantiate(patched, { e: { m: memory } })).resolves.toBeDefined();
});

test("a memory import without a maximum gets one of 2 GiB", async () => {
  const imports = [0x02, ...NAME, 0x00, 0x00, ...NAME, 0x02, 0x00, 0x01];
  const module = Uint8Array.from([...HEADER, ...TYPES, 0x02, imports.length, ...imports]);

  const patched = Uint8Array.from(shareMemory(module));

  expect(patched.length).toBe(module.length + 3);
  expect([...patched.subarray(-5)]).toEqual([0x03, 0x01, 0x80, 0x80, 0x02]);
  await expect(WebAssembly.compile(patched)).resolves.toBeDefined();
  expect(shared().buffer).toBeInstanceOf(SharedArrayBuffer);
});

test("a section size in its longest form is read and written anew", async () => {
  const module = Uint8Array.from([...HEADER, 0x02, 0x88, 0x80, 0x80, 0x80, 0x00, 0x01, ...NAME, 0x02, 0x00, 0x01]);

  const patched = Uint8Array.from(shareMemory(module));

  expect([...patched.subarray(8, 10)]).toEqual([0x02, 0x0b]);
  await expect(WebAssembly.instantiate(patched, { e: { m: shared() } })).resolves.toBeDefined();
});

test("a module that imports no memory comes back as it is", () => {
  const module = Uint8Array.from([...HEADER, ...TYPES]);

  expect(shareMemory(module)).toBe(module);
});

test("a module that ends within its imports is refused", () => {
  const module = Uint8Array.from([...HEADER, 0x02, 0x0a, 0x01, 0x01]);

  expect(() => shareMemory(module)).toThrow(RangeError);
});
