// Puts what the viewer's pages are made of beside their compiled code, in dist/viewer/assets: the static files, MapLibre
// and the background map. Run by `npm run build` after the compiler.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeBackground } from "./background.mjs";

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "../viewer");
const out = join(here, "../dist/viewer/assets");
const maplibre = dirname(require.resolve("maplibre-gl/package.json"));

mkdirSync(out, { recursive: true });
for (const name of readdirSync(source)) {
  if ([".html", ".css", ".svg"].includes(extname(name))) copyFileSync(join(source, name), join(out, name));
}
for (const name of ["maplibre-gl.mjs", "maplibre-gl-worker.mjs"]) {
  // The source maps are 8 MB and stay behind: browsers would ask for them.
  const code = readFileSync(join(maplibre, "dist", name), "utf8");
  writeFileSync(join(out, name), code.replace(/\n\/\/# sourceMappingURL=\S*\s*$/, "\n"));
}
copyFileSync(join(maplibre, "dist/maplibre-gl.css"), join(out, "maplibre-gl.css"));
copyFileSync(join(maplibre, "LICENSE.txt"), join(out, "maplibre-gl-license.txt"));
writeFileSync(join(out, "background.json"), JSON.stringify(makeBackground()));
