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

/** The place where something is made before it takes its name. */
const partOf = (path: string): string => join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);

async function openArchive(path: string): Promise<TileOutput> {
  const part = partOf(path);
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
  const part = partOf(path);
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
      if (found) await rm(path, { recursive: true });
      await rename(part, path);
    },
    discard: () => rm(part, { recursive: true, force: true }),
  };
}

function toTileJson({ minzoom, maxzoom, bounds, metadata }: ArchiveInfo): Record<string, unknown> {
  return { tilejson: "3.0.0", tiles: ["{z}/{x}/{y}.mvt"], minzoom, maxzoom, bounds, ...metadata };
}
