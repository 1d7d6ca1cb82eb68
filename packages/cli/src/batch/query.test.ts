import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context } from "../context.ts";
import { readJobQuery } from "./query.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "carto-plan-"));
});
afterAll(() => rm(directory, { recursive: true }));

function context(stdin = ""): Context {
  const signal = new AbortController().signal;
  return new Context(
    {
      stdin: Readable.from([Buffer.from(stdin)]),
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      env: {},
      signal,
    },
    {},
  );
}

async function file(name: string, content: unknown): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

describe("readJobQuery", () => {
  it("takes one query as it is and several as a list, arguments before files", async () => {
    const path = await file("a.sql", "select 3");
    expect(await readJobQuery(context(), ["select 1"], {})).toBe("select 1");
    expect(await readJobQuery(context(), ["select 1", "select 2"], { file: [path] })).toEqual([
      "select 1",
      "select 2",
      "select 3",
    ]);
    expect(await readJobQuery(context("select 4"), [], {})).toBe("select 4");
  });

  it("makes a plan of what follows", async () => {
    expect(await readJobQuery(context(), ["select 1"], { onsuccess: "a", onerror: "b" })).toEqual({
      query: [{ query: "select 1" }],
      onsuccess: "a",
      onerror: "b",
    });
  });

  it.each([
    [{ query: [{ query: "select 1", onerror: "x" }] }, { query: [{ query: "select 1", onerror: "x" }] }],
    [{ query: { query: [{ query: "select 1" }], onsuccess: "y" } }, { query: [{ query: "select 1" }], onsuccess: "y" }],
    [{ query: "select 1" }, "select 1"],
    [
      ["select 1", "select 2"],
      ["select 1", "select 2"],
    ],
  ])("reads the plan %j", async (content, query) => {
    expect(await readJobQuery(context(), [], { file: [await file("plan.json", content)] })).toEqual(query);
  });

  it("says when a plan isn't JSON, or there is no SQL", async () => {
    await expect(readJobQuery(context(), [], { file: [await file("bad.json", "{")] })).rejects.toThrow(
      "is not valid JSON",
    );
    await expect(readJobQuery(context("  \n"), [], {})).rejects.toThrow("no SQL");
  });
});
