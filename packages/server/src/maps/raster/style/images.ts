import { createHash } from "node:crypto";
import { mkdtemp, open, rename, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ImportError } from "../../../imports/error.ts";
import type { AddressGuard } from "../../../imports/fetch/address-guard.ts";
import { download } from "../../../imports/fetch/download.ts";

const MOST_BYTES = 4 * 1024 ** 2;
/** Milliseconds that fetching one may take. */
const FETCH_MS = 20_000;
/** Images that are kept, the longest unused leaving first; of one style, and for how many milliseconds. */
const KEPT = 500;
const MOST_OF_STYLE = 50;
const KEEP_MS = 24 * 3_600_000;
const HEAD_BYTES = 512;

/** An image that a style names: where it is, or why it isn't here. */
export type FoundImage = { file: string } | { problem: string };

interface Kept {
  found: Promise<FoundImage>;
  at: number;
}

/** Addresses of images in a style. */
export function imagesIn(css: string): string[] {
  return [...new Set([...css.matchAll(/url\(\s*(['"]?)(.*?)\1\s*\)/g)].map(([, , url = ""]) => url))];
}

/**
 * Images of styles, fetched from public addresses alone and kept in a folder.
 *
 * What is no PNG, JPEG or SVG is refused, whatever it is called.
 */
export class StyleImages implements AsyncDisposable {
  readonly #guard: AddressGuard;
  readonly #kept = new Map<string, Kept>();
  #folder: Promise<string> | undefined;

  constructor(guard: AddressGuard) {
    this.#guard = guard;
  }

  /** Fetches what is not here yet. */
  async find(urls: readonly string[]): Promise<Record<string, FoundImage>> {
    const found = urls.map(async (url, at): Promise<[string, FoundImage]> => {
      if (at >= MOST_OF_STYLE) return [url, { problem: `a style may have ${MOST_OF_STYLE} images` }];
      return [url, await this.#find(url)];
    });
    return Object.fromEntries(await Promise.all(found));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const folder = await this.#folder?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  async #find(url: string): Promise<FoundImage> {
    const known = this.#kept.get(url);
    const isFresh = known !== undefined && Date.now() - known.at < KEEP_MS;
    const kept = isFresh ? known : { found: this.#fetch(url), at: Date.now() };
    this.#kept.delete(url);
    this.#kept.set(url, kept);
    void this.#makeRoom();
    const found = await kept.found;
    // It may be there the next time.
    if ("problem" in found && this.#kept.get(url) === kept) this.#kept.delete(url);
    return found;
  }

  async #fetch(url: string): Promise<FoundImage> {
    this.#folder ??= mkdtemp(join(tmpdir(), "carto-ts-images-"));
    const name = createHash("sha1").update(`${url}\n${Date.now()}`).digest("hex");
    const path = join(await this.#folder, name);
    // Others may wait for it as well: nobody's leaving ends it.
    const { signal } = new AbortController();
    try {
      await download(url, { path, guard: this.#guard, signal, maxBytes: MOST_BYTES, timeouts: { totalMs: FETCH_MS } });
      const extension = extensionOf(await headOf(path));
      if (extension === undefined) {
        await unlink(path);
        return { problem: "it is no PNG, JPEG or SVG" };
      }
      await rename(path, `${path}.${extension}`);
      return { file: `${path}.${extension}` };
    } catch (error) {
      if (!(error instanceof ImportError)) throw error;
      return { problem: error.httpStatus === undefined ? error.message : `server returned ${error.httpStatus}` };
    }
  }

  async #makeRoom(): Promise<void> {
    const [oldest] = this.#kept;
    if (this.#kept.size <= KEPT || oldest === undefined) return;
    this.#kept.delete(oldest[0]);
    const found = await oldest[1].found.catch(() => undefined);
    if (found && "file" in found) await unlink(found.file).catch(() => {});
  }
}

async function headOf(path: string): Promise<Buffer> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

/** By what an image is, since Mapnik goes by its file's name. */
function extensionOf(head: Buffer): string | undefined {
  const hex = head.toString("hex", 0, 4);
  if (hex === "89504e47") return "png";
  if (hex.startsWith("ffd8ff")) return "jpg";
  return /<svg\b/i.test(head.toString("latin1")) ? "svg" : undefined;
}
