import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CommandError } from "../command-error.ts";
import { type ArchiveInfo, PmtilesWriter } from "./pmtiles.ts";
import type { TilePlace } from "./tile-id.ts";

/** Where tiles go. */
export interface TileOutput {
  /** Adds a tile that is not empty, in the order of the tiles' numbers. */
  add(place: TilePlace, bytes: Uint8Array): Promise<void>;
  /** Ends well: what was made takes its name. */
  commit(info: ArchiveInfo): Promise<void>;
  /** Ends badly: nothing stays, and what was there before stays as it was. */
  discard(): Promise<void>;
}

/** Opens an archive for a name ending in `.pmtiles`, and a folder for any other. */
export function openOutput(path: string): Promise<TileOutput> {
  return path.endsWith(".pmtiles") ? openArchive(path) : openFolder(path);
}

/** A hidden place in `folder`, where something is made before it takes its name. */
const partIn = (folder: string, path: string): string => join(folder, `.${basename(path)}.${randomUUID()}.part`);

async function openArchive(path: string): Promise<TileOutput> {
  if (await isFolder(path)) throw new CommandError(`${path} is a folder`, "name a file that is new or may be replaced");
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const part = partIn(folder, path);
  const file: FileHandle = await open(part, "wx");
  const writer = new PmtilesWriter(file);
  return {
    add: (place, bytes) => writer.add(place, bytes),
    commit: async (info) => {
      await writer.finish(info);
      await file.close();
      await rename(part, path);
    },
    discard: async () => {
      await file.close().catch(() => {});
      await rm(part, { force: true });
    },
  };
}

/** Tiles as `z/x/y.mvt`, and what the map is in `tiles.json`. */
async function openFolder(path: string): Promise<TileOutput> {
  const found = await stat(path).catch(() => undefined);
  if (found && !(found.isDirectory() && (await readdir(path)).length === 0)) {
    throw new CommandError(`${path} is there already`, "name a folder that is empty or new, or a file: tiles.pmtiles");
  }
  // A folder that is there may be the root of a disk: it can't be replaced, nor be filled from another disk.
  const part = partIn(found ? path : dirname(path), path);
  await mkdir(part, { recursive: true });
  let folder = "";
  return {
    add: async ({ z, x, y }, bytes) => {
      const wanted = join(part, `${z}`, `${x}`);
      if (folder !== wanted) await mkdir(wanted, { recursive: true });
      folder = wanted;
      await writeFile(join(wanted, `${y}.mvt`), bytes);
    },
    commit: async (info) => {
      await writeFile(join(part, "tiles.json"), `${JSON.stringify(toTileJson(info), null, 2)}\n`);
      await (found ? moveOut(part, path) : rename(part, path));
    },
    discard: () => rm(part, { recursive: true, force: true }),
  };
}

/** Moves what is in a folder into the one around it; `tiles.json`, which sorts behind the zooms, comes last. */
async function moveOut(part: string, path: string): Promise<void> {
  for (const name of (await readdir(part)).sort()) await rename(join(part, name), join(path, name));
  await rm(part, { recursive: true });
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false;

function toTileJson({ minzoom, maxzoom, bounds, metadata }: ArchiveInfo): Record<string, unknown> {
  return { tilejson: "3.0.0", tiles: ["{z}/{x}/{y}.mvt"], minzoom, maxzoom, bounds, ...metadata };
}
