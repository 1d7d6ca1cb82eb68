import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  paxRecord,
  type TarEntry,
  tarEntry,
  tarOf,
  type ZipEntry,
  zipOf,
} from "../../../../../test/support/archives.ts";
import { ImportError } from "../error.ts";
import { unpack } from "./unpack.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "carto-ts-unpack-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  /** Contents by name. */
  files: [name: string, text: string][];
  skipped: Record<string, string>;
  /** What it made, by the names of the disk. */
  made: string[];
  isCut: boolean;
}

interface How {
  name?: string;
  maxBytes?: number;
  signal?: AbortSignal;
  onProgress?: () => void;
}

async function unpacked(bytes: Uint8Array, how: How = {}): Promise<Outcome> {
  const { name = "a.zip", maxBytes = 1e9, signal = new AbortController().signal, onProgress = () => {} } = how;
  const place = await mkdtemp(join(folder, "x"));
  const path = join(place, "packed");
  await writeFile(path, bytes);
  let n = 0;
  const { files, skipped, isCut } = await unpack(
    { path, name, size: bytes.length },
    { place: () => join(place, String(++n)), maxBytes, maxFiles: 26, signal, onProgress },
  );
  const texts = files.map(async (file): Promise<[string, string]> => [file.name, await readFile(file.path, "utf8")]);
  return {
    files: await Promise.all(texts),
    skipped: Object.fromEntries(skipped.files.map((file) => [file.name, file.reason])),
    made: (await readdir(place)).filter((made) => made !== "packed").sort(),
    isCut,
  };
}

async function failure(bytes: Uint8Array, options: How = {}): Promise<string> {
  const before = await readdir(folder);
  const error = await unpacked(bytes, options).then(
    (outcome) => expect.fail(`it was unpacked: ${JSON.stringify(outcome)}`),
    (thrown: unknown) => thrown,
  );
  expect(await readdir(folder)).toHaveLength(before.length + 1);
  return error instanceof ImportError ? `${error.code}: ${error.message}` : expect.fail(String(error));
}

const CSV = "a,b\n1,2\n";
const zip = (...entries: ZipEntry[]): Buffer => zipOf(entries);
const tar = (...entries: TarEntry[]): Buffer => tarOf(entries);
const names = ({ files }: Outcome): string[] => files.map(([name]) => name);

describe.each([
  ["zip", (entries: TarEntry[]): Buffer => zipOf(entries)],
  ["tar", (entries: TarEntry[]): Buffer => tarOf(entries)],
  ["tar.gz", (entries: TarEntry[]): Buffer => gzipSync(tarOf(entries))],
] as const)("a %s archive", (kind, pack) => {
  const name = `a.${kind}`;

  test("gives its files in order, under numbers, and nothing else is made", async () => {
    const bytes = pack([{ name: "sub/b c.csv", data: CSV }, { name: "./a.geojson", data: "{}" }, { name: "e.tsv" }]);

    const outcome = await unpacked(bytes, { name });

    expect(outcome.files).toEqual([
      ["b c.csv", CSV],
      ["a.geojson", "{}"],
      ["e.tsv", ""],
    ]);
    expect(outcome).toMatchObject({ skipped: {}, isCut: false });
    expect(outcome.made).toEqual(kind === "tar.gz" ? ["2", "3", "4"] : ["1", "2", "3"]);
  });

  test("passes over hidden files, those of systems, read-mes and companions", async () => {
    const passed = ["__MACOSX/._a.csv", ".hidden.csv", ".git/x.csv", "README.txt", "my_readme_1.txt", "x.version.txt"];
    const bytes = pack([
      ...passed.map((name) => ({ name, data: CSV })),
      { name: "x.prj" },
      { name: "a.csv", data: CSV },
    ]);

    expect(await unpacked(bytes, { name })).toMatchObject({ files: [["a.csv", CSV]], skipped: {} });
  });

  test("is imported without what can't be, which is told", async () => {
    const bytes = pack([
      { name: "notes.pdf", data: "%PDF" },
      { name: "page.csv", data: "<!doctype html><html>" },
      { name: "inner.zip", data: "PK" },
      { name: "LICENSE", data: "MIT" },
      { name: "a.csv", data: CSV },
    ]);

    const { files, skipped, made } = await unpacked(bytes, { name });

    expect(files).toEqual([["a.csv", CSV]]);
    expect(skipped).toEqual({
      "notes.pdf": "a file of the format pdf can't be imported",
      "page.csv": "The file is a web page, not data: open it to see what it says, and import the data itself.",
      "inner.zip": "it is packed once more: unpack it and import what is in it",
      LICENSE: "a file without an extension can't be imported",
    });
    expect(made).toHaveLength(1);
  });

  test("with nothing to import says why", async () => {
    expect(await failure(pack([{ name: "a.pdf" }, { name: "b.doc" }]), { name })).toBe(
      "1002: No file in the archive can be imported. a.pdf: a file of the format pdf can't be imported; " +
        "b.doc: a file of the format doc can't be imported.",
    );
    expect(await failure(pack([{ name: "README.txt" }]), { name })).toBe(
      "1002: There is no file with data in the archive.",
    );
  });

  test("unpacks a gzip file within, and no archive within", async () => {
    const gz = gzipSync(CSV);
    const entries = [{ name: "a.csv.gz", data: gz }];

    expect((await unpacked(pack(entries), { name })).files).toEqual([["a.csv", CSV]]);
    const twice = [{ name: "a.csv.gz", data: gzipSync(gz) }];
    expect(await failure(pack(twice), { name })).toContain("packed once more, as gzip");
    const disguised = [{ name: "a.csv", data: zipOf([{ name: "b.csv", data: CSV }]) }];
    expect(await failure(pack(disguised), { name })).toContain("packed once more, as zip");
  });

  test.each([
    "/etc/evil.csv",
    "//host/evil.csv",
    "C:/evil.csv",
    "C:\\windows\\evil.csv",
    "C:evil.csv",
    "\\\\host\\share\\evil.csv",
    "a//./evil.csv",
    `${"d/".repeat(40)}evil.csv`,
  ])("takes %j under a number, whatever its name", async (path) => {
    expect(await unpacked(pack([{ name: path, data: CSV }]), { name })).toMatchObject({
      files: [["evil.csv", CSV]],
      made: [expect.stringMatching(/^\d$/)],
    });
  });

  test.each(["../evil.csv", "a/../../evil.csv", "..\\evil.csv", "../../../../../../tmp/evil.csv"])(
    "leaves out %j, which leads out of it",
    async (path) => {
      const { files, skipped } = await unpacked(
        pack([
          { name: path, data: CSV },
          { name: "a.csv", data: CSV },
        ]),
        { name },
      );

      expect(files).toEqual([["a.csv", CSV]]);
      expect(skipped).toEqual({ "evil.csv": "its name leads out of the archive" });
    },
  );

  test("may have two files of one name, and a folder called like a file", async () => {
    const bytes = pack([{ name: "a.csv/" }, { name: "a.csv", data: CSV }, { name: "a.csv", data: "z\n9\n" }]);

    expect((await unpacked(bytes, { name })).files).toEqual([
      ["a.csv", CSV],
      ["a.csv", "z\n9\n"],
    ]);
  });

  test("gives the first 26 files, and says that there are more", async () => {
    const bytes = pack(Array.from({ length: 30 }, (_, n) => ({ name: `${n}.csv`, data: CSV })));

    const outcome = await unpacked(bytes, { name });

    expect([outcome.files.length, outcome.isCut, outcome.made.length]).toEqual([26, true, 26]);
  });

  test("of a hundred thousand entries is refused", async () => {
    const bytes = pack(Array.from({ length: 100_000 }, (_, n) => ({ name: `${n}.bin` })));

    expect(await failure(bytes, { name })).toMatch(/^6666: The archive has more than 10000 files/);
  });

  test("that is cut or has garbage in it fails in words, or tells what it has, wherever that is", async () => {
    const whole = pack([
      { name: "a.csv", data: CSV.repeat(100) },
      { name: "b.csv", data: randomBytes(900).toString("hex") },
    ]);
    const outcomes = new Set<string>();
    for (let n = 0; n < 150; n++) {
      const bytes = Buffer.from(whole.subarray(0, n % 2 ? whole.length : Math.ceil((whole.length * n) / 150)));
      if (n % 2) randomBytes(8).copy(bytes, Math.floor(((whole.length - 8) * n) / 150));
      const outcome = await unpacked(bytes, { name }).then(
        () => "unpacked",
        (error: unknown) => (error instanceof ImportError ? String(error.code) : expect.fail(String(error))),
      );
      outcomes.add(outcome);
    }
    expect(
      [...outcomes].filter((code) => !["unpacked", "1002", "1003", "1018", "2006", "6666"].includes(code)),
    ).toEqual([]);
    expect(outcomes).toContain("1003");
  });

  test("stops when it is told to", async () => {
    const stop = new AbortController();
    const bytes = pack([{ name: "a.csv", data: randomBytes(4e6).toString("hex") }]);

    const running = unpacked(bytes, { name, signal: stop.signal, onProgress: () => stop.abort(new Error("stop")) });

    await expect(running).rejects.toThrow();
    expect(stop.signal.aborted).toBe(true);
  });

  test("of more than the bytes that a file may have is refused", async () => {
    const bytes = pack([{ name: "a.csv", data: randomBytes(60_000).toString("hex") }]);

    expect(await failure(bytes, { name, maxBytes: 100_000 })).toMatch(
      /^6666: The file unpacks to more than 100000 bytes/,
    );
  });
});

describe("a zip archive", () => {
  const plain = { name: "a.csv", data: CSV };

  test.each([
    ["stored", zip({ ...plain, method: 0 })],
    ["with sizes behind the data", zip({ ...plain, flags: 0x808 })],
    ["with sizes in eight bytes", zipOf([{ ...plain, zip64: true }], { zip64: true })],
    ["with a folder before it", zip({ name: "sub/", mode: 0o040755 }, plain)],
  ])("is read: %s", async (_, bytes) => {
    expect((await unpacked(bytes)).files).toEqual([["a.csv", CSV]]);
  });

  test.each([
    [9, "Deflate64"],
    [12, "bzip2"],
    [14, "LZMA"],
    [93, "Zstandard"],
    [77, "method 77"],
  ])("packed by method %i says that this is %s", async (method, told) => {
    expect(await failure(zip({ ...plain, method }))).toBe(
      `1003: a.csv is packed with ${told}, which can't be unpacked: pack the archive again with Deflate, the usual method.`,
    );
  });

  test("with a password says so", async () => {
    const aes = { ...plain, method: 99, flags: 1 };
    for (const entry of [{ ...plain, flags: 1 }, aes]) {
      expect(await failure(zip(entry))).toMatch(/^1018: a\.csv has a password: /);
    }
    expect(await failure(zip({ ...plain, flags: 0x41 }))).toMatch(/^1018: The archive has a password: /);
  });

  test("gives no links and devices", async () => {
    const link = { name: "link.csv", data: "/etc/passwd", mode: 0o120777 };

    const outcome = await unpacked(zip(link, { name: "pipe.csv", mode: 0o010644 }, plain));

    expect(names(outcome)).toEqual(["a.csv"]);
    expect(outcome.skipped).toEqual({ "link.csv": "it is a link to another file", "pipe.csv": "it is no plain file" });
  });

  test("has names in UTF-8, said or not, or in the letters of DOS", async () => {
    const dos = Buffer.from([0x53, 0x81, 0x64, 0x2e, 0x63, 0x73, 0x76]);
    const outcome = await unpacked(
      zip({ ...plain, name: "Süd.csv" }, { ...plain, name: "Öst.csv", flags: 0 }, { ...plain, name: dos, flags: 0 }),
    );

    expect(names(outcome)).toEqual(["Süd.csv", "Öst.csv", "Süd.csv"]);
    expect(await failure(zip({ ...plain, name: dos }))).toMatch(/^2006: /);
  });

  test("keeps no NUL of a name", async () => {
    const outcome = await unpacked(zip({ ...plain, name: "a\0b.csv" }, { ...plain, name: "c.csv\0.exe" }));

    expect(names(outcome)).toEqual(["ab.csv"]);
    expect(outcome.skipped).toEqual({ "c.csv.exe": "a file of the format exe can't be imported" });
  });

  test("with names of megabytes is refused", async () => {
    const entries = Array.from({ length: 300 }, () => ({ ...plain, name: "x".repeat(60_000) }));

    expect(await failure(zipOf(entries))).toMatch(/^1003: .*the names and comments in it are too long/);
  });

  test("whose files share bytes is refused", async () => {
    const body = { name: "b.csv", data: CSV };

    expect(await failure(zip(plain, { ...body, offset: 0 }))).toMatch(/^1003: The archive's files share bytes/);
    expect(await failure(zip(plain, { ...body, offset: 20 }))).toMatch(/^1003: The archive's files share bytes/);
  });

  test("that unpacks to far more than it is stops at the limit", async () => {
    const bomb = zip({ name: "a.csv", data: Buffer.alloc(50e6, "1") });

    expect(await failure(bomb)).toMatch(/^6666: The file unpacks to more than 10485760 bytes/);
    expect(await failure(zip({ name: "a.csv", data: Buffer.alloc(50e6, "1"), size: 10 }))).toMatch(
      /^1003: .*not what was packed/,
    );
  });

  test("is not believed about its sizes, sums and places", async () => {
    expect(await failure(zip({ ...plain, size: 9 }))).toMatch(/^1003: .*a\.csv is not what was packed/);
    expect(await failure(zip({ ...plain, sum: 1 }))).toMatch(/^1003: .*a\.csv is not what was packed/);
    expect(await failure(zip({ ...plain, size: 2 ** 52, zip64: true }))).toMatch(/^6666: /);
    expect(await failure(zip({ ...plain, offset: 2 ** 53, zip64: true }))).toMatch(/^1003: /);
    expect(await failure(zipOf([plain], { count: 3 }))).toMatch(/^1003: /);
  });

  test.each([16, 48, 96])("with places beyond all numbers is refused (%i bytes before its end)", async (before) => {
    const bytes = zipOf([plain], { zip64: true });
    bytes.fill(0xff, bytes.length - 22 - before, bytes.length - 22 - before + 16);

    expect(await failure(bytes)).toMatch(/^(1003|6666): /);
  });
});

describe("a tar archive", () => {
  const plain = { name: "a.csv", data: CSV };

  test("gives no links, devices and files with holes", async () => {
    const outcome = await unpacked(
      tar(
        { name: "symbolic.csv", type: "2", link: "/etc/passwd" },
        { name: "hard.csv", type: "1", link: "/etc/passwd" },
        { name: "disk.csv", type: "4" },
        { name: "old-holes.csv", type: "S" },
        { name: "pax", type: "x", data: paxRecord("GNU.sparse.major", "1") },
        { name: "holes.csv", data: CSV },
        plain,
      ),
    );

    expect(outcome.files).toEqual([["a.csv", CSV]]);
    expect(outcome.skipped).toEqual({
      "symbolic.csv": "it is a link to another file",
      "hard.csv": "it is a link to another file",
      "disk.csv": "it is no plain file",
      "old-holes.csv": "it is no plain file",
      "holes.csv": "it has holes: pack it again without --sparse",
    });
  });

  test("has names of any length, in UTF-8 or one byte a letter", async () => {
    const long = `${"x".repeat(120)}.csv`;
    const outcome = await unpacked(
      tar(
        { name: "long", type: "L", data: `${long}\0` },
        plain,
        { name: "pax", type: "x", data: paxRecord("path", "sub/Öst.csv") },
        plain,
        { ...plain, name: "Süd.csv" },
        { ...plain, name: Buffer.from("S\xfcd.csv", "latin1") },
      ),
    );

    expect(names(outcome)).toEqual([long, "Öst.csv", "Süd.csv", "Süd.csv"]);
    const broken = Buffer.from(paxRecord("path", "S\xfcd.csv").replace("13", "12"), "latin1");
    expect(await failure(tar({ name: "pax", type: "x", data: broken.subarray(0) }, plain))).toMatch(/^(2006|1003): /);
  });

  test("that says it has a file larger than itself is damaged", async () => {
    expect(await failure(tar({ ...plain, size: 5_000_000 }))).toMatch(/^1003: /);
    expect(await failure(tar({ ...plain, size: 8 ** 11 - 1 }))).toMatch(/^6666: /);
  });

  test.each([0x81, 0xc0, 0xfe])("whose sizes are no numbers (%i) is refused, not waited for", async (first) => {
    const entry = tarEntry(plain);
    entry[124] = first;
    entry.write("        ", 148);
    entry.write(
      `${entry
        .subarray(0, 512)
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, "0")}\0 `,
      148,
    );

    expect(await failure(Buffer.concat([entry, tar(plain)]))).toMatch(/^1003: .*the size of a file in it is no number/);
  });

  test("with attributes of megabytes is refused", async () => {
    const attributes = { name: "pax", type: "x", data: paxRecord("a", "b").repeat(500_000) };

    expect(await failure(tar(attributes, plain))).toMatch(/^1003: .*between its files is too long/);
  });

  test("leaves its server free while it is read", async () => {
    const bytes = Buffer.concat([
      ...Array.from({ length: 9_000 }, (_, n) => tarEntry({ name: `${n}.bin`, data: "x" })),
      tar(plain),
    ]);
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);

    await unpacked(bytes);
    clearInterval(timer);

    expect(longest).toBeLessThan(250);
  });
});

describe("a gzip file", () => {
  test("is unpacked, and one of zeros is stopped", async () => {
    expect((await unpacked(gzipSync(CSV), { name: "a.csv.gz" })).files).toEqual([["a.csv", CSV]]);
    expect(await failure(gzipSync(Buffer.alloc(60e6)), { name: "a.tar.gz" })).toMatch(/^6666: /);
    expect(await failure(gzipSync(CSV).subarray(0, 15), { name: "a.csv.gz" })).toMatch(/^1003: /);
  });

  test("may hold a zip archive", async () => {
    expect((await unpacked(gzipSync(zip({ name: "a.csv", data: CSV })), { name: "a.zip.gz" })).files).toEqual([
      ["a.csv", CSV],
    ]);
  });
});

test("a workbook is no archive", async () => {
  const workbook = zip({ name: "xl/workbook.xml" });

  expect(await unpacked(workbook, { name: "sales.xlsx" })).toMatchObject({
    files: [["sales.xlsx", expect.any(String)]],
  });
});
