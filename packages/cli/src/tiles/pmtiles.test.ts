import { createHash } from "node:crypto";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { PMTiles, type Source } from "pmtiles";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PmtilesWriter } from "./pmtiles.ts";
import { countTiles, tilesOfZoom } from "./pyramid.ts";
import { type TilePlace, tileId, tilePlace } from "./tile-id.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "carto-tiles-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("numbers of tiles", () => {
  test("follow a Hilbert curve, zoom after zoom", () => {
    const of = (z: number, x: number, y: number): number => tileId({ z, x, y });
    expect([of(0, 0, 0), of(1, 0, 0), of(1, 0, 1), of(1, 1, 1), of(1, 1, 0), of(2, 0, 0)]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(of(12, 3423, 1763)).toBe(19078479);
  });

  test("lead back to their tiles", () => {
    for (let id = 0; id < 5_000; id++) expect(tileId(tilePlace(id))).toBe(id);
    const deep = { z: 24, x: 2 ** 24 - 1, y: 12_345_678 };
    expect(tilePlace(tileId(deep))).toEqual(deep);
  });
});

describe("a pyramid", () => {
  test("has the tiles that meet its bounds", () => {
    const madrid = [-3.71, 40.41, -3.69, 40.43] as const;
    expect(countTiles({ minzoom: 0, maxzoom: 5, bounds: madrid })).toBe(6);
    expect([...tilesOfZoom(madrid, 5)].map(tilePlace)).toEqual([{ z: 5, x: 15, y: 12 }]);
    expect(countTiles({ minzoom: 0, maxzoom: 3, bounds: [-180, -90, 180, 90] })).toBe(1 + 4 + 16 + 64);
  });

  test("may go over the antimeridian", () => {
    const fiji = [177, -19, -179, -16] as const;
    expect([...tilesOfZoom(fiji, 3)].map(tilePlace)).toEqual([
      { z: 3, x: 0, y: 4 },
      { z: 3, x: 7, y: 4 },
    ]);
    expect([...tilesOfZoom(fiji, 0)]).toEqual([0]);
  });

  test("has its tiles in order", () => {
    const ids = tilesOfZoom([-180, -85, 180, 85], 4);
    expect(ids.length).toBe(256);
    expect([...ids]).toEqual([...ids].sort((a, b) => a - b));
  });
});

/** A source of `pmtiles` over a file's bytes. */
async function archiveOf(path: string): Promise<PMTiles> {
  const bytes = await readFile(path);
  const source: Source = {
    getKey: () => path,
    getBytes: async (offset, length) => ({ data: new Uint8Array(bytes.subarray(offset, offset + length)).buffer }),
  };
  return new PMTiles(source);
}

async function write(name: string, tiles: Iterable<[TilePlace, string]>): Promise<PMTiles> {
  const path = join(folder, name);
  const file = await open(path, "w");
  const writer = new PmtilesWriter(file);
  for (const [place, text] of tiles) await writer.add(place, Buffer.from(text));
  await writer.finish({ minzoom: 0, maxzoom: 8, bounds: [-10, -20.5, 30, 40], metadata: { name: "cities" } });
  await file.close();
  return archiveOf(path);
}

const textOf = (tile: { data: ArrayBuffer } | undefined): string | undefined =>
  tile && Buffer.from(tile.data).toString();

describe("an archive", () => {
  test("is read by the format's own library", async () => {
    const archive = await write("small.pmtiles", [
      [{ z: 0, x: 0, y: 0 }, "world"],
      [{ z: 1, x: 0, y: 0 }, "north west"],
      [{ z: 1, x: 1, y: 0 }, "north east"],
      [{ z: 8, x: 255, y: 17 }, "deep"],
    ]);
    expect(await archive.getHeader()).toMatchObject({
      specVersion: 3,
      clustered: true,
      tileType: 1,
      minZoom: 0,
      maxZoom: 8,
      minLon: -10,
      minLat: -20.5,
      maxLon: 30,
      maxLat: 40,
      numAddressedTiles: 4,
      numTileEntries: 4,
      numTileContents: 4,
    });
    expect(await archive.getMetadata()).toEqual({ name: "cities" });
    expect(textOf(await archive.getZxy(0, 0, 0))).toBe("world");
    expect(textOf(await archive.getZxy(1, 1, 0))).toBe("north east");
    expect(textOf(await archive.getZxy(8, 255, 17))).toBe("deep");
    expect(await archive.getZxy(1, 0, 1)).toBeUndefined();
  });

  test("keeps tiles that are the same once", async () => {
    const places = [...tilesOfZoom([-180, -85, 180, 85], 3)].map(tilePlace);
    const archive = await write(
      "same.pmtiles",
      places.map((place, i) => [place, i < 60 ? "sea" : `land ${i}`]),
    );
    expect(await archive.getHeader()).toMatchObject({ numAddressedTiles: 64, numTileEntries: 5, numTileContents: 5 });
    for (const [i, { z, x, y }] of places.entries()) {
      expect(textOf(await archive.getZxy(z, x, y))).toBe(i < 60 ? "sea" : `land ${i}`);
    }
  });

  test("has leaves when its root would be too large", async () => {
    const noise = (i: number): string => createHash("sha256").update(`${i}`).digest("base64");
    const text = (i: number): string => noise(i).repeat(1 + (noise(i).charCodeAt(0) % 9)) + noise(-i);
    const all = [...tilesOfZoom([-180, -85, 180, 85], 8)].map(tilePlace);
    const places = all.filter((_, i) => noise(i) < "S");
    const archive = await write(
      "leaves.pmtiles",
      places.map((place, i) => [place, text(i)]),
    );
    expect((await archive.getHeader()).leafDirectoryLength).toBeGreaterThan(0);
    for (const at of [0, 1, 4_095, 4_096, 10_000, places.length - 1]) {
      const { z, x, y } = places[at] ?? { z: 0, x: 0, y: 0 };
      expect(textOf(await archive.getZxy(z, x, y))).toBe(text(at));
    }
    const gap = all.find((_, i) => noise(i) >= "S") ?? { z: 0, x: 0, y: 0 };
    expect(await archive.getZxy(gap.z, gap.x, gap.y)).toBeUndefined();
  });

  test("of nothing is one that can be read", async () => {
    const archive = await write("empty.pmtiles", []);
    expect(await archive.getZxy(0, 0, 0)).toBeUndefined();
    expect(await archive.getMetadata()).toEqual({ name: "cities" });
  });

  test("refuses tiles out of order", async () => {
    await expect(
      write("order.pmtiles", [
        [{ z: 1, x: 1, y: 0 }, "b"],
        [{ z: 1, x: 0, y: 0 }, "a"],
      ]),
    ).rejects.toThrow("tile 1/0/0 is not in order");
  });

  test("compresses its tiles", async () => {
    await write("packed.pmtiles", [[{ z: 0, x: 0, y: 0 }, "x".repeat(10_000)]]);
    const bytes = await readFile(join(folder, "packed.pmtiles"));
    expect(gunzipSync(bytes.subarray(16_384, 16_384 + Number(bytes.readBigUInt64LE(64)))).length).toBe(10_000);
  });
});
