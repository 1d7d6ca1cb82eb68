import { existsSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Origin, replying } from "../../../../../test/support/download.ts";

const CSV = "a,b\n1,2\n";
const CHECKSUM = "492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470";
const ADDRESS = "http://data.example.org/a.csv";

let origin: Origin;

beforeAll(async () => {
  origin = await Origin.start();
});
afterEach(() => origin.clear());
afterAll(() => origin.close());

const asked = (): unknown[] =>
  origin.requests.map(({ headers }) => [headers["if-none-match"], headers["if-modified-since"]]);

test("a file that is not known is fetched without conditions, and counted up", async () => {
  origin.answer = replying(CSV, { ETag: '"v1"' });

  expect(await origin.fetch(ADDRESS, { since: {} })).toMatchObject({
    unchanged: false,
    name: "a.csv",
    etag: '"v1"',
    checksum: CHECKSUM,
  });
  expect(asked()).toEqual([[undefined, undefined]]);
});

test("a known file is asked for with what its server said of it, also behind a redirect", async () => {
  origin.answer = (request, response) => {
    if (request.url === "/a.csv") response.writeHead(302, { Location: "/b.csv" }).end();
    else response.writeHead(304, { ETag: '"v1"' }).end();
  };
  const lastModified = "Wed, 21 Oct 2015 07:28:00 GMT";

  const answer = await origin.fetch(ADDRESS, { since: { etag: '"v1"', lastModified, checksum: CHECKSUM } });

  expect(answer).toMatchObject({ unchanged: true, etag: '"v1"', lastModified, checksum: CHECKSUM });
  expect(asked()).toEqual([
    ['"v1"', lastModified],
    ['"v1"', lastModified],
  ]);
  expect(existsSync(origin.path)).toBe(false);
});

test("a server that sends the same ETag again is not listened to any further", async () => {
  origin.answer = (_, response) => {
    response.writeHead(200, { ETag: 'W/"v1"' }).write("a");
    // What follows never comes.
  };

  expect(await origin.fetch(ADDRESS, { since: { etag: '"v1"', checksum: CHECKSUM } })).toMatchObject({
    unchanged: true,
  });
});

test("content that is the same is no other file, whatever the server says of it", async () => {
  origin.answer = replying(CSV, { ETag: '"v2"' });

  expect(await origin.fetch(ADDRESS, { since: { etag: '"v1"', checksum: CHECKSUM } })).toMatchObject({
    unchanged: true,
    etag: '"v2"',
    checksum: CHECKSUM,
  });
});

test("other content is another file", async () => {
  origin.answer = replying("a,b\n3,4\n", { ETag: '"v2"' });

  const answer = await origin.fetch(ADDRESS, { since: { etag: '"v1"', checksum: CHECKSUM } });

  expect(answer).toMatchObject({ unchanged: false, size: 8, etag: '"v2"' });
  expect(answer.checksum).not.toBe(CHECKSUM);
});

test("a 304 that nobody asked for is no file", async () => {
  origin.answer = replying("", {}, 304);

  expect(await origin.failure(ADDRESS)).toEqual([1001, expect.stringContaining("304")]);
});
