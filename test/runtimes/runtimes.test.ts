import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, hasPlaywright } from "../support/browser.ts";
import { startWorld, type World } from "../support/world.ts";
import { hasRuntimes, programs, type Runtime, runInBrowser, runInWorker, runProgram } from "./runtimes.ts";

const FIELD = { type: "number", pgtype: "int4" };

const EXPECTED = {
  rows: [{ n: 1, town: "Málaga", yes: true, x: 1.5, nothing: null, day: "2024-02-29T00:00:00Z" }],
  fields: expect.objectContaining({ n: FIELD, day: { type: "date", pgtype: "date" } }),
  streamed: 200_010_000,
  copied: 5_000,
  copiedStream: 2,
  copiedOut: "5000\tone\n5001\ttwo\n",
  dataset: true,
  features: [
    [{ type: "Point", coordinates: [1.5, 2.5] }, "here"],
    [{ type: "Point", coordinates: [3, 4] }, "there"],
  ],
  csvOut: "name\r\nhere\r\nthere\r\n",
  tileBytes: true,
  job: "done",
  total: 5_003,
  quoted: [{ text: "it's" }],
  syntax: 'SqlError: syntax error at or near "selekt"',
  badKey: "AuthenticationError: Unauthorized",
  aborted: "Error: changed my mind",
  late: expect.stringMatching(/^TimeoutError: POST \S+\/api\/v2\/sql took longer than 300 ms$/),
};

const hasBrowser = chromiumPath !== undefined && hasPlaywright;

describe("the SDK does the same in", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld("pglite");
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  const run = (runtime: Runtime, name: string): Promise<unknown> =>
    runtime({ baseUrl: world.url, apiKey: world.masterKey, name });

  test.skipIf(!hasRuntimes).each([...programs])("$title", async ({ name, command }) => {
    expect(await run((place) => runProgram(command, place), name)).toEqual(EXPECTED);
  });

  test.skipIf(!hasRuntimes)("an edge worker", async () => {
    expect(await run(runInWorker, "worker")).toEqual(EXPECTED);
  });

  test.skipIf(!hasBrowser)("a page of another origin", async () => {
    expect(await run(runInBrowser, "page")).toEqual(EXPECTED);
  });
});
