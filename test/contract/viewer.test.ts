import { request } from "node:http";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { answerOf, readAll, send } from "../support/http.ts";
import { sharedServer } from "../support/world.ts";

let origin: string;
beforeAll(async () => {
  const server = await sharedServer("pglite");
  origin = new URL(server.url).origin;
  expect(server.viewerUrl).toBe(`${origin}/viewer/first`);
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(origin + path, { headers });
const HTML = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

describe("the viewer's routes", () => {
  test("/ is a page to browsers and a line of text to others", async () => {
    const page = await get("/", HTML);
    expect([page.status, page.headers.get("Content-Type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await page.text()).toContain('data-account="first"');

    const text = await get("/");
    expect([text.status, text.headers.get("Content-Type"), text.headers.get("X-Cache-Channel")]).toEqual([
      200,
      "text/plain; charset=utf-8",
      null,
    ]);
    expect(await text.text()).toMatch(/^This is a carto-ts server\./);
    // By the host, where it names an account.
    const host = { ...HTML, Host: "first.example.org" };
    expect((await readAll(await answerOf(send(`${origin}/`, { headers: host })))).text).toContain(
      'data-account="first"',
    );
    expect([page.headers.get("Vary"), text.headers.get("Vary")]).toEqual(["Accept, Accept-Encoding", "Accept"]);
  });

  test("pages name their account, and there are none of accounts that don't exist", async () => {
    for (const path of ["", "/dataset/anything", "/query?q=select", "/map/anything"]) {
      const page = await get(`/viewer/first${path}`);
      expect([path, page.status]).toEqual([path, 200]);
      expect(await page.text()).toContain('data-account="first"');
    }
    for (const path of ["/nobody", "/nobody/dataset/a", "/first/other/a", "/first/dataset", "/%22%3E%3Cb%3E"]) {
      expect([path, (await get(`/viewer${path}`)).status]).toEqual([path, 404]);
    }
  });

  test("may run, read and show only what comes from the server", async () => {
    for (const path of ["/viewer/first", "/viewer/assets/map.js", "/viewer/assets/maplibre-gl-worker.mjs"]) {
      const { headers } = await get(path);
      const policy = headers.get("Content-Security-Policy") ?? "";
      expect(policy).toContain("default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self';");
      expect(policy).toMatch(/connect-src 'self';.*base-uri 'none'; frame-ancestors 'self'$/);
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect([
        headers.get("X-Content-Type-Options"),
        headers.get("Referrer-Policy"),
        headers.get("Set-Cookie"),
      ]).toEqual(["nosniff", "no-referrer", null]);
    }
  });

  test("assets have strong tags, are compressed for who takes it, and are not sent again", async () => {
    const plain = await readAsset("/viewer/assets/viewer.css", {});
    const zipped = await readAsset("/viewer/assets/viewer.css", { "Accept-Encoding": "gzip, br" });
    expect([plain.headers["content-encoding"], zipped.headers["content-encoding"]]).toEqual([undefined, "gzip"]);
    expect(gunzipSync(zipped.body).equals(plain.body)).toBe(true);
    expect(plain.headers.etag).toMatch(/^"[\w-]{22}"$/);
    expect(zipped.headers.etag).not.toBe(plain.headers.etag);

    const again = await get("/viewer/assets/viewer.css", {
      "Accept-Encoding": "gzip",
      "If-None-Match": String(zipped.headers.etag),
    });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    expect(plain.headers["cache-control"]).toBe("no-cache");
  });

  test("everything that a page needs is there, with its type", async () => {
    const types = {
      "list.js": "text/javascript; charset=utf-8",
      "map.js": "text/javascript; charset=utf-8",
      "maplibre-gl.mjs": "text/javascript; charset=utf-8",
      "maplibre-gl.css": "text/css; charset=utf-8",
      "background.json": "application/json",
      "icon.svg": "image/svg+xml",
      "maplibre-gl-license.txt": "text/plain; charset=utf-8",
    };
    for (const [name, type] of Object.entries(types)) {
      const { status, headers } = await get(`/viewer/assets/${name}`);
      expect([name, status, headers.get("Content-Type")]).toEqual([name, 200, type]);
    }
  });

  test("no path leads out of the assets' folder", async () => {
    const paths = [
      "../routes.js",
      "..%2Froutes.js",
      "%2e%2e%2froutes.js",
      "..%5croutes.js",
      "map.d.ts",
      "%00",
      "",
      "constructor",
    ];
    for (const path of paths) {
      // fetch would resolve the dots itself.
      const answer = await answerOf(send(`${origin}/viewer/assets/${path}`));
      expect([path, answer.statusCode]).toEqual([path, 404]);
      expect((await readAll(answer)).text).not.toContain("export");
    }
  });
});

async function readAsset(path: string, headers: Record<string, string>) {
  const answer = await answerOf(request(origin + path, { headers, agent: false }).end());
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece as Buffer);
  return { headers: answer.headers, body: Buffer.concat(pieces) };
}
