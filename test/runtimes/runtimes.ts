import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { launchChromium } from "../support/browser.ts";
import { eventually } from "../support/http.ts";

/** Where the exercise runs against, and a name that no other run has. */
export interface Place {
  baseUrl: string;
  apiKey: string;
  name: string;
}

/** Runs the exercise somewhere, and gives what came of it. */
export type Runtime = (place: Place) => Promise<unknown>;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const HERE = fileURLToPath(new URL("./", import.meta.url));
const MODULES = join(HERE, "node_modules");
const WORKERD = join(MODULES, "@cloudflare/workerd-linux-64/bin/workerd");

/** Programs that run a module, and how each is called. */
export const programs: readonly { title: string; name: string; command: readonly string[] }[] = [
  { title: "Node 22", name: "node22", command: [join(MODULES, "node-22/bin/node")] },
  { title: "Node 24", name: "node24", command: [join(MODULES, "node-24/bin/node")] },
  { title: "Bun", name: "bun", command: [join(MODULES, "@oven/bun-linux-x64/bin/bun")] },
  { title: "Deno", name: "deno", command: [join(MODULES, "@deno/linux-x64-glibc/deno"), "run", "--allow-all"] },
];

/** Whether the runtimes are installed. */
export const hasRuntimes: boolean = [WORKERD, ...programs.map(({ command }) => command[0] ?? "")].every(existsSync);

/** Runs the exercise by a program. */
export async function runProgram(command: readonly string[], { baseUrl, apiKey, name }: Place): Promise<unknown> {
  const [program = "", ...args] = command;
  const child = spawn(program, [...args, join(HERE, "run.mjs"), baseUrl, apiKey, name], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", NO_COLOR: "1" },
  });
  const [output, errors] = [textOf(child.stdout), textOf(child.stderr)];
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${await errors}`);
  return JSON.parse(await output);
}

/** Runs the exercise in a worker that answers requests, as the edge runs them. */
export async function runInWorker(place: Place): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "carto-ts-worker-"));
  const port = await freePort();
  await writeFile(join(folder, "config.capnp"), await workerConfig(port));
  const child = spawn(WORKERD, ["serve", join(folder, "config.capnp")], { stdio: ["ignore", "pipe", "pipe"] });
  const errors = textOf(child.stderr);
  try {
    const url = `http://127.0.0.1:${port}`;
    const answers = async (): Promise<boolean> => {
      if (child.exitCode !== null) throw new Error(`the worker ended: ${await errors}`);
      return (await fetch(url, { method: "HEAD" }).catch(() => undefined)) !== undefined;
    };
    await eventually(answers, 10_000);
    const answer = await fetch(url, { method: "POST", body: JSON.stringify(place) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the worker failed: ${text}`);
    return JSON.parse(text);
  } finally {
    await end(child);
    await rm(folder, { recursive: true });
  }
}

/** Runs the exercise in a page that a server of its own gives. */
export async function runInBrowser(place: Place): Promise<unknown> {
  const server = await serveFiles();
  const browser = await launchChromium();
  try {
    const page = await (await browser.newContext({})).newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/page`);
    return await page.evaluate(
      (given) => (globalThis as unknown as { run(place: Place): Promise<unknown> }).run(given),
      place,
    );
  } finally {
    await browser.close();
    server.close();
  }
}

const PAGE = `<!doctype html><title>exercise</title>
<script type="importmap">{"imports": {"@carto-ts/protocol": "/packages/protocol/dist/index.js"}}</script>
<script type="module">
  import * as sdk from "/packages/sdk/dist/index.js";
  import { exercise } from "/test/runtimes/exercise.mjs";
  globalThis.run = (place) => exercise(sdk, place);
</script>`;

/** Serves the built packages and the exercise. */
async function serveFiles(): Promise<Server> {
  const server = createServer((request, response) => {
    const path = join(ROOT, new URL(request.url ?? "", "http://localhost").pathname);
    if (path === join(ROOT, "page")) response.setHeader("Content-Type", "text/html").end(PAGE);
    else {
      readFile(path).then(
        (text) => response.setHeader("Content-Type", "text/javascript").end(text),
        () => response.writeHead(404).end(),
      );
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

const PROTOCOL = "packages/protocol/dist/index.js";

/** A configuration with every module of the packages by its path. Its network is this machine alone. */
async function workerConfig(port: number): Promise<string> {
  const sdk = await modulesIn("packages/sdk/dist");
  const names = [
    "test/runtimes/worker.mjs",
    "test/runtimes/exercise.mjs",
    ...sdk.filter((name) => !/\/node[^/]*\.js$/.test(name)),
    ...(await modulesIn("packages/protocol/dist")),
  ];
  const modules = await Promise.all(
    names.map(async (name) => `(name = "${name}", esModule = ${JSON.stringify(await moduleText(name))})`),
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "near", network = (allow = ["local", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);
const worker :Workerd.Worker = (modules = [${modules.join(",\n")}],
  compatibilityDate = "2026-01-01", globalOutbound = "near");`;
}

async function modulesIn(folder: string): Promise<string[]> {
  const files = await readdir(join(ROOT, folder), { recursive: true });
  return files.filter((file) => file.endsWith(".js")).map((file) => posix.join(folder, file));
}

/** A module as a bundler would give it: workers know no packages. */
async function moduleText(name: string): Promise<string> {
  const text = await readFile(join(ROOT, name), "utf8");
  return text.replaceAll('"@carto-ts/protocol"', JSON.stringify(posix.relative(posix.dirname(name), PROTOCOL)));
}

async function freePort(): Promise<number> {
  const server = createSocketServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const closed = once(child, "close");
  child.kill();
  await closed;
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
