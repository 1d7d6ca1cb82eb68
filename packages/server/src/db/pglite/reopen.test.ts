import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../../../../test/support/http.ts";
import { PgliteDatabase } from "./database.ts";

const dataDir = mkdtempSync(join(tmpdir(), "carto-ts-test-"));
const lock = join(dataDir, "carto-ts.lock");
let database: PgliteDatabase;

beforeAll(async () => {
  database = await PgliteDatabase.open({ dataDir });
});

afterAll(async () => {
  await database.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function connect(): Promise<Client> {
  const client = new Client({ stream: () => database.connectStream() as never });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function value(sql: string): Promise<unknown> {
  const client = await connect();
  const { rows } = await client.query({ text: sql, rowMode: "array" });
  await client.end();
  return rows[0]?.[0];
}

test("a statement that can't be interrupted ends with the engine, committed rows stay", async () => {
  const client = await connect();
  await client.query("create table kept (n int)");
  for (let n = 0; n < 50; n++) await client.query("insert into kept values ($1)", [n]);
  await client.query("begin; insert into kept values (1000)");
  const running = client
    .query("select st_buffer('POINT(0 0)'::geometry, 1, 'quad_segs=100000000')")
    .catch((error) => error);
  await new Promise((resolve) => setTimeout(resolve, 300));
  database.cancel();
  await database.terminate("the statement did not stop in time");

  expect(await running).toMatchObject({ code: "57P01", message: expect.stringContaining("did not stop in time") });
  await database.ready();
  expect(await value("select count(*)::int from kept")).toBe(50);
});

test("a client that waits through a reopening gets its connection", async () => {
  await database.terminate("for the test");

  expect(await value("select 1")).toBe(1);
});

test("a statement whose client is gone and which does not stop is ended with the engine", async () => {
  const client = await connect();
  client.query("select st_buffer('POINT(0 0)'::geometry, 1, 'quad_segs=100000000')").catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 300));
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();

  expect(await value("select count(*)::int from kept")).toBe(50);
});

test("recycling gives memory back and keeps the data", async () => {
  const client = await connect();
  await client.query("select length(repeat('x', 500000000))");
  await client.end();
  // The engine says how much it has when it is idle again.
  expect(await eventually(() => database.heapBytes() > 500e6, 5_000)).toBe(true);
  const before = database.heapBytes();
  await database.recycle();

  expect(await value("select count(*)::int from kept")).toBe(50);
  expect(database.heapBytes()).toBeLessThan(before);
});

test("a directory in use is not opened a second time", async () => {
  await expect(PgliteDatabase.open({ dataDir })).rejects.toThrow(`in use by process ${process.pid}`);
});

test("a directory with other files in it is not taken", async () => {
  const other = mkdtempSync(join(tmpdir(), "carto-ts-test-"));
  writeFileSync(join(other, "letter.txt"), "dear");

  await expect(PgliteDatabase.open({ dataDir: other })).rejects.toThrow("holds no database of ours: letter.txt");
  expect(existsSync(join(other, "carto-ts.lock"))).toBe(false);
  rmSync(other, { recursive: true });
});

test("a restart keeps the data and takes over the lock of a process that is gone", async () => {
  await database.close();
  expect(existsSync(lock)).toBe(false);
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.on("exit", resolve));
  writeFileSync(lock, JSON.stringify({ pid: child.pid, host: hostname(), started: "1" }));

  database = await PgliteDatabase.open({ dataDir });

  expect(JSON.parse(readFileSync(lock, "utf8")).pid).toBe(process.pid);
  expect(await value("select count(*)::int from kept")).toBe(50);
});
