import { existsSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { findBinaries, hasPostgis, startCluster } from "../../scripts/throwaway-postgres.mjs";
import { hasRuntimes } from "../runtimes/runtimes.ts";
import { chromiumPath } from "./browser.ts";
import { hasGdal } from "./gdal.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** URL of a PostgreSQL for the tests, or undefined when they run on the embedded engine alone. */
    databaseUrl: string | undefined;
  }
}

/** Finds the engines to test on, and says which they are. */
export default async function setup(project: TestProject): Promise<() => void> {
  const { url, stop } = await findPostgres();
  project.provide("databaseUrl", url);
  if (url !== undefined) process.env["TEST_DATABASE_URL"] = url;
  process.stdout.write(`Engines under test: embedded PGlite${url === undefined ? "" : ", PostgreSQL"}\n`);
  const skipped = url === undefined ? ["PostgreSQL"] : [];
  if (!hasForeignClients()) skipped.push("clients of others");
  if (!hasChromium()) skipped.push("Chromium");
  if (!hasGdalPrograms()) skipped.push("GDAL");
  if (!hasOtherRuntimes()) skipped.push("other runtimes");
  if (skipped.length > 0 && process.env["CARTO_TEST_ALL"]) throw new Error(`Not at hand: ${skipped.join(", ")}`);
  return stop;
}

function hasForeignClients(): boolean {
  if (existsSync(new URL("../clients/node_modules", import.meta.url))) return true;
  process.stdout.write("SKIPPED: clients of others. Run npm ci --prefix test/clients --ignore-scripts.\n");
  return false;
}

function hasChromium(): boolean {
  if (chromiumPath !== undefined) return true;
  process.stdout.write("SKIPPED: the pages in a browser. Install chromium, or set CHROMIUM_PATH.\n");
  return false;
}

function hasGdalPrograms(): boolean {
  if (hasGdal) return true;
  process.stdout.write("SKIPPED: files read back by GDAL, and GDAL's driver for CARTO. Install gdal-bin.\n");
  return false;
}

function hasOtherRuntimes(): boolean {
  if (hasRuntimes) return true;
  process.stdout.write("SKIPPED: the SDK in other runtimes. Run npm ci --prefix test/runtimes --ignore-scripts.\n");
  return false;
}

async function findPostgres(): Promise<{ url: string | undefined; stop: () => void }> {
  const given = process.env["TEST_DATABASE_URL"];
  if (given) return { url: given, stop: () => {} };
  const binaries = findBinaries();
  if (binaries === undefined || !hasPostgis(binaries)) {
    process.stdout.write(
      "SKIPPED: PostgreSQL. Set TEST_DATABASE_URL, or install postgresql and its postgis package.\n",
    );
    return { url: undefined, stop: () => {} };
  }
  return startCluster();
}
