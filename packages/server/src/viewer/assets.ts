import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** A file of the viewer as it is sent. */
export interface Asset {
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** The same, compressed. */
  gzipped: Uint8Array<ArrayBuffer>;
  /** Strong; of the bytes that are not compressed. */
  etag: string;
}

/** What the build makes; nothing else is there to be asked for. */
const FOLDER = fileURLToPath(new URL("assets/", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

const compress = promisify(gzip);

/** The viewer's files, each read and compressed when it is first asked for, and kept. */
export class Assets {
  #types: Promise<ReadonlyMap<string, string>> | undefined;
  readonly #read = new Map<string, Promise<Asset>>();

  /** The file called `name`; undefined where the build made none. */
  async find(name: string): Promise<Asset | undefined> {
    this.#types ??= listTypes();
    // By names that were found in the folder: one with a path in it is not among them.
    const type = (await this.#types).get(name);
    if (type === undefined) return undefined;
    const reading = this.#read.get(name) ?? readFile(join(FOLDER, name)).then((bytes) => toAsset(type, bytes));
    this.#read.set(name, reading);
    return reading;
  }
}

async function listTypes(): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(FOLDER).catch(() => []);
  return new Map(
    names.flatMap((name) => {
      const type = TYPES[extname(name)];
      return type === undefined ? [] : [[name, type]];
    }),
  );
}

/** Makes content an asset. */
export async function toAsset(type: string, content: string | Uint8Array): Promise<Asset> {
  const etag = `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
  return { type, bytes: new Uint8Array(Buffer.from(content)), gzipped: new Uint8Array(await compress(content)), etag };
}
