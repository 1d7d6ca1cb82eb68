import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip, gzipSync } from "node:zlib";
import { type DirectoryEntry, toDirectories } from "./directory.ts";
import { type TilePlace, tileId } from "./tile-id.ts";

const compressApart = promisify(gzip);

/** West, south, east, north, in degrees. */
export type Bounds = readonly [west: number, south: number, east: number, north: number];

/** What an archive says of itself. */
export interface ArchiveInfo {
  minzoom: number;
  maxzoom: number;
  bounds: Bounds;
  /** TileJSON's `name`, `vector_layers` and the like. */
  metadata: Readonly<Record<string, unknown>>;
}

const HEADER_BYTES = 127;
/** The header and the root directory come first, whose size is known last. */
const TILES_AT = 16_384;
const GZIP = 2;
const MVT = 1;
/** Handing a small tile to another thread takes longer than compressing it. */
const SMALL_BYTES = 4_096;

/**
 * Writes vector tiles into a PMTiles archive, version 3.
 *
 * Tiles are compressed, and those that are the same kept once. Memory: some 100 bytes a tile that differs from others.
 *
 * @see https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md
 */
export class PmtilesWriter {
  readonly #file: FileHandle;
  readonly #entries: DirectoryEntry[] = [];
  readonly #known = new Map<string, { offset: number; length: number }>();
  #length = 0;
  #addressed = 0;

  /** @param file Open for writing, and empty. */
  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Adds a tile, MVT that is not compressed. Tiles come in the order of {@link tileId}; empty ones are left out. */
  async add(place: TilePlace, bytes: Uint8Array): Promise<void> {
    const { offset, length } = await this.#store(bytes);
    const id = tileId(place);
    const last = this.#entries.at(-1);
    if (last && last.id + last.run > id) throw new Error(`tile ${place.z}/${place.x}/${place.y} is not in order`);
    this.#addressed++;
    if (last && last.id + last.run === id && last.offset === offset) last.run++;
    else this.#entries.push({ id, run: 1, offset, length });
  }

  /** Writes what comes behind the tiles and before them. The file is still to be closed. */
  async finish(info: ArchiveInfo): Promise<void> {
    const { root, leaves } = toDirectories(this.#entries);
    const metadata = await compress(JSON.stringify(info.metadata));
    const metadataAt = TILES_AT + this.#length;
    await writeAll(this.#file, Buffer.concat([metadata, leaves]), metadataAt);
    const parts = [
      [HEADER_BYTES, root.length],
      [metadataAt, metadata.length],
      [metadataAt + metadata.length, leaves.length],
      [TILES_AT, this.#length],
    ];
    const counts = [this.#addressed, this.#entries.length, this.#known.size];
    const header = toHeader([...parts.flat(), ...counts], info);
    await writeAll(this.#file, Buffer.concat([header, root]), 0);
  }

  async #store(bytes: Uint8Array): Promise<{ offset: number; length: number }> {
    const hash = createHash("sha256").update(bytes).digest("base64");
    const known = this.#known.get(hash);
    if (known) return known;
    const packed = await compress(bytes);
    const stored = { offset: this.#length, length: packed.length };
    await writeAll(this.#file, packed, TILES_AT + this.#length);
    this.#length += packed.length;
    this.#known.set(hash, stored);
    return stored;
  }
}

/** @param numbers Offsets and lengths of the four parts, then the three counts. */
function toHeader(numbers: readonly number[], { minzoom, maxzoom, bounds }: ArchiveInfo): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write("PMTiles", 0, "latin1");
  header[7] = 3;
  for (const [i, number] of numbers.entries()) header.writeBigUInt64LE(BigInt(number), 8 + 8 * i);
  // In the order of the tiles' numbers; directories and tiles compressed.
  header.set([1, GZIP, GZIP, MVT, minzoom, maxzoom], 96);
  const [west, south, east, north] = bounds;
  for (const [i, degrees] of bounds.entries()) header.writeInt32LE(toE7(degrees), 102 + 4 * i);
  header[118] = minzoom;
  header.writeInt32LE(toE7((west + east) / 2), 119);
  header.writeInt32LE(toE7((south + north) / 2), 123);
  return header;
}

const toE7 = (degrees: number): number => Math.round(degrees * 1e7);

const compress = async (content: string | Uint8Array): Promise<Buffer> =>
  content.length < SMALL_BYTES ? gzipSync(content) : compressApart(content);

/** One write may take less than it is given. */
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
