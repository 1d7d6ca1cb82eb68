import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SkippedFile } from "@carto-ts/protocol";
import type { SourceFile } from "../reader.ts";
import { cannotBeRead } from "./member.ts";
import type { Part } from "./part.ts";

/** Files of an archive that belong together, in a folder of their own. */
export class FileSet {
  readonly folder: string;
  readonly #parts = new Map<string, Part>();
  #main: Part | undefined;
  #bytes = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes the folder, for this user alone. */
  static async create(folder: string): Promise<FileSet> {
    await mkdir(folder, { mode: 0o700 });
    return new FileSet(folder);
  }

  /** Whether the file that stands for all is there. */
  get isWhole(): boolean {
    return this.#main !== undefined;
  }

  /** Whether there is such a file already. */
  has({ file }: Part): boolean {
    return this.#parts.has(file);
  }

  /** Where to put a file. */
  async pathOf({ file }: Part): Promise<string> {
    const path = join(this.folder, file);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return path;
  }

  /** Adds a file that was put there. */
  add(part: Part, bytes: number): void {
    this.#parts.set(part.file, part);
    this.#bytes += bytes;
    if (part.isMain) this.#main = part;
  }

  /** All of them as one; undefined where the one is missing that stands for all. */
  toFile(): SourceFile | undefined {
    if (this.#main === undefined) return undefined;
    const { file, name } = this.#main;
    // Of a geodatabase, its folder is opened.
    const entry = dirname(file) === "." ? file : dirname(file);
    return { path: join(this.folder, file), name, size: this.#bytes, place: { folder: this.folder, entry } };
  }

  /** Its files, where what they belong to is not there. */
  left(): SkippedFile[] {
    const told = [...this.#parts.values()].filter(({ isCompanion }) => !isCompanion);
    return told.map(({ name }) => ({ name, reason: cannotBeRead(name) }));
  }
}
