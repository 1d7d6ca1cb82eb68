import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { sendJson, startServer } from "../testing/http-server.ts";
import { COMPLETE, IMPORT_ID, readForm, TABLE } from "../testing/imports.ts";
import { Carto } from "./node.ts";

const OUT = "COPY t TO STDOUT";

async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), "carto-ts-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A server whose COPY gives `good` data, breaks off, or refuses, as the statement says. */
async function serving() {
  const server = await startServer((request, response) => {
    const { q } = request.form;
    if (q?.includes("refused")) return sendJson(response, 400, { error: ["refused"] });
    response.writeHead(200);
    response.write("1\tone\n");
    return setTimeout(() => (q?.includes("broken") ? response.destroy() : response.end("2\ttwo\n")), 20);
  });
  return Object.assign(server, { copy: new Carto({ baseUrl: server.baseUrl }).copy });
}

test("a file is replaced by the whole copy, keeping its mode, with nothing left beside it", async () => {
  await using server = await serving();
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "t.csv");
  await writeFile(path, "old", { mode: 0o640 });

  expect(await server.copy.toFile(OUT, path)).toEqual({ bytes: 12 });

  expect(await readFile(path, "utf8")).toBe("1\tone\n2\ttwo\n");
  expect((await stat(path)).mode & 0o777).toBe(0o640);
  expect(await readdir(directory.path)).toEqual(["t.csv"]);
});

test.each(["refused", "broken"])("a %s copy leaves an existing file as it was, and makes no new one", async (how) => {
  await using server = await serving();
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "t.csv");
  await writeFile(path, "old");
  const query = `COPY ${how} TO STDOUT`;

  await expect(server.copy.toFile(query, path)).rejects.toThrow();
  await expect(server.copy.toFile(query, path, { append: true })).rejects.toThrow();
  await expect(server.copy.toFile(query, join(directory.path, "new.csv"))).rejects.toThrow();
  await expect(server.copy.toFile(query, join(directory.path, "new.csv"), { append: true })).rejects.toThrow();

  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(directory.path)).toEqual(["t.csv"]);
});

test("an abort leaves the file as it was", async () => {
  await using server = await serving();
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "t.csv");
  await writeFile(path, "old");
  const controller = new AbortController();
  const onProgress = () => controller.abort();

  const copying = server.copy.toFile(OUT, path, { signal: controller.signal, onProgress });

  await expect(copying).rejects.toMatchObject({ name: "AbortError" });
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(directory.path)).toEqual(["t.csv"]);
});

test("append adds to a file, or begins one", async () => {
  await using server = await serving();
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "t.csv");

  await server.copy.toFile(OUT, path, { append: true });
  await server.copy.toFile(OUT, path, { append: true });

  expect(await readFile(path, "utf8")).toBe("1\tone\n2\ttwo\n1\tone\n2\ttwo\n");
});

test("a link stays a link, and its target is replaced", async () => {
  await using server = await serving();
  await using directory = await temporaryDirectory();
  const [path, link] = [join(directory.path, "t.csv"), join(directory.path, "link")];
  await writeFile(path, "old");
  await symlink(path, link);

  await server.copy.toFile(OUT, link);

  expect(await readFile(path, "utf8")).toBe("1\tone\n2\ttwo\n");
  expect(await readdir(directory.path)).toEqual(["link", "t.csv"]);
});

test("a device is written to, not replaced", async () => {
  await using server = await serving();

  expect(await server.copy.toFile(OUT, "/dev/null")).toEqual({ bytes: 12 });

  expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
});

test("a place that can't be written to costs no request", async () => {
  await using server = await serving();

  await expect(server.copy.toFile(OUT, "/nowhere/t.csv")).rejects.toMatchObject({ code: "ENOENT" });

  expect(server.requests).toHaveLength(0);
});

test("a file is copied in, telling its size; a missing one costs no request", async () => {
  await using server = await startServer((_, response) => sendJson(response, 200, { time: 0, total_rows: 2 }));
  await using directory = await temporaryDirectory();
  const { copy } = new Carto({ baseUrl: server.baseUrl });
  const path = join(directory.path, "t.csv");
  const data = "1,one\n".repeat(50_000);
  await writeFile(path, data);
  const told: unknown[] = [];

  await copy.fromFile({ table: "t" }, path, { onProgress: (progress) => told.push(progress) });
  await copy.fromFile({ table: "t" }, path, { compress: true });
  await expect(copy.fromFile({ table: "t" }, `${path}x`)).rejects.toMatchObject({ code: "ENOENT" });

  const [plain, zipped] = server.requests;
  expect(plain?.body.toString()).toBe(data);
  expect(told.at(-1)).toEqual({ bytes: data.length, total: data.length, rows: undefined });
  expect(zipped?.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(zipped?.body ?? "").toString()).toBe(data);
  expect(server.requests).toHaveLength(2);
});

test("a .gz file is sent as it is", async () => {
  await using server = await startServer((_, response) => sendJson(response, 200, { time: 0, total_rows: 2 }));
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "t.csv.gz");
  const zipped = gzipSync("1,one\n");
  await writeFile(path, zipped);

  await new Carto({ baseUrl: server.baseUrl }).copy.fromFile({ table: "t" }, path);

  expect(server.requests[0]?.headers["content-encoding"]).toBe("gzip");
  expect(server.requests[0]?.body).toEqual(zipped);
});

/** A server whose export is a header and a row, breaks off, or is refused, as the query says. */
async function exporting() {
  const server = await startServer((request, response) => {
    const { q } = request.form;
    if (q?.includes("refused")) return sendJson(response, 400, { error: ["refused"] });
    response.writeHead(200);
    response.write("a\r\n");
    return setTimeout(() => (q?.includes("broken") ? response.destroy() : response.end("1\r\n")), 20);
  });
  return Object.assign(server, { sql: new Carto({ baseUrl: server.baseUrl }).sql });
}

test("an export becomes a file in the format that its name means, or that is asked for", async () => {
  await using server = await exporting();
  await using directory = await temporaryDirectory();
  const path = (name: string) => join(directory.path, name);
  const told: number[] = [];

  const onProgress = ({ bytes }: { bytes: number }) => told.push(bytes);
  expect(await server.sql.exportToFile("select 1 as a", path("my cities.csv"), {}, { onProgress })).toEqual({
    bytes: 6,
  });
  await server.sql.exportToFile("select 1 as a", path("borders.zip"), { skipfields: ["b", "c"] });
  await server.sql.exportToFile("select 1 as a", path("x.bin"), { format: "gpkg", filename: "layer" });

  expect(await readFile(path("my cities.csv"), "utf8")).toBe("a\r\n1\r\n");
  expect(told).toEqual([3, 6]);
  expect((await readdir(directory.path)).sort()).toEqual(["borders.zip", "my cities.csv", "x.bin"]);
  expect(server.requests.map(({ form: { client: _, ...form } }) => form)).toEqual([
    { q: "select 1 as a", format: "csv", filename: "my cities.csv" },
    { q: "select 1 as a", format: "shp", filename: "borders.zip", skipfields: "b,c" },
    { q: "select 1 as a", format: "gpkg", filename: "layer" },
  ]);
});

test.each(["refused", "broken"])("a %s export leaves the file as it was, or none", async (how) => {
  await using server = await exporting();
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "a.csv");
  await writeFile(path, "old");

  await expect(server.sql.exportToFile(how, path)).rejects.toThrow();
  await expect(server.sql.exportToFile(how, join(directory.path, "new.csv"))).rejects.toThrow();

  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(directory.path)).toEqual(["a.csv"]);
});

test("a name that means no format costs no request, nor does a part of a Shapefile", async () => {
  await using server = await exporting();

  for (const name of ["a.txt", "a", "a.shp", "a.csv.gz"]) {
    await expect(server.sql.exportToFile("select 1", name)).rejects.toThrow(`The name ${name} means no format: `);
  }
  expect(server.requests).toHaveLength(0);
});

/** A server on which every import is complete at once. */
async function importing() {
  const server = await startServer((request, response) =>
    sendJson(response, 200, request.method === "POST" ? { item_queue_id: IMPORT_ID, success: true } : COMPLETE),
  );
  return Object.assign(server, { carto: new Carto({ baseUrl: server.baseUrl }) });
}

test("a file becomes a dataset under its own name, or under another, and tells how far it is", async () => {
  await using server = await importing();
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "Cities of 2026.CSV");
  await writeFile(path, "a,b\n1,2\n");
  const told: unknown[] = [];
  const warnings: unknown[] = [];
  const onWarning = (warning: unknown) => warnings.push(warning);
  process.on("warning", onWarning);

  const created = await server.carto.datasets.createFromFile(path, { onProgress: (progress) => told.push(progress) });
  const id = await server.carto.imports.createFromFile(path, { name: "towns", privacy: "link" });

  process.off("warning", onWarning);
  expect(created.datasets).toEqual([TABLE]);
  expect(id).toBe(IMPORT_ID);
  expect(told).toContainEqual(expect.objectContaining({ phase: "upload", bytes: 8, totalBytes: 8 }));
  const uploads = await Promise.all(server.requests.filter(({ method }) => method === "POST").map(readForm));
  expect(uploads.map(({ file }) => file)).toEqual([
    { name: "Cities of 2026.CSV", type: "application/octet-stream", text: "a,b\n1,2\n" },
    { name: "towns.CSV", type: "application/octet-stream", text: "a,b\n1,2\n" },
  ]);
  expect(uploads[1]?.fields).toMatchObject({ privacy: "link" });
  expect(warnings).toEqual([]);
});

test("a file that isn't there, is a directory or changes on the way is the file system's error", async () => {
  await using server = await importing();
  await using directory = await temporaryDirectory();
  const { datasets } = server.carto;

  await expect(datasets.createFromFile(join(directory.path, "none.csv"))).rejects.toMatchObject({ code: "ENOENT" });
  await expect(datasets.createFromFile(directory.path, { name: "a.csv" })).rejects.toMatchObject({ code: "EISDIR" });
  const path = join(directory.path, "growing.csv");
  await writeFile(path, "a\n".repeat(100_000));
  const onProgress = () => appendFileSync(path, "1\n");
  await expect(datasets.createFromFile(path, { onProgress })).rejects.toMatchObject({ name: "NotReadableError" });

  expect(server.requests).toEqual([]);
});

test("a named pipe is read as it comes", async () => {
  await using server = await importing();
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "pipe");
  execFileSync("sh", ["-c", 'mkfifo "$0"', path]);
  const writing = writeFile(path, "a\n1\n");

  await server.carto.imports.createFromFile(path, { name: "piped.csv" });

  await writing;
  expect((await readForm(server.requests[0])).file).toMatchObject({ name: "piped.csv", text: "a\n1\n" });
});

test("a client made from another, or from the environment, takes files as well", () => {
  const carto = Carto.fromEnv({ CARTO_USER: "bob" });

  expect(carto.datasets.createFromFile).toBeTypeOf("function");
  expect(carto.withOptions({ apiKey: "x" }).imports.createFromFile).toBeTypeOf("function");

  expect(carto.copy.toFile).toBeTypeOf("function");
  expect(carto.withOptions({ apiKey: "x" }).copy.toFile).toBeTypeOf("function");
});
