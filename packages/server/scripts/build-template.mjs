// Makes what the embedded database starts from, in dist/pglite: PostGIS' bundle and a template of a data directory.
// Run by `npm run build` after the compiler; does nothing when a stamp says that both are current.
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

const script = fileURLToPath(import.meta.url);
const dist = join(dirname(script), "../dist");
const out = join(dist, "pglite");
const ustar = join(dist, "db/pglite/ustar.js");
const artefacts = ["postgis-slim.tar.gz", "template.tar.gz"];

const require = createRequire(import.meta.url);
const entries = [require.resolve("@electric-sql/pglite"), require.resolve("@electric-sql/pglite-postgis")];
const bundleOfAll = join(dirname(entries[1]), "postgis.tar.gz");

// What every new database begins with; the server's own schema comes by its migrations.
const STATEMENTS = ["create extension postgis", "vacuum analyze", "checkpoint"];

const stamp = createHash("sha256")
  .update(entries.map((entry) => readFileSync(join(dirname(entry), "../package.json"))).join())
  .update(readFileSync(script))
  .update(readFileSync(ustar))
  .digest("hex");

if (isCurrent()) {
  console.log("embedded database: template is current");
} else {
  const started = performance.now();
  console.log("embedded database: making its template, once (15–60 s)");
  await build();
  console.log(`embedded database: made in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function isCurrent() {
  try {
    return (
      readFileSync(join(out, "stamp"), "utf8") === stamp &&
      artefacts.every((name) => statSync(join(out, name)).size > 0)
    );
  } catch {
    return false;
  }
}

async function build() {
  const { readTar, writeTar } = await import(pathToFileURL(ustar).href);
  // Moved into place when complete, for an engine may be open, and two builds may run.
  const fresh = `${out}-${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  const bundle = join(fresh, artefacts[0]);
  const full = readTar(gunzipSync(readFileSync(bundleOfAll)));
  writeFileSync(bundle, gzipSync(writeTar(full.filter(isNeeded)), { level: 9 }));

  const work = mkdtempSync(join(tmpdir(), "carto-ts-template-"));
  try {
    await createCluster(work, bundle);
    writeFileSync(join(fresh, artefacts[1]), gzipSync(writeTar(entriesOf(work)), { level: 9 }));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  writeFileSync(join(fresh, "stamp"), stamp);
  rmSync(out, { recursive: true, force: true });
  renameSync(fresh, out);
}

// PostGIS alone, 34 of 95 MB: no raster, topology, geocoder or upgrades from other versions.
function isNeeded({ name }) {
  if (name.startsWith("lib/")) return !/_(raster|topology)/.test(name);
  if (name.startsWith("share/proj")) return true;
  return /^share\/postgresql\/extension\/postgis(\.control|--\d+\.\d+\.\d+\.sql)$/.test(name);
}

async function createCluster(dataDir, bundle) {
  const { PGlite } = await import("@electric-sql/pglite");
  const postgis = {
    name: "postgis",
    setup: async (_pglite, options) => {
      options.PGLITE_ENV.PROJ_DATA = "/pglite/share/proj";
      return { emscriptenOpts: options, bundlePath: pathToFileURL(bundle) };
    },
  };
  const pglite = await PGlite.create({ dataDir, extensions: { postgis } });
  for (const statement of STATEMENTS) await pglite.exec(statement);
  await pglite.close();
}

function* entriesOf(root, prefix = "") {
  for (const entry of readdirSync(join(root, prefix), { withFileTypes: true })) {
    const name = prefix + entry.name;
    if (entry.isDirectory()) {
      yield { name, type: "directory", mode: 0o700, bytes: new Uint8Array() };
      yield* entriesOf(root, `${name}/`);
    } else if (entry.name !== "postmaster.pid") {
      yield { name, type: "file", mode: 0o600, bytes: readFileSync(join(root, name)) };
    }
  }
}
