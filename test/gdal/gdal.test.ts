import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Gdal, type GdalRows } from "../../packages/server/src/gdal/gdal.ts";
import type { GdalLimits } from "../../packages/server/src/gdal/gdal-process.ts";
import { hasGdal } from "../support/gdal.ts";

const OGR2OGR = "/usr/bin/ogr2ogr";
const LIMITS: GdalLimits = { timeoutMs: 30_000, memoryBytes: 1024 ** 3, outputBytes: 64 * 1024 ** 2 };
/** Ways to run it. */
const ways: [string, string | undefined][] = [["WebAssembly", undefined]];
if (hasGdal) ways.push(["a program", OGR2OGR]);

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "carto-ts-gdal-test-"));
});
afterAll(() => rm(home, { recursive: true }));

let folders = 0;
async function folderOf(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = join(home, String(folders++));
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

interface Given {
  limits?: Partial<GdalLimits>;
  signal?: AbortSignal;
  ogr2ogr?: string | undefined;
}

const openGdal = (folder: string, { limits, signal, ogr2ogr }: Given = {}): Promise<Gdal> =>
  Gdal.open({
    folder,
    signal: signal ?? new AbortController().signal,
    limits: { ...LIMITS, ...limits },
    ogr2ogr,
  });

async function textOf({ chunks }: GdalRows): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of chunks) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** Values by column; timestamps in UTC. */
async function valuesOf(rows: GdalRows): Promise<Record<string, string | null>[]> {
  const text = await textOf(rows);
  // A line may end with a backslash: then it goes on.
  const lines = text.match(/(?:[^\\\n]|\\[\s\S])+\n/g) ?? [];
  return lines.map((line) => {
    const fields = line.slice(0, -1).match(/(?:^|\t)(?:[^\\\t]|\\[\s\S])*/g) ?? [];
    return Object.fromEntries(rows.columns.map(({ name, type }, at) => [name, fieldValue(fields[at] ?? "", type)]));
  });
}

function fieldValue(field: string, type: string): string | null {
  const text = field.replace(/^\t/, "");
  if (text === "\\N") return null;
  if (type.startsWith("timestamp")) return new Date(text).toISOString();
  const escapes: Record<string, string> = { n: "\n", t: "\t" };
  return text.replace(/\\([\s\S])/g, (_, letter: string) => escapes[letter] ?? letter);
}

/** A DBF of one text, in Latin 1. */
function dbfOf(text: string): Buffer {
  const head = Buffer.alloc(65);
  head.writeUInt8(3, 0);
  head.writeUInt32LE(1, 4);
  head.writeUInt16LE(65, 8);
  head.writeUInt16LE(11, 10);
  head.write("NAME", 32, "latin1");
  head.write("C", 43, "latin1");
  head.writeUInt8(10, 48);
  head.writeUInt8(0x0d, 64);
  return Buffer.concat([head, Buffer.from(` ${text.padEnd(10)}\x1a`, "latin1")]);
}

const POINT = "0101000020E6100000000000000000F03F0000000000000040";
const ROWS = `the_geom,id,day,yes,at,size,words
${POINT},9007199254740994,2006-06-24,t,2006-06-24 10:00:00.5+02,1.5,"a	b
c\\"
,2,,f,,,\\.
${POINT},3,1969-12-31,,,,ñ
`;
const TYPES = "WKT,Integer64,Date,Integer(Boolean),DateTime,Real,String\n";
const FILES = { "in.csv": ROWS, "in.csvt": TYPES };
const CSV = { file: "in.csv", drivers: ["CSV"], openOptions: ["KEEP_GEOM_COLUMNS=NO"] };
const GPKG = { file: "out.gpkg", drivers: ["GPKG"] };

const toGpkg = (gdal: Gdal, name = "places"): Promise<void> =>
  gdal.translate({
    source: CSV,
    layers: [],
    driver: "GPKG",
    target: "out.gpkg",
    args: ["-a_srs", "EPSG:4326", "-nlt", "POINT", "-nln", name],
  });

test("layers are told with their fields, types, reference system and count", async () => {
  await using gdal = await openGdal(await folderOf(FILES));
  await toGpkg(gdal);
  const [layer, ...others] = await gdal.layers(GPKG);
  expect(others).toEqual([]);
  expect(layer).toEqual({
    name: "places",
    count: 3,
    geometryType: "Point",
    fidColumn: "fid",
    fields: [
      { name: "id", type: "Integer64" },
      { name: "day", type: "Date" },
      { name: "yes", type: "Integer", subtype: "Boolean" },
      { name: "at", type: "DateTime" },
      { name: "size", type: "Real" },
      { name: "words", type: "String" },
    ],
    srs: { wkt: expect.stringContaining('GEOGCRS["WGS 84"'), epsg: 4326 },
  });
});

describe.each(ways)("by %s", (_, ogr2ogr) => {
  test("rows come as COPY's text", async () => {
    await using gdal = await openGdal(await folderOf(FILES), { ogr2ogr });
    await toGpkg(gdal);
    const rows = await gdal.copyRows(GPKG, "places");
    const types = Object.fromEntries(rows.columns.map(({ name, type }) => [name, type]));
    expect(types).toEqual({
      ogr_geometry: "geometry",
      fid: "SERIAL",
      id: "INT8",
      day: "date",
      yes: "BOOLEAN",
      at: "timestamp with time zone",
      size: "FLOAT8",
      words: "VARCHAR",
    });
    const none = { ogr_geometry: null, day: null, yes: null, at: null, size: null };
    expect(await valuesOf(rows)).toEqual([
      {
        ogr_geometry: POINT,
        fid: "1",
        id: "9007199254740994",
        day: "2006/06/24",
        yes: "1",
        at: "2006-06-24T08:00:00.500Z",
        size: "1.5",
        words: "a\tb\nc\\",
      },
      { ...none, fid: "2", id: "2", yes: "0", words: "\\." },
      { ...none, ogr_geometry: POINT, fid: "3", id: "3", day: "1969/12/31", words: "ñ" },
    ]);
  });

  test("several layers are read one after the other", async () => {
    await using gdal = await openGdal(await folderOf(FILES), { ogr2ogr });
    await toGpkg(gdal, "one");
    await gdal.translate({
      source: CSV,
      layers: [],
      driver: "GPKG",
      target: "out.gpkg",
      args: ["-update", "-nln", "two"],
    });
    const ids = [];
    for (const name of ["one", "two"]) {
      const rows = await gdal.copyRows(GPKG, name, { args: ["-select", "id", "-unsetFid"] });
      ids.push((await valuesOf(rows)).map(({ id }) => id));
    }
    expect(ids).toEqual([
      ["9007199254740994", "2", "3"],
      ["9007199254740994", "2", "3"],
    ]);
  });

  test("a layer without rows tells its columns", async () => {
    await using gdal = await openGdal(await folderOf(FILES), { ogr2ogr });
    const rows = await gdal.copyRows(CSV, "in", { args: ["-where", "id = 0", "-select", "id,words"] });
    expect(await textOf(rows)).toBe("");
    expect(rows.columns.slice(-2)).toEqual([
      { name: "id", type: "INT8" },
      { name: "words", type: "VARCHAR" },
    ]);
  });

  test("names of fields can be SQL", async () => {
    const name = `x" ) FROM STDIN;\n\\.\n';`;
    const geometry = { type: "Point", coordinates: [1, 2] };
    const feature = (value: number): object => ({ type: "Feature", geometry, properties: { [name]: value } });
    const text = JSON.stringify({ type: "FeatureCollection", features: [feature(1), feature(2)] });
    await using gdal = await openGdal(await folderOf({ "in.geojson": text }), { ogr2ogr });
    const rows = await gdal.copyRows({ file: "in.geojson", drivers: ["GeoJSON"] }, "in");
    expect(await valuesOf(rows)).toEqual([
      { ogr_geometry: POINT, [name]: "1" },
      { ogr_geometry: POINT, [name]: "2" },
    ]);
  });

  test("a DBF's encoding can be told where it doesn't tell", async () => {
    const folder = await folderOf({ "in.csv": "name\n", "in.csvt": "String\n" });
    await using gdal = await openGdal(folder, { ogr2ogr });
    const source = { file: "in.dbf", drivers: ["ESRI Shapefile"], openOptions: ["ENCODING=ISO-8859-1"] };
    await writeFile(join(folder, "in.dbf"), dbfOf("caf\xe9"));
    expect(await valuesOf(await gdal.copyRows(source, "in", { args: ["-unsetFid"] }))).toEqual([{ NAME: "café" }]);
  });

  test("what is no file of the given drivers is not opened", async () => {
    const vrt = `<OGRVRTDataSource><OGRVRTLayer name="in"><SrcDataSource>in.csv</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>`;
    await using gdal = await openGdal(await folderOf({ ...FILES, "in.vrt": vrt }), { ogr2ogr });
    const read = gdal.copyRows({ file: "in.vrt", drivers: ["GPKG"] }, "in");
    await expect(read).rejects.toMatchObject({ name: "GdalError", kind: "failed" });
    // It goes on afterwards.
    expect(await textOf(await gdal.copyRows(CSV, "in", { args: ["-select", "id"] }))).toContain("9007199254740994");
  });

  test("GDAL's own words are the error's, without its path", async () => {
    const line = "0102000020E610000002000000000000000000000000000000000000000000000000000000000000000000F03F";
    const folder = await folderOf({ "in.csv": `the_geom,id\n${POINT},1\n${line},2\n`, "in.csvt": "WKT,Integer\n" });
    await using gdal = await openGdal(folder, { ogr2ogr });
    const made = gdal.translate({
      source: CSV,
      layers: [],
      driver: "ESRI Shapefile",
      target: "out.shp",
      args: ["-nlt", "POINT"],
    });
    const error = await made.catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ name: "GdalError", kind: "failed" });
    expect((error as Error).message).toMatch(
      /^Attempt to write non-point \(LINESTRING\) geometry to point shapefile\./,
    );
    expect((error as Error).message).not.toContain(folder);
  });

  test("more output than allowed ends it, to a file as to its reader", async () => {
    const many = `the_geom,id\n${`${POINT},1\n`.repeat(200_000)}`;
    const files = { "in.csv": many, "in.csvt": "WKT,Integer\n" };
    const limits = { outputBytes: 1024 ** 2 };
    await using gdal = await openGdal(await folderOf(files), { ogr2ogr, limits });
    await expect(toGpkg(gdal)).rejects.toMatchObject({ kind: "output", message: "GDAL wrote more than 1 MB" });
    await using other = await openGdal(await folderOf(files), { ogr2ogr, limits });
    const read = other.copyRows(CSV, "in").then(textOf);
    await expect(read).rejects.toMatchObject({ kind: "output" });
  });

  test("a reader that stands still is waited for, and one that leaves ends it", async () => {
    const many = `the_geom,id\n${`${POINT},1\n`.repeat(100_000)}`;
    await using gdal = await openGdal(await folderOf({ "in.csv": many, "in.csvt": "WKT,Integer\n" }), { ogr2ogr });
    const { chunks } = await gdal.copyRows(CSV, "in");
    let bytes = 0;
    for await (const chunk of chunks) {
      if (bytes === 0) await sleep(500);
      bytes += chunk.length;
    }
    expect(bytes).toBe(100_000 * (POINT.length - 8 + 3));
    const { chunks: others } = await gdal.copyRows(CSV, "in");
    for await (const _ of others) break;
    await expect(gdal.layers(CSV)).rejects.toThrow("not wanted any more");
  });

  test("the signal ends it with its reason, whatever it is at", async () => {
    const aborter = new AbortController();
    await using gdal = await openGdal(await folderOf(FILES), { ogr2ogr, signal: aborter.signal });
    const made = gdal.translate(ENDLESS);
    setTimeout(() => aborter.abort(new Error("nobody waits")), 600);
    await expect(made).rejects.toThrow("nobody waits");
    await expect(gdal.layers(CSV)).rejects.toThrow("nobody waits");
  });

  test("its time is limited", async () => {
    await using gdal = await openGdal(await folderOf(FILES), { ogr2ogr, limits: { timeoutMs: 1_000 } });
    await expect(gdal.translate(ENDLESS)).rejects.toMatchObject({
      kind: "time",
      message: "GDAL took longer than 1 seconds",
    });
  });

  test.runIf(process.platform === "linux")("it ends with a server that is killed", async () => {
    const folder = await folderOf(FILES);
    const module = new URL("../../packages/server/dist/gdal/gdal.js", import.meta.url).href;
    const options = { folder, limits: LIMITS, ogr2ogr };
    const program = `const { Gdal } = await import(${JSON.stringify(module)});
      const gdal = await Gdal.open({ ...${JSON.stringify(options)}, signal: new AbortController().signal });
      gdal.translate(${JSON.stringify(ENDLESS)});
      console.log("started");`;
    const server = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(server.stdout, "data");
    await sleep(800);
    const started = processesIn(folder);
    expect(started.length).toBe(ogr2ogr === undefined ? 1 : 2);
    server.kill("SIGKILL");
    await once(server, "exit");
    for (let tries = 0; tries < 50 && processesIn(folder).length > 0; tries++) await sleep(20);
    expect(processesIn(folder)).toEqual([]);
  });
});

/** Counts without end, and writes nothing meanwhile. */
const ENDLESS = {
  source: CSV,
  layers: [],
  driver: "CSV",
  target: "out.csv",
  args: [
    "-dialect",
    "SQLITE",
    "-sql",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
  ],
};

/** Ids of the processes that work in a folder. */
function processesIn(folder: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}

test("a process that needs too much memory is killed", async () => {
  await using gdal = await openGdal(await folderOf(FILES), { limits: { memoryBytes: 64 * 1024 ** 2 } });
  const made = gdal.translate(ENDLESS);
  await expect(made).rejects.toMatchObject({ kind: "memory", message: "GDAL needed more than 64 MB of memory" });
});

test.runIf(process.platform === "linux")("it knows none of the server's secrets", async () => {
  const before = process.env["DATABASE_URL"];
  process.env["DATABASE_URL"] = "postgres://secret";
  try {
    const folder = await folderOf(FILES);
    await using gdal = await openGdal(folder);
    await gdal.layers(CSV);
    const [pid = ""] = processesIn(folder);
    expect(readFileSync(`/proc/${pid}/environ`, "utf8")).not.toContain("secret");
  } finally {
    if (before === undefined) delete process.env["DATABASE_URL"];
    else process.env["DATABASE_URL"] = before;
  }
});
