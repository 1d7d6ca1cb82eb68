import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ImportError } from "@carto-ts/sdk/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/http.ts";
import { engines, startTestServer, startWorld } from "../support/world.ts";

const CITIES = "name,lat,lon\nVic,41.93,2.25\nOlot,42.18,2.49\n";

describe.each(engines)("imports from a URL on %s", (engine) => {
  let files: Server;
  let base: string;

  beforeAll(async () => {
    files = createServer((request, response) => {
      if (request.url?.startsWith("/cities.csv")) response.end(CITIES);
      else if (request.url === "/moved") response.writeHead(302, { Location: "http://169.254.169.254/latest" }).end();
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  });

  afterAll(() => files.close());

  test("are fetched from where they may, and nowhere else", async () => {
    const server = await startTestServer(engine, { imports: { allowed: "127.0.0.1", ports: new URL(base).port } });
    await using world = await startWorld(engine);
    const carto = world.client({ baseUrl: server.url, apiKey: server.masterKey });
    const codeOf = (url: string): Promise<number> =>
      carto.datasets.create(url).then(
        () => 0,
        (error: unknown) => (error as ImportError).code,
      );
    try {
      expect((await carto.datasets.create(`${base}/cities.csv?Token=AbC`)).datasets).toMatchObject([
        { name: "cities", rows: 2 },
      ]);
      expect(await codeOf(`${base}/missing.csv`)).toBe(1100);
      expect(await codeOf(`${base}/moved`)).toBe(1102);
      expect(await codeOf("http://[::ffff:127.0.0.1]/a.csv")).toBe(1102);
      expect(await codeOf("http://0x7f.1/a.csv")).toBe(1102);
    } finally {
      await server.close();
    }
  });

  test("are cancelled while they download, and nothing of them stays", async () => {
    await using world = await startWorld(engine);
    const slow = createServer((_, response) => response.writeHead(200, { "Content-Type": "text/csv" }).write("a\n1\n"));
    await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
    const { port } = slow.address() as AddressInfo;
    const own = await startTestServer(engine, { imports: { allowed: "127.0.0.1", ports: String(port) } });
    const carto = world.client({ baseUrl: own.url, apiKey: own.masterKey });
    try {
      const id = await carto.imports.create(`http://127.0.0.1:${port}/a.csv`);
      await eventually(async () => (await carto.imports.get(id)).state === "uploading", 10_000);

      await carto.imports.cancel(id);

      expect(await carto.imports.get(id)).toMatchObject({
        state: "failure",
        success: false,
        error_code: 99999,
        get_error_text: { title: "Import cancelled" },
      });
      expect(await carto.imports.list()).toEqual([]);
    } finally {
      slow.closeAllConnections();
      slow.close();
      await own.close();
    }
  });
});
