import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { VectorTile } from "./tile.ts";

const compress = promisify(gzip);

/** Below this, compressing costs more than it saves. */
const GZIP_FROM_BYTES = 1_024;
/** Four fifths of what the highest level saves, in a third of its time. */
const GZIP_LEVEL = 4;
/** What an entry takes besides its bytes. */
const ENTRY_BYTES = 512;
/** Queries may ask for the time, of which no table tells. */
const MAX_AGE_MS = 300_000;

/** A tile that was made, in the forms that it is sent in. */
export class ReadyTile {
  readonly bytes: Buffer;
  readonly dropped: string | undefined;
  /** Weak, for both forms have it. */
  readonly etag: string;
  readonly madeAt: number = Date.now();
  #gzipped: Promise<Buffer> | undefined;

  constructor({ bytes, dropped }: VectorTile) {
    this.bytes = bytes;
    this.dropped = dropped;
    this.etag = `W/"${createHash("sha1").update(bytes).digest("base64url")}"`;
  }

  /** Whether there is a compressed form. */
  get compresses(): boolean {
    return this.bytes.length >= GZIP_FROM_BYTES;
  }

  /** The compressed form; made once, off the event loop. */
  gzipped(): Promise<Buffer> {
    this.#gzipped ??= compress(this.bytes, { level: GZIP_LEVEL });
    return this.#gzipped;
  }
}

interface Entry {
  version: string;
  tile: ReadyTile;
  bytes: number;
}

/** Tiles in memory, those least lately used leaving first. */
export class TileCache {
  readonly #maxBytes: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** @param maxBytes Bytes that all tiles may take; the compressed forms count half of the others. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The tile of `key`, if it is of `version` and not old. */
  get(key: string, version: string): ReadyTile | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (entry.version !== version || Date.now() - entry.tile.madeAt > MAX_AGE_MS) {
      this.#bytes -= entry.bytes;
      return undefined;
    }
    this.#entries.set(key, entry);
    return entry.tile;
  }

  /** Keeps a tile, in the place of another version. */
  put(key: string, version: string, tile: ReadyTile): void {
    const bytes = ENTRY_BYTES + key.length + tile.bytes.length * (tile.compresses ? 1.5 : 1);
    if (bytes > this.#maxBytes / 4) return;
    this.#bytes += bytes - (this.#entries.get(key)?.bytes ?? 0);
    this.#entries.delete(key);
    this.#entries.set(key, { version, tile, bytes });
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes;
    }
  }
}
