import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { selfSigned } from "../../../../../test/support/certificate.ts";
import { Origin, rawServer } from "../../../../../test/support/download.ts";
import { eventually } from "../../../../../test/support/http.ts";
import { TestNetwork } from "../../../../../test/support/network.ts";
import { AddressGuard } from "./address-guard.ts";

const CSV = "a,b\n1,2\n";

let origin: Origin;

beforeAll(async () => {
  origin = await Origin.start();
});

afterEach(() => origin.clear());

afterAll(async () => {
  // Whatever happened, nothing is left behind and nothing is held open.
  expect((await readdir(origin.dir)).filter((name) => name !== "trusted.pem")).toEqual([]);
  expect(await eventually(async () => (await origin.connections()) === 0)).toBe(true);
  await origin.close();
});

describe("redirects", () => {
  /** Redirects by path: `/a` to what is given for it. */
  const redirecting = (to: Record<string, string>, status = 302): void => {
    origin.answer = (request, response) => {
      const location = to[request.url ?? ""];
      if (location === undefined) response.end(CSV);
      else response.writeHead(status, { Location: location }).end("moved");
    };
  };

  test.each([301, 302, 303, 307, 308])("with status %i are followed, and give a name", async (status) => {
    redirecting({ "/a": "http://cdn.example.net/b", "/b": "c/cities.csv" }, status);
    expect(await origin.fetch("http://data.example.org/a")).toMatchObject({ name: "cities.csv", size: 8 });
    expect(origin.requests.map(({ url, headers }) => `${headers.host}${url}`)).toEqual([
      "data.example.org/a",
      "cdn.example.net/b",
      "cdn.example.net/c/cities.csv",
    ]);
  });

  test("are followed five times, and no more", async () => {
    redirecting({ "/0": "/1", "/1": "/2", "/2": "/3", "/3": "/4", "/4": "/5" });
    expect(await origin.fetch("http://data.example.org/0")).toMatchObject({ size: 8 });
    await rm(origin.path);
    redirecting({ "/loop?api_key=s3cret": "/loop?api_key=s3cret" });
    origin.requests = [];
    expect(await origin.failure("http://data.example.org/loop?api_key=s3cret")).toEqual([
      1001,
      "http://data.example.org/loop?… redirects more than 5 times.",
    ]);
    expect(origin.requests).toHaveLength(6);
  });

  test.each([
    ["http://127.0.0.1/", "address not allowed"],
    ["http://169.254.169.254/latest/meta-data/", "address not allowed"],
    ["//[::1]/", "address not allowed"],
    ["http://0x7f.1/", "address not allowed"],
    ["http://internal.example.org/", "address not allowed"],
    ["http://mixed.example.org/", "address not allowed"],
    ["http://data.example.org:6379/", "port 6379 is not allowed"],
    ["http://user:s3cret@data.example.org/", "has a user's name in it"],
    ["file:///etc/passwd", "not by file"],
    ["ftp://data.example.org/a.csv", "not by ftp"],
    ["http://", "redirects to an address that can't be read"],
    ["http://unknown.example.org/", "no address is known for the host unknown.example.org"],
  ])("to %s are refused", async (location, why) => {
    redirecting({ "/a": location });
    const network = new TestNetwork(origin.port, {
      "data.example.org": [["8.8.8.8"]],
      "internal.example.org": [["10.0.0.1"]],
      "mixed.example.org": [["8.8.8.8", "10.0.0.1"]],
    });
    const [code, message] = await origin.failure("http://data.example.org/a", { guard: new AddressGuard({ network }) });
    expect([code, message]).toEqual([1102, expect.stringContaining(why)]);
    expect(message).not.toMatch(/10\.0\.0\.1|s3cret/);
    expect(network.dialled).toEqual(["8.8.8.8"]);
    expect(origin.requests).toHaveLength(1);
  });

  test("to the same name are looked up and checked again", async () => {
    redirecting({ "/a": "/b" });
    const network = new TestNetwork(origin.port, { "rebind.example.org": [["8.8.8.8"], ["127.0.0.1"]] });
    expect(await origin.failure("http://rebind.example.org/a", { guard: new AddressGuard({ network }) })).toEqual([
      1102,
      "http://rebind.example.org/a can't be fetched: address not allowed: rebind.example.org is not a public host.",
    ]);
    expect(network.lookups).toEqual(["rebind.example.org", "rebind.example.org"]);
    expect(network.dialled).toEqual(["8.8.8.8"]);
  });

  test("may lead to addresses that are allowed", async () => {
    redirecting({ "/a": `http://127.0.0.1:${origin.port}/b.csv` });
    const guard = new AddressGuard({
      ports: `80,${origin.port}`,
      allowed: "127.0.0.1",
      network: new TestNetwork(origin.port, { "*": [["8.8.8.8"]] }),
    });
    expect(await origin.fetch("http://data.example.org/a", { guard })).toMatchObject({ name: "b.csv" });
  });
});

describe("over TLS", () => {
  const certificate = selfSigned("secure.example.org");
  let tls: ReturnType<typeof createTlsServer>;
  let tlsPort: number;

  beforeAll(async () => {
    tls = createTlsServer(certificate, (request, response) => {
      if (request.url === "/down") response.writeHead(302, { Location: "http://secure.example.org/a.csv" });
      response.end(CSV);
    }).listen(0, "127.0.0.1");
    await once(tls, "listening");
    tlsPort = (tls.address() as AddressInfo).port;
  });

  afterAll(() => {
    tls.closeAllConnections();
    tls.close();
  });

  test("a server that speaks none, or says nothing, is told", async () => {
    expect((await origin.failure("https://secure.example.org/a.csv"))[0]).toBe(1001);
    const silent = await rawServer("", "hold");
    const options = { guard: origin.guard(silent.port), timeouts: { connectMs: 100 } };
    expect((await origin.failure("https://secure.example.org/a.csv", options))[0]).toBe(1020);
    silent.close();
  });

  /** Downloads in a process of its own, whose network is this machine. */
  async function downloadWith(env: NodeJS.ProcessEnv, url: string): Promise<unknown> {
    const dist = (name: string): string =>
      JSON.stringify(new URL(`../../../dist/imports/fetch/${name}`, import.meta.url).href);
    const program = `
      import { connect } from "node:net";
      import { AddressGuard } from ${dist("address-guard.js")};
      import { download } from ${dist("download.js")};
      const network = { lookup: async () => ["8.8.8.8"], connect: () => connect(${tlsPort}, "127.0.0.1") };
      const options = { path: ${JSON.stringify(origin.path)}, guard: new AddressGuard({ network }), maxBytes: 1e6 };
      const signal = new AbortController().signal;
      const told = ({ code, message }) => [code, message];
      console.log(JSON.stringify(await download(${JSON.stringify(url)}, { ...options, signal }).catch(told)));
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      env: { PATH: process.env["PATH"], ...env },
    });
    let output = "";
    child.stdout.on("data", (text: Buffer) => {
      output += text.toString();
    });
    await once(child, "close");
    return JSON.parse(output);
  }

  /** Downloads where the certificate is trusted. */
  async function trusting(url: string): Promise<unknown> {
    const trusted = join(origin.dir, "trusted.pem");
    await writeFile(trusted, certificate.cert);
    return downloadWith({ NODE_EXTRA_CA_CERTS: trusted }, url);
  }

  test("a certificate that nobody trusts is refused, whatever the environment says", async () => {
    expect(await downloadWith({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }, "https://secure.example.org/a.csv")).toEqual([
      1001,
      "https://secure.example.org/a.csv can't be fetched: the server's certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT); ask who runs it to mend that, or upload the file.",
    ]);
  });

  test("a file is fetched from a server whose certificate is trusted and has its name", async () => {
    expect(await trusting("https://secure.example.org/a.csv")).toMatchObject({ name: "a.csv", size: 8 });
    expect(await readFile(origin.path, "utf8")).toBe(CSV);
  });

  test("a certificate for another name is refused", async () => {
    expect(await trusting("https://other.example.org/a.csv")).toEqual([
      1001,
      expect.stringContaining("certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)"),
    ]);
  });

  test("a redirect to http is refused", async () => {
    expect(await trusting("https://secure.example.org/down")).toEqual([
      1102,
      "https://secure.example.org/down redirects from https to http, where anybody may change the file: give the address by http if that is meant.",
    ]);
  });
});
