import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { ReadyTile, TileCache } from "./tile-cache.ts";

const tileOf = (text: string): ReadyTile => new ReadyTile({ bytes: Buffer.from(text), dropped: undefined });

describe("tiles in memory", () => {
  test("are given as long as their tables are of the same version", () => {
    const cache = new TileCache(100_000);
    const tile = tileOf("a tile");
    cache.put("key", "version 1", tile);
    expect(cache.get("key", "version 1")).toBe(tile);
    expect(cache.get("other", "version 1")).toBeUndefined();
    expect(cache.get("key", "version 2")).toBeUndefined();
    expect(cache.get("key", "version 1")).toBeUndefined();
  });

  test("leave when there are too many bytes, those least lately used first", () => {
    const cache = new TileCache(4_000);
    for (const key of ["a", "b", "c", "d"]) cache.put(key, "v", tileOf(key.repeat(300)));
    expect(cache.get("a", "v")?.bytes.length).toBe(300);
    cache.put("e", "v", tileOf("e".repeat(300)));
    const kept = ["a", "b", "c", "d", "e"].filter((key) => cache.get(key, "v"));
    expect(kept).toEqual(["a", "c", "d", "e"]);
  });

  test("are not kept when one alone would push out most of the others", () => {
    const cache = new TileCache(10_000);
    cache.put("small", "v", tileOf("small"));
    cache.put("large", "v", tileOf("x".repeat(5_000)));
    expect(cache.get("large", "v")).toBeUndefined();
    expect(cache.get("small", "v")).toBeDefined();
  });

  test("have one tag for the bytes that they hold, plain and compressed", async () => {
    const tile = tileOf("x".repeat(2_000));
    expect(tile.etag).toMatch(/^W\/"[\w-]{27}"$/);
    expect(tileOf("x".repeat(2_000)).etag).toBe(tile.etag);
    expect(tileOf("y".repeat(2_000)).etag).not.toBe(tile.etag);
    expect(tile.compresses).toBe(true);
    expect(gunzipSync(await tile.gzipped()).toString()).toBe("x".repeat(2_000));
    expect(await tile.gzipped()).toBe(await tile.gzipped());
    expect(tileOf("short").compresses).toBe(false);
  });
});
