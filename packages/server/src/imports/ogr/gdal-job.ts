import { constants, copyFile, link, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Gdal } from "../../gdal/gdal.ts";
import { GdalError } from "../../gdal/gdal-error.ts";
import type { ReadOptions, SourceFile } from "../reader.ts";
import type { OgrFormat } from "./format.ts";

/** Times its own size that a file's rows may take as text, and what a file may become in any case. */
const MAX_RATIO = 200;
const HARMLESS_BYTES = 256 * 1024 ** 2;

/** Milliseconds that GDAL may be silent: in any case, and for each byte of the file. */
const PATIENCE_MS = 60_000;
const PATIENCE_MS_PER_BYTE = 0.005;

/** GDAL at work on one file, in a folder that holds nothing else. */
export class GdalJob implements AsyncDisposable {
  /** What to open there. */
  readonly source: { file: string; drivers: readonly string[]; openOptions: readonly string[] };
  readonly #folder: string;
  /** Whether the folder is there for this job alone. */
  readonly #isOurs: boolean;
  readonly #bytes: number;
  readonly #options: ReadOptions;
  readonly #ogr2ogr: string | undefined;
  #gdal: Gdal | undefined;

  private constructor(
    place: { folder: string; entry: string; bytes: number; isOurs: boolean },
    { format, options, openOptions }: { format: OgrFormat; options: ReadOptions; openOptions: readonly string[] },
  ) {
    this.#folder = place.folder;
    this.#isOurs = place.isOurs;
    this.#bytes = place.bytes;
    this.#options = options;
    this.#ogr2ogr = format.sandboxed ? undefined : options.gdal.ogr2ogr;
    const all = [...(format.openOptions ?? []), ...openOptions];
    this.source = { file: place.entry, drivers: format.drivers, openOptions: all };
  }

  /** Puts the file, unless it lies so already, into a folder of its own, under a name that says what it is. */
  static async open(
    file: SourceFile,
    how: { format: OgrFormat; options: ReadOptions; openOptions: readonly string[] },
  ): Promise<GdalJob> {
    if (file.place !== undefined) return new GdalJob({ ...file.place, bytes: file.size, isOurs: false }, how);
    const folder = how.options.folder();
    const entry = `data.${how.format.extension}`;
    await mkdir(folder, { mode: 0o700 });
    await place(file.path, join(folder, entry));
    return new GdalJob({ folder, entry, bytes: file.size, isOurs: true }, how);
  }

  /** GDAL's process; a new one where the last was left in the middle of something. */
  async gdal(): Promise<Gdal> {
    const { signal, gdal } = this.#options;
    const outputBytes = Math.min(gdal.limits.outputBytes, Math.max(HARMLESS_BYTES, this.#bytes * MAX_RATIO));
    this.#gdal ??= await Gdal.open({
      folder: this.#folder,
      signal,
      limits: { ...gdal.limits, outputBytes },
      ogr2ogr: this.#ogr2ogr,
    });
    return this.#gdal;
  }

  /**
   * Waits for GDAL, but not for what no file of this size takes: a database can hold a question without an answer.
   *
   * @throws GdalError `time`
   */
  async patiently<T>(work: Promise<T>): Promise<T> {
    const ms = PATIENCE_MS + this.#bytes * PATIENCE_MS_PER_BYTE;
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      void this.abandon();
    }, ms);
    try {
      return await work;
    } catch (error) {
      throw isOver ? new GdalError("time", `GDAL gave nothing for ${Math.ceil(ms / 1000)} seconds`) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** What GDAL gives, each piece of it waited for patiently. */
  async *patientlyEach<T>(pieces: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const iterator = pieces[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.patiently(iterator.next());
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  /** Ends the process: what it is doing isn't wanted any more. */
  async abandon(): Promise<void> {
    await this.#gdal?.[Symbol.asyncDispose]();
    this.#gdal = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abandon();
    if (this.#isOurs) await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A second name for the same bytes, or a copy where the disk has no such thing. */
async function place(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
}
