import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TarEntry, tarOf, zipOf } from "../../../../../test/support/archives.ts";
import { ImportError } from "../error.ts";
import { type Unpacked, unpack } from "./unpack.ts";

const SHP = Buffer.concat([Buffer.from("0000270a", "hex"), Buffer.alloc(96)]);
const TAB = "!table\n!version 300\n";
const CSV = "a,b\n1,2\n";

let home: string;
let folder: string;
let made = 0;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "carto-ts-sets-"));
});
beforeEach(async () => {
  folder = await mkdtemp(join(home, "f"));
  made = 0;
});
afterAll(() => rm(home, { recursive: true }));

async function unpacked(bytes: Buffer, maxFiles = 26): Promise<Unpacked> {
  const path = join(folder, "archive");
  await writeFile(path, bytes);
  return unpack(
    { path, name: "archive", size: bytes.length },
    {
      place: () => join(folder, String(++made)),
      maxBytes: 1e9,
      maxFiles,
      signal: new AbortController().signal,
      onProgress: () => {},
    },
  );
}

/** Each file's name, what is opened, and all that lies beside it. */
async function sets({ files }: Unpacked): Promise<unknown[]> {
  const told = files.map(async ({ name, path, place }) => {
    if (!place) return [name, await readFile(path, "utf8")];
    const beside = await readdir(place.folder, { recursive: true, withFileTypes: true });
    const names = beside
      .filter((one) => one.isFile())
      .map((one) => join(relative(place.folder, one.parentPath), one.name));
    return [name, place.entry, names.toSorted()];
  });
  return Promise.all(told);
}

describe.each([
  ["zip", zipOf],
  ["tar", tarOf],
] as const)("files that belong together in a %s archive", (_, pack: (entries: TarEntry[]) => Buffer) => {
  test("are one, whatever their order and the case of their letters", async () => {
    const result = await unpacked(
      pack([
        { name: "x/Roads.DBF", data: "d" },
        { name: "x/roads.Shx", data: "x" },
        { name: "x/places.csv", data: CSV },
        { name: "x/ROADS.shp", data: SHP },
        { name: "x/roads.sbn", data: "s" },
        { name: "y/roads.shp", data: SHP },
        { name: "y/roads.cpg", data: "UTF-8" },
      ]),
    );

    expect(await sets(result)).toEqual([
      ["ROADS.shp", "data.shp", ["data.dbf", "data.shp", "data.shx"]],
      ["places.csv", CSV],
      ["roads.shp", "data.shp", ["data.cpg", "data.shp"]],
    ]);
    expect(result.files[0]?.size).toBe(102);
    expect(result.skipped.files).toEqual([]);
  });

  test("are a geodatabase by their folder, without what isn't of it", async () => {
    const result = await unpacked(
      pack([
        { name: "z/My Data.gdb/gdb", data: "g" },
        { name: "z/My Data.gdb/a00000001.gdbtable", data: "1" },
        { name: "z/My Data.gdb/a00000001.gdbtablx", data: "2" },
        { name: "z/My Data.gdb/a00000004.CatItemsByName.atx", data: "3" },
        { name: "z/My Data.gdb/_gdb.user.lock", data: "4" },
        { name: "z/My Data.gdb/deeper/a00000002.gdbtable", data: "5" },
        { name: "z/My Data.gdb/notes.csv", data: CSV },
      ]),
    );

    expect(await sets(result)).toEqual([
      [
        "My Data.gdb",
        "data.gdb",
        ["a00000001.gdbtable", "a00000001.gdbtablx", "a00000004.CatItemsByName.atx", "gdb"].map((n) => `data.gdb/${n}`),
      ],
    ]);
    expect(result.skipped.count).toBe(0);
  });

  test("are left out, and gone, without the one that they are about", async () => {
    const result = await unpacked(
      pack([
        { name: "a.dbf", data: "d" },
        { name: "b.dat", data: "d" },
        { name: "c.mid", data: "d" },
        { name: "x.gdb/gdb", data: "g" },
        { name: "t.csv", data: CSV },
      ]),
    );

    expect(await sets(result)).toEqual([["t.csv", CSV]]);
    expect(result.skipped.files).toEqual([
      { name: "b.dat", reason: "a file of the format dat can't be imported" },
      { name: "c.mid", reason: "a file of the format mid can't be imported" },
      { name: "x.gdb", reason: "a file of the format gdb can't be imported" },
    ]);
    expect((await readdir(folder)).length).toBe(2);
  });

  test("are MapInfo's only where the .tab says so; another is a text", async () => {
    const result = await unpacked(
      pack([
        { name: "a.tab", data: TAB },
        { name: "a.dat", data: "d" },
        { name: "a.map", data: "m" },
        { name: "b.tab", data: "a\tb\n1\t2\n" },
      ]),
    );

    expect(await sets(result)).toEqual([
      ["a.tab", "data.tab", ["data.dat", "data.map", "data.tab"]],
      ["b.tab", "data.tab", ["data.tab"]],
    ]);
  });

  test("that come twice are taken once, which is told", async () => {
    const result = await unpacked(
      pack([
        { name: "a.shp", data: SHP },
        { name: "A.SHP", data: SHP },
      ]),
    );

    expect(result.files).toHaveLength(1);
    expect(result.skipped.files).toEqual([{ name: "A.SHP", reason: "it is in the archive more than once" }]);
  });

  test("count as one of those that are wanted, and are whole though there are more", async () => {
    const result = await unpacked(
      pack([
        { name: "a.dbf", data: "d" },
        { name: "a.shp", data: SHP },
        { name: "t.csv", data: CSV },
        { name: "u.csv", data: CSV },
        { name: "v.shp", data: SHP },
        { name: "a.shx", data: "x" },
      ]),
      2,
    );

    expect(await sets(result)).toEqual([
      ["a.shp", "data.shp", ["data.dbf", "data.shp", "data.shx"]],
      ["t.csv", CSV],
    ]);
    expect(result.isCut).toBe(true);
  });

  test("are no set where the one they are about is something else", async () => {
    await expect(unpacked(pack([{ name: "a.shp", data: CSV }]))).rejects.toThrow(ImportError);
    await expect(unpacked(pack([{ name: "a.shp", data: CSV }]))).rejects.toThrow("a.shp is no shapefile");
  });
});
