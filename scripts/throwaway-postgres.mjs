// A PostgreSQL cluster for one run: made in a temporary folder, on a free port of 127.0.0.1, removed afterwards.
//
//   node scripts/throwaway-postgres.mjs COMMAND [ARGUMENT …]
//
// runs COMMAND with TEST_DATABASE_URL set and ends with its exit code.
import { spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const DEBIAN = "/usr/lib/postgresql";
const PASSWORD = "throwaway";

/** The folder of `initdb` and `pg_ctl`, the newest version first; undefined where there is none. */
export function findBinaries() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(DEBIAN, version, "bin")),
    ...(process.env.PATH ?? "").split(":").filter((folder) => folder !== ""),
  ];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "pg_ctl")));
}

/** Whether PostGIS is installed for the binaries in `folder`. */
export function hasPostgis(folder) {
  const config = spawnSync(join(folder, "pg_config"), ["--sharedir"], { encoding: "utf8" });
  const version = folder.match(/postgresql\/(\d+)\/bin$/)?.[1];
  const share = config.stdout?.trim() || `/usr/share/postgresql/${version}`;
  return existsSync(join(share, "extension", "postgis.control"));
}

/** PostgreSQL refuses to run as root. */
function unprivileged() {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync("/etc/passwd", "utf8").match(/^postgres:[^:]*:(\d+):(\d+):/m);
  if (!line) throw new Error("PostgreSQL can't run as root, and there is no user called postgres");
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a cluster. Resolves with its URL and a function that stops and removes it. */
export async function startCluster() {
  const folder = findBinaries();
  if (!folder) throw new Error("initdb and pg_ctl were not found");
  const user = unprivileged();
  const home = mkdtempSync(join(tmpdir(), "carto-ts-pg-"));
  const passwordFile = join(home, "password");
  writeFileSync(passwordFile, PASSWORD);
  if (user.uid !== undefined) for (const path of [home, passwordFile]) chownSync(path, user.uid, user.gid);
  const run = (program, args) => {
    const done = spawnSync(join(folder, program), args, {
      ...user,
      cwd: home,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (done.status !== 0) throw new Error(`${program} failed: ${done.stderr || done.error}`);
  };
  const data = join(home, "data");
  run("initdb", [
    "-D",
    data,
    "-U",
    "carto",
    "-A",
    "scram-sha-256",
    `--pwfile=${passwordFile}`,
    "-E",
    "UTF8",
    "--locale=C.UTF-8",
    "-N",
  ]);
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: home,
    fsync: "off",
    max_connections: 150,
  };
  const options = Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");
  run("pg_ctl", ["-D", data, "-o", options, "-l", join(home, "log"), "-w", "start"]);
  return {
    url: `postgresql://carto:${PASSWORD}@127.0.0.1:${port}/postgres`,
    stop() {
      run("pg_ctl", ["-D", data, "-m", "immediate", "-w", "stop"]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [command, ...args] = process.argv.slice(2);
  if (!command) throw new Error("usage: throwaway-postgres.mjs COMMAND [ARGUMENT …]");
  const cluster = await startCluster();
  const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, TEST_DATABASE_URL: cluster.url } });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
  cluster.stop();
}
