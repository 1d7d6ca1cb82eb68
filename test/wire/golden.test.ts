import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { join } from "node:path";
import { Carto, type CartoError } from "@carto-ts/sdk";
import { describe, expect, test } from "vitest";
import { engines, startWorld, type World } from "../support/world.ts";

const FOLDER = join(import.meta.dirname, "../../fixtures/http");

interface Exchange {
  name: string;
  /** Statements to run first. */
  setup: string[];
  request: string;
  status: string;
  headers: [name: string, value: string][];
  body: string;
}

function readExchange(name: string): Exchange {
  const [before = "", after = ""] = readFileSync(join(FOLDER, name), "utf8").split("\n---\n");
  const lines = before.split("\n");
  const [head = "", ...body] = after.split("\n\n");
  const [status = "", ...headers] = head.split("\n");
  return {
    name,
    setup: lines.filter((line) => line.startsWith("# ")).map((line) => line.slice(2)),
    request: lines.filter((line) => !line.startsWith("# ")).join("\n"),
    status,
    headers: headers.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
    body: body.join("\n\n").replace(/\n$/, ""),
  };
}

const exchanges = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".http"))
  .sort()
  .map(readExchange);

/** Sends a request as it stands, with CRLF in its head, and reads until the server closes. */
function exchange(world: World, request: string): Promise<string> {
  const [head = "", ...body] = request.split("\n\n");
  const data = body.length > 0 ? `${body.join("\n\n")}\n` : "";
  const lines = head.split("\n").filter((line) => !line.startsWith("Content-Length"));
  const length = data === "" ? [] : [`Content-Length: ${Buffer.byteLength(data)}`];
  const host = lines.some((line) => line.startsWith("Host")) ? [] : ["Host: 127.0.0.1"];
  const { hostname, port } = new URL(world.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      answer += text;
    });
    socket.on("error", reject);
    socket.on("end", () => resolve(answer));
    socket.write([...lines, ...host, ...length, "Connection: close", "", ""].join("\r\n") + data);
  });
}

const PATTERNS: Record<string, string> = {
  "<date>": "\\w{3}, \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT",
  "<time>": "\\d+(\\.\\d{1,3})?",
  "<uuid>": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
  "<iso>": "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z",
  "<md5>": "[0-9a-f]{32}",
  "<sha1>": "[0-9a-f]{40}",
  "<ms>": "\\d{13}",
  "<utc>": "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC",
};

/** A text with what changes in it as an expression for the whole. */
function pattern(text: string): RegExp {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(
    `^${escaped.replace(/<(date|time|uuid|iso|md5|sha1|ms|utc)>/g, (name) => PATTERNS[name] ?? name)}$`,
  );
}

describe.each(engines)("golden exchanges on %s", (engine) => {
  test.each(exchanges)("$name", async ({ setup, request, status, headers, body }) => {
    await using world = await startWorld(engine);
    const fill = (text: string): string => text.replaceAll("ACCOUNT", world.account).replaceAll("KEY", world.masterKey);
    for (const q of setup) await world.carto.sql.query(q);

    const answer = await exchange(world, fill(request));

    const [head = "", ...rest] = answer.split("\r\n\r\n");
    const [first, ...lines] = head.split("\r\n");
    const sent = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
    );
    expect(first).toBe(status);
    for (const [name, value] of headers) expect(sent.get(name.toLowerCase()) ?? "", name).toMatch(pattern(fill(value)));
    expect(rest.join("\r\n\r\n").trimEnd()).toMatch(pattern(fill(body).trimEnd()));
  });
});

/** A server that gives one answer to everything, as an exchange has it. */
async function replay(exchanged: Exchange): Promise<{ carto: Carto; close(): void }> {
  const example: Record<string, string> = {
    "<date>": "Sun, 22 Nov 2026 09:22:54 GMT",
    "<time>": "0.007",
    "<uuid>": "aa5ba7dd-f2be-40f7-a7d1-4ab20b960f51",
    "<iso>": "2026-11-22T09:22:57.612Z",
  };
  const fill = (text: string): string => text.replace(/<(date|time|uuid|iso)>/g, (name) => example[name] ?? name);
  const server = createServer((request, response) => {
    request.resume();
    const headers = exchanged.headers.map(([name, value]) => [name, fill(value)]);
    response.writeHead(Number(exchanged.status.split(" ")[1]), Object.fromEntries(headers));
    response.end(fill(exchanged.body));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const carto = new Carto({ baseUrl: `http://127.0.0.1:${port}/user/ACCOUNT`, apiKey: "KEY", maxRetries: 0 });
  return { carto, close: () => server.close() };
}

describe("the SDK reads", () => {
  const find = (name: string): Exchange => readExchange(`${name}.http`);

  test.each([
    ["sql/select", { rows: [{ n: 1 }], time: 0.007, fields: { n: { type: "number", pgtype: "int4" } }, total_rows: 1 }],
    ["copy/in", { time: 0.007, total_rows: 2 }],
    ["batch/create", { user: "ACCOUNT", status: "pending", job_id: "aa5ba7dd-f2be-40f7-a7d1-4ab20b960f51" }],
  ])("the answer of %s", async (name, expected) => {
    const { carto, close } = await replay(find(name));
    try {
      const calls: Record<string, () => Promise<unknown>> = {
        "sql/select": () => carto.sql.query("select 1 as n"),
        "copy/in": () => carto.copy.from("COPY t FROM STDIN", ["1\n"]),
        "batch/create": () => carto.batch.create("select 1"),
      };
      expect(await calls[name]?.()).toMatchObject(expected);
    } finally {
      close();
    }
  });

  test.each([
    ["sql/syntax-error", "SqlError", 'syntax error at or near "selec"'],
    ["sql/permission", "PermissionError", "permission denied for table private_table"],
    ["sql/timeout", "QueryTimeoutError", "You are over platform's limits: SQL query timeout error."],
    ["sql/unknown-path", "NotFoundError", "404"],
    ["accounts/wrong-key", "AuthenticationError", "Unauthorized"],
    ["accounts/unknown", "NotFoundError", "Sorry, we can't find CARTO user 'nobody'."],
    ["batch/not-found", "NotFoundError", "Job with id nope not found"],
  ])("the error of %s", async (name, kind, message) => {
    const { carto, close } = await replay(find(name));
    try {
      const call = name.startsWith("batch") ? carto.batch.get("nope") : carto.sql.query("select 1");
      const error = await call.then(
        () => undefined,
        (failure: unknown) => failure as CartoError,
      );
      expect([error?.name, error?.message]).toEqual([kind, expect.stringContaining(message)]);
    } finally {
      close();
    }
  });
});
