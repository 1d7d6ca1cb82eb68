// Serves the pages of examples/pages and the modules that they import, on this machine alone.
//
//   node .generated/examples/pages.js
//   http://127.0.0.1:8000/maplibre.html?url=http://127.0.0.1:8080/user/dev&table=cities
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
};
const PAGE = /^\/[\w-]+\.html$/;
const MODULE = /^\/node_modules\/(?:maplibre-gl|@carto-ts\/(?:sdk|protocol))\/dist\/(?:[\w-]+\/)*[\w-]+\.(?:m?js|css)$/;

// Compiled, this is in .generated/examples.
const root = new URL(import.meta.url.endsWith(".ts") ? "../" : "../../", import.meta.url);

async function read(path: string): Promise<Buffer | undefined> {
  const file = PAGE.test(path) ? `examples/pages${path}` : MODULE.test(path) ? path.slice(1) : undefined;
  return file === undefined ? undefined : readFile(fileURLToPath(new URL(file, root))).catch(() => undefined);
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  void read(pathname).then((content) => {
    response.writeHead(content ? 200 : 404, { "content-type": TYPES[extname(pathname)] ?? "text/plain" });
    response.end(content ?? `There is no ${pathname}\n`);
  });
});
server.listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => {
  const address = server.address();
  if (address && typeof address === "object") console.log(`http://127.0.0.1:${address.port}/maplibre.html`);
});
