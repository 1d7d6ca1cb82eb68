import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Carto } from "@carto-ts/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fetchTile } from "./fetch-tile.ts";

const MAP = { layergroupid: "abc:0", last_updated: "2026-01-01T00:00:00.000Z", metadata: { layers: [] } };
const TILE = { z: 3, x: 4, y: 5 };
const { signal } = new AbortController();

let server: Server;
let carto: Carto;
let asked: number;
/** What becomes of the nth time that a tile is asked for, from 1; undefined breaks the connection off. */
let answer: (n: number) => { status: number; headers?: Record<string, string>; body?: string } | undefined;
beforeAll(async () => {
  server = createServer((request, response) => {
    const said = request.method === "POST" ? { status: 200, body: JSON.stringify(MAP) } : answer(++asked);
    if (said) response.writeHead(said.status, said.headers).end(said.body);
    else request.socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  carto = new Carto({ baseUrl: `http://127.0.0.1:${port}/user/dev`, runtime: { random: () => 0 } });
});
beforeEach(() => {
  asked = 0;
});
afterAll(() => server.close());

const map = (): ReturnType<Carto["maps"]["anonymous"]["instantiate"]> =>
  carto.maps.anonymous.instantiate({ layers: [{ options: { sql: "select 1" } }] });

describe("fetchTile", () => {
  it("waits for a server that is asked too much, longer than a request is usually repeated", async () => {
    const body = JSON.stringify({
      errors: ["too many"],
      errors_with_context: [{ type: "limit", message: "too many" }],
    });
    answer = (n) => (n <= 130 ? { status: 429, headers: { "retry-after": "0" }, body } : { status: 200, body: "tile" });

    expect(Buffer.from((await fetchTile(await map(), TILE, { signal })) ?? []).toString()).toBe("tile");
    expect(asked).toBe(131);
  });

  it("waits for a server that is away for a moment, as long as the caller does", async () => {
    answer = (n) => (n <= 8 ? undefined : { status: 200, body: "tile" });
    expect(await fetchTile(await map(), TILE, { signal })).toHaveLength(4);

    answer = () => undefined;
    const impatient = AbortSignal.timeout(1500);
    await expect(fetchTile(await map(), TILE, { signal: impatient })).rejects.toThrow(/abort/);
  });

  it("waits for no server that fails", async () => {
    answer = () => ({ status: 500 });
    await expect(fetchTile(await map(), TILE, { signal })).rejects.toThrow("HTTP 500");
    expect(asked).toBe(3);
  });

  it("names a tile that takes the server too long, and does not ask for it again", async () => {
    answer = () => ({ status: 429, headers: { "content-type": "application/x-protobuf" } });

    await expect(fetchTile(await map(), TILE, { signal })).rejects.toMatchObject({
      message: "tile 3/4/5 takes the server longer than it may",
      exit: 8,
    });
    expect(asked).toBe(1);
  });
});
