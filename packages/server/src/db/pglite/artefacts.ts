import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * What the package's build step makes for the embedded database.
 *
 * Both this module's source and its built form are four levels below the package, which lets tests that run from the
 * source find the built files.
 */
const BUILT = new URL("../../../dist/", import.meta.url);

/** PGlite's extension bundle, PostGIS only: without raster and topology an engine takes 200 MB less. */
export const POSTGIS_BUNDLE: URL = new URL("pglite/postgis-slim.tar.gz", BUILT);

/** A data directory with PostGIS created in it, as a gzipped tar archive. */
export const TEMPLATE: URL = new URL("pglite/template.tar.gz", BUILT);

/** The worker's built file; Node 20 can't start a worker from TypeScript. */
export const WORKER: URL = new URL("db/pglite/worker.js", BUILT);

/** @throws when the package was not built. */
export function assertBuilt(): void {
  const missing = [POSTGIS_BUNDLE, TEMPLATE, WORKER].find((url) => !existsSync(url));
  if (missing) throw new Error(`the embedded database lacks ${fileURLToPath(missing)}: run \`npm run build\``);
}
