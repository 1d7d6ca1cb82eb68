import { expect, test } from "vitest";
import { FORGOTTEN, type Reply, serveMaps, VECTOR_ID, VECTOR_MAP } from "../../testing/maps.ts";
import { MapError, TimeoutError } from "../errors.ts";
import type { CartoOptions } from "../options.ts";

const CONFIG = { layers: [{ options: { sql: "select * from test_table" } }] };
const LATER = VECTOR_MAP.replaceAll("1234567890123", "1234567999999");
const LATER_ID = VECTOR_ID.replace("1234567890123", "1234567999999");
const TILE: Reply = [200, Uint8Array.of(7), { "Content-Type": "application/x-protobuf" }];

/** A server that knows maps until `forget`, and says of data changed since when it makes one again. */
async function forgetting(options: CartoOptions = {}, wait: () => Promise<void> = async () => {}) {
  let known = "";
  let made = 0;
  const server = await serveMaps(async ({ method, url }): Promise<Reply> => {
    if (method === "POST") {
      await wait();
      known = made++ === 0 ? VECTOR_ID : LATER_ID;
      return [200, known === VECTOR_ID ? VECTOR_MAP : LATER];
    }
    if (!url.includes(known) || known === "") return [400, FORGOTTEN];
    return url.includes(".mvt") ? TILE : [200, '{"name":"Hawai"}'];
  }, options);
  const forget = () => {
    known = "";
  };
  return Object.assign(server, { forget });
}

test("a map that the server has forgotten is made again, and what was asked is answered", async () => {
  await using server = await forgetting({ apiKey: "1234" });
  const map = await server.carto.maps.anonymous.instantiate(CONFIG, { headers: { "X-Mine": "1" } });
  server.forget();

  expect(await map.fetchTile({ z: 0, x: 0, y: 0 })).toEqual(Uint8Array.of(7));

  expect(server.asked()).toEqual([
    "POST api/v1/map",
    `GET api/v1/map/${VECTOR_ID}/0/0/0.mvt`,
    "POST api/v1/map",
    `GET api/v1/map/${LATER_ID}/0/0/0.mvt`,
  ]);
  expect(String(server.requests[2]?.body)).toBe(String(server.requests[0]?.body));
  expect(server.requests[2]?.headers["x-mine"]).toBe("1");
  expect(map.id).toBe(LATER_ID);
  expect(map.tileUrl()).toContain(LATER_ID);
});

test("calls at the same time make it again once", async () => {
  await using server = await forgetting();
  const map = await server.carto.maps.anonymous.instantiate(CONFIG);
  server.forget();

  await Promise.all([
    ...Array.from({ length: 8 }, (_, x) => map.fetchTile({ z: 3, x, y: 0 })),
    map.attributes(0, 1),
    map.cluster(0, { zoom: 1, id: 1 }),
    map.renew(),
  ]);

  expect(server.asked().filter((request) => request.startsWith("POST"))).toHaveLength(2);
});

test("it is made again as often as it is forgotten", async () => {
  await using server = await forgetting();
  const map = await server.carto.maps.anonymous.instantiate(CONFIG);

  for (let times = 0; times < 3; times++) {
    server.forget();
    expect(await map.attributes(0, 1)).toEqual({ name: "Hawai" });
  }

  expect(server.asked().filter((request) => request.startsWith("POST"))).toHaveLength(4);
});

test("a server that forgets at once is asked twice, and no more", async () => {
  await using server = await serveMaps(({ method }) => (method === "POST" ? [200, VECTOR_MAP] : [400, FORGOTTEN]));
  const map = await server.carto.maps.anonymous.instantiate(CONFIG);

  await expect(map.fetchTile({ z: 0, x: 0, y: 0 })).rejects.toThrow(MapError);

  expect(server.asked().map((request) => request.split(" ")[0])).toEqual(["POST", "GET", "POST", "GET"]);
});

test("a map that can't be made again rejects with why", async () => {
  const gone = JSON.stringify({ errors: ["relation does not exist"], errors_with_context: [] });
  await using server = await serveMaps(({ method }, count) =>
    method !== "POST" ? [400, FORGOTTEN] : count === 0 ? [200, VECTOR_MAP] : [404, gone],
  );
  const map = await server.carto.maps.anonymous.instantiate(CONFIG);

  const failures = await Promise.allSettled([map.attributes(0, 1), map.attributes(0, 2)]);

  expect(failures.map((failure) => failure.status === "rejected" && failure.reason.message)).toEqual([
    "relation does not exist",
    "relation does not exist",
  ]);
});

test("other errors make nothing again", async () => {
  await using server = await serveMaps(({ method }) =>
    method === "POST" ? [200, VECTOR_MAP] : [400, '{"errors":["Layer 0 has no exposed attributes"]}'],
  );
  const map = await server.carto.maps.anonymous.instantiate(CONFIG);

  await expect(map.attributes(0, 1)).rejects.toThrow("Layer 0 has no exposed attributes");

  expect(server.requests).toHaveLength(2);
});

test("one who stops waiting leaves the others their map", async () => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let first = true;
  await using server = await forgetting({}, () => (first ? Promise.resolve() : gate));
  const map = await server.carto.maps.anonymous.instantiate(CONFIG);
  first = false;
  server.forget();
  const abort = new AbortController();

  const leaving = map.attributes(0, 1, { signal: abort.signal }).catch((error: unknown) => error);
  const late = map.attributes(0, 2, { totalTimeout: 150 }).catch((error: unknown) => error);
  const staying = map.attributes(0, 3);
  setTimeout(() => abort.abort("enough"), 50);

  expect(await leaving).toBe("enough");
  expect(await late).toBeInstanceOf(TimeoutError);
  release();
  expect(await staying).toEqual({ name: "Hawai" });
  expect(server.asked().filter((request) => request.startsWith("POST"))).toHaveLength(2);
});

test("renew makes it again when the caller says so, as after a change of its data", async () => {
  await using server = await forgetting();
  const map = await server.carto.maps.anonymous.instantiate(CONFIG);
  expect(map.id).toBe(VECTOR_ID);

  await map.renew();

  expect(map.id).toBe(LATER_ID);
});
