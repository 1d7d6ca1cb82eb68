import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestNetwork } from "../../../../../test/support/network.ts";
import { AddressError, AddressGuard, type GuardOptions } from "./address-guard.ts";
import { systemNetwork } from "./network.ts";

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((socket) => socket.on("error", () => {}).end("hello")).listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => {
  server.close();
});

/** A network with one set of answers for all names. */
const answering = (...answers: string[][]): TestNetwork => new TestNetwork(port, { "*": answers });

/** Connects, and says what was dialled, or what the guard said. */
async function reach(
  host: string,
  network: TestNetwork,
  options: GuardOptions & { at?: number } = {},
): Promise<string> {
  const guard = new AddressGuard({ network, ...options });
  const before = network.dialled.length;
  try {
    const socket = await guard.connect(host, options.at ?? 80, {
      signal: new AbortController().signal,
      timeoutMs: 2_000,
    });
    socket.destroy();
    return network.dialled.slice(before).join();
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    expect(network.dialled).toHaveLength(before);
    return `${error.problem}: ${error.message}`;
  }
}

describe("addresses", () => {
  test.each([
    "127.0.0.1",
    "127.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "0.1.2.3",
    "①②⑦.⓪.⓪.①",
    "１２７.０.０.１",
    "127。0。0。1",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "[::1]",
    "0:0:0:0:0:0:0:1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "[::ffff:169.254.169.254]",
    "0:0:0:0:0:ffff:10.0.0.1",
    "::127.0.0.1",
    "::7f00:1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::10.0.0.1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "100::1",
    "fc00::1",
    "fd00::8",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "4000::1",
    "5f00::1",
  ])("%s is refused without being dialled", async (host) => {
    expect(await reach(host, answering())).toMatch(/^refused: address not allowed: .* is not a public host$/);
  });

  test.each([
    "fe80::1%eth0",
    "",
    ".",
    "a b",
    "a\0b",
    "a/b",
    "a@b",
    "a#b",
    "exa%6dple.org",
    "127.0.0.1:80",
    "1.2.3.4.5",
    "08.1.1.1",
    "a..b",
    "a".repeat(300),
    "[",
    "::g",
  ])("%j is no host", async (host) => {
    const network = answering(["8.8.8.8"]);
    expect(await reach(host, network)).toBe(`refused: ${JSON.stringify(host.slice(0, 100))} is no host`);
    expect(network.lookups).toEqual([]);
  });

  test.each([
    ["8.8.8.8", "8.8.8.8"],
    ["0x08080808", "8.8.8.8"],
    ["[2001:4860:4860::8888]", "2001:4860:4860::8888"],
    ["::ffff:8.8.8.8", "8.8.8.8"],
    ["172.32.0.1", "172.32.0.1"],
    ["100.128.0.1", "100.128.0.1"],
  ])("%s is public, and dialled as %s", async (host, dialled) => {
    expect(await reach(host, answering())).toBe(dialled);
  });
});

describe("names", () => {
  test("are dialled at the addresses that were looked up and checked, once", async () => {
    const network = answering(["8.8.8.8", "2001:4860:4860::8888"]);

    expect(await reach("Data.Example.ORG.", network)).toBe("8.8.8.8 2001:4860:4860::8888");
    expect(network.lookups).toEqual(["data.example.org"]);
  });

  test("of other alphabets are looked up in ASCII", async () => {
    const network = answering(["8.8.8.8"]);
    await reach("exämple.org", network);
    await reach("ＥＸＡＭＰＬＥ.org", network);
    expect(network.lookups).toEqual(["xn--exmple-cua.org", "example.org"]);
  });

  test.each([
    [["127.0.0.1"]],
    [["10.0.0.1"]],
    [["::1"]],
    [["fd00::1"]],
    [["::ffff:10.0.0.1"]],
    [["fe80::1%2"]],
    [["8.8.8.8", "10.0.0.1"]],
    [["10.0.0.1", "8.8.8.8"]],
    [["8.8.8.8", "::1"]],
    [["no address"]],
  ])("with the answer %j are refused, and no address is told", async (answer) => {
    expect(await reach("evil.example.org", answering(answer))).toBe(
      "refused: address not allowed: evil.example.org is not a public host",
    );
  });

  test.each(["localhost", "localhost.", "LOCALHOST", "a.localhost"])(
    "%s is what the resolver says it is",
    async (host) => {
      expect(await reach(host, answering(["127.0.0.1", "::1"]))).toMatch(/^refused: address not allowed/);
    },
  );

  test("that answer differently the next time are checked the next time", async () => {
    const network = answering(["8.8.8.8"], ["127.0.0.1"]);
    expect(await reach("rebind.example.org", network)).toBe("8.8.8.8");
    expect(await reach("rebind.example.org", network)).toMatch(/^refused: address not allowed/);
    expect(network.dialled).toEqual(["8.8.8.8"]);
  });

  test("without an address are told so", async () => {
    expect(await reach("none.example.org", answering([]))).toBe(
      "unknown: no address is known for the host none.example.org",
    );
  });
});

describe("ports", () => {
  test("are 80 and 443, unless others are allowed", async () => {
    const network = answering();
    expect(await reach("8.8.8.8", network, { at: 443 })).toBe("8.8.8.8");
    expect(await reach("8.8.8.8", network, { at: 22 })).toBe(
      "refused: port 22 is not allowed; those allowed are 80, 443",
    );
    const ports = " 5432, 8000-8999,";
    expect(await reach("8.8.8.8", network, { ports, at: 5432 })).toBe("8.8.8.8");
    expect(await reach("8.8.8.8", network, { ports, at: 8999 })).toBe("8.8.8.8");
    expect(await reach("8.8.8.8", network, { ports, at: 9000 })).toMatch(/^refused: port 9000/);
    expect(await reach("8.8.8.8", network, { ports, at: 80 })).toMatch(/^refused: port 80/);
  });

  test.each(["http", "0", "65536", "8999-8000", "-1", "80 443", "1-2-3"])("%j is no list of them", (ports) => {
    expect(() => new AddressGuard({ ports })).toThrow(
      `${JSON.stringify(ports)} is no port from 1 to 65535, nor a range such as 8000-8999`,
    );
  });
});

describe("the allow-list", () => {
  const allowed = "127.0.0.1/32, 10.0.0.0/8,fd00::/8,192.168.1.7,Files.Example.org.";

  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["0x7f.1", "127.0.0.1"],
    ["10.255.0.1", "10.255.0.1"],
    ["::ffff:10.1.1.1", "10.1.1.1"],
    ["fd12::1", "fd12::1"],
    ["192.168.1.7", "192.168.1.7"],
  ])("lets %s through", async (host, dialled) => {
    expect(await reach(host, answering(), { allowed })).toBe(dialled);
  });

  test.each(["127.0.0.2", "11.0.0.1.example.org", "192.168.1.8", "::1", "fe80::1"])("does not let %s", async (host) => {
    expect(await reach(host, answering(["172.16.0.1"]), { allowed })).toMatch(/^refused: address not allowed/);
  });

  test("lets names through whose addresses are on it, or that are on it themselves", async () => {
    expect(await reach("a.example.org", answering(["10.0.0.1", "8.8.8.8"]), { allowed })).toBe("10.0.0.1 8.8.8.8");
    expect(await reach("files.example.org", answering(["172.16.0.1"]), { allowed })).toBe("172.16.0.1");
    expect(await reach("FILES.example.org.", answering(["::1"]), { allowed })).toBe("::1");
    expect(await reach("x.files.example.org", answering(["172.16.0.1"]), { allowed })).toMatch(/^refused/);
  });

  test.each([
    "10.0.0.0/33",
    "10/8",
    "10.0.0.0/",
    "fd00::/129",
    "a b",
    "0x7f.1",
    "127.1",
    "*.example.org",
    "example.org/8",
    "10.0.0.1/8/8",
  ])("can't have %j on it", (entry) => {
    expect(() => new AddressGuard({ allowed: `127.0.0.1,${entry}` })).toThrow(
      `${JSON.stringify(entry)} is no host, address or range such as 10.0.0.0/8`,
    );
  });
});

describe("connecting", () => {
  const signal = new AbortController().signal;
  /** Connects on this machine, through the system's own sockets. */
  const local = (lookup: () => Promise<string[]>): AddressGuard =>
    new AddressGuard({
      ports: "1-65535",
      allowed: "127.0.0.0/8",
      network: { lookup, connect: systemNetwork.connect },
    });

  test("gives a socket that can be read from", async () => {
    const socket = await local(async () => ["127.0.0.1"]).connect("localhost", port, { signal, timeoutMs: 2_000 });
    expect(String((await once(socket, "data"))[0])).toBe("hello");
  });

  test("asks the system's resolver by itself", async () => {
    const guard = new AddressGuard({ ports: "1-65535", allowed: "127.0.0.0/8,::1/128" });
    const socket = await guard.connect("localhost", port, { signal, timeoutMs: 2_000 });
    expect(socket.remoteAddress).toBe("127.0.0.1");
    socket.destroy();
    await expect(
      new AddressGuard({ ports: "1-65535" }).connect("localhost", port, { signal, timeoutMs: 2_000 }),
    ).rejects.toThrow("address not allowed: localhost is not a public host");
  });

  test("tries the next address when one refuses", async () => {
    const guard = local(async () => ["127.0.0.2", "127.0.0.3", "127.0.0.1"]);
    const socket = await guard.connect("localhost", port, { signal, timeoutMs: 2_000 });
    expect(socket.remoteAddress).toBe("127.0.0.1");
    socket.destroy();
  });

  test("tells which host could not be reached, not at which address", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port: free } = closed.address() as AddressInfo;
    closed.close();
    await expect(
      local(async () => ["127.0.0.1"]).connect("files.example.org", free, { signal, timeoutMs: 2_000 }),
    ).rejects.toThrow(
      expect.objectContaining({
        problem: "unreachable",
        message: `connecting to port ${free} of files.example.org failed (ECONNREFUSED)`,
      }),
    );
  });

  test("ends in time when the resolver does not answer, and at once when it is aborted", async () => {
    const silent = local(() => new Promise(() => {}));
    await expect(silent.connect("slow.example.org", port, { signal, timeoutMs: 50 })).rejects.toThrow(
      expect.objectContaining({ problem: "timeout", message: "slow.example.org did not answer within 0.05 s" }),
    );
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(new Error("left")), 20);
    await expect(
      silent.connect("slow.example.org", port, { signal: leaving.signal, timeoutMs: 60_000 }),
    ).rejects.toThrow("left");
    await expect(silent.connect("a.org", port, { signal: leaving.signal, timeoutMs: 1 })).rejects.toThrow("left");
  });
});
