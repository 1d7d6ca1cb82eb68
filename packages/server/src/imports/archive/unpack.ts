import { rm, unlink } from "node:fs/promises";
import type { SkippedFile } from "@carto-ts/protocol";
import { ImportError } from "../error.ts";
import { findReader } from "../formats.ts";
import { headOf } from "../head.ts";
import { isDiskFull, NewFile } from "../new-file.ts";
import type { SourceFile } from "../reader.ts";
import { ByteBudget } from "./budget.ts";
import { FileSet } from "./file-set.ts";
import { gunzip, isGzip } from "./gzip.ts";
import { documentsOf, isKmz } from "./kmz.ts";
import { judge, type Member, type PackedOptions, shownName } from "./member.ts";
import type { Part } from "./part.ts";
import { isTar, readTar } from "./tar.ts";
import { workbookFormat } from "./workbook.ts";
import { isZip, readZip } from "./zip.ts";

const NO_ROOM = 1000;
const NO_FILE = 1002;
const BAD_ARCHIVE = 1003;
const HEAD_BYTES = 512;
/** Files left out that are told by name, and those that an error names. */
const LISTED_FILES = 100;
const NAMED_FILES = 3;

/** What unpacking is done with. */
export interface UnpackOptions extends PackedOptions {
  /** Gives the path of a file or folder that is yet to be made: each time another one. */
  place(): string;
  /** Bytes that all files may have together. */
  maxBytes: number;
  /** Files that are wanted; those behind them stay packed. */
  maxFiles: number;
}

/** What is in a packed file. */
export interface Unpacked {
  /** Those to be imported, in order; the file itself when it is not packed. */
  files: SourceFile[];
  /** Those that can't be. */
  skipped: { count: number; files: SkippedFile[] };
  /** Whether it has more files than are wanted. */
  isCut: boolean;
}

/**
 * Unpacks a file as far as it is packed: gzip, then a zip or tar archive, then gzip once more for each file within.
 *
 * Files go to the places that `place` gives, whatever their names are.
 *
 * @throws ImportError 1002 when nothing in an archive can be imported, 1003 when it is damaged, 1018 when it has a
 * password, 2006 when a name is in no known encoding, 6666 when it has too many files or gets too large
 */
export async function unpack(file: SourceFile, options: UnpackOptions): Promise<Unpacked> {
  try {
    const whole = (await isGzip(file.path)) ? await unpackGzip(file, file.size, options) : file;
    const members = await openArchive(whole, options);
    if (members === undefined) return { files: [whole], skipped: { count: 0, files: [] }, isCut: false };
    const unpacked = await new Unpacking(new ByteBudget(file.size, options.maxBytes), options).run(members);
    if (whole !== file) await unlink(whole.path);
    return unpacked;
  } catch (error) {
    throw options.signal.aborted ? error : toFailure(error);
  }
}

async function openArchive(file: SourceFile, options: UnpackOptions): Promise<AsyncIterable<Member> | undefined> {
  const head = await headOf(file.path, HEAD_BYTES);
  if (isZip(head) && isKmz(file.name)) return documentsOf(readZip(file, options), file.name);
  if (isZip(head) && (await workbookFormat(file)) === undefined) return readZip(file, options);
  return isTar(head) ? readTar(file, options) : undefined;
}

async function unpackGzip(file: SourceFile, packedBytes: number, options: UnpackOptions): Promise<SourceFile> {
  const budget = new ByteBudget(packedBytes, options.maxBytes);
  return store(gunzip(file.path, options), { name: withoutGz(file.name), budget, path: options.place() });
}

const withoutGz = (name: string): string => name.replace(/\.gz$/i, "").replace(/\.tgz$/i, ".tar");

async function store(
  chunks: AsyncIterable<Uint8Array>,
  { name, budget, path }: { name: string; budget: ByteBudget; path: string },
): Promise<SourceFile> {
  await using file = await NewFile.create(path);
  for await (const chunk of chunks) {
    budget.take(chunk.byteLength);
    await file.write(chunk);
  }
  await file.keep();
  return { path, name, size: file.size };
}

/** An archive on its way to files. */
class Unpacking {
  readonly #budget: ByteBudget;
  readonly #options: UnpackOptions;
  readonly #unpacked: Unpacked = { files: [], skipped: { count: 0, files: [] }, isCut: false };
  /** What was taken, in order; of sets, the members that came so far. */
  readonly #taken: (SourceFile | FileSet)[] = [];
  readonly #sets = new Map<string, FileSet>();

  constructor(budget: ByteBudget, options: UnpackOptions) {
    this.#budget = budget;
    this.#options = options;
  }

  async run(members: AsyncIterable<Member>): Promise<Unpacked> {
    for await (const member of members) {
      const judged = judge(member);
      if (judged.verdict === "skip") this.#skip(shownName(member.path), judged.reason);
      if (judged.verdict === "take" && !this.#isFull()) await this.#take(member, judged.name);
      if (judged.verdict === "part") await this.#takePart(member, judged.part);
      // Of sets, more may be behind it.
      if (this.#unpacked.isCut && this.#sets.size === 0) break;
    }
    for (const taken of this.#taken) await this.#finish(taken);
    if (this.#unpacked.files.length === 0) throw this.#nothing();
    return this.#unpacked;
  }

  /** Whether there is no place for one more. */
  #isFull(): boolean {
    const wanted = this.#taken.filter((one) => !(one instanceof FileSet) || one.isWhole).length;
    const isFull = wanted >= this.#options.maxFiles;
    this.#unpacked.isCut ||= isFull;
    return isFull;
  }

  async #take(member: Member, name: string): Promise<void> {
    this.#budget.expect(member.size);
    const packed = await this.#store(member.chunks(), name);
    const isPacked = await isGzip(packed.path);
    const silent = { ...this.#options, onProgress: () => {} };
    const file = isPacked ? await this.#store(gunzip(packed.path, silent), withoutGz(name)) : packed;
    if (isPacked) await unlink(packed.path);
    if (await this.#accepts(file)) this.#taken.push(file);
    else await unlink(file.path);
  }

  async #takePart(member: Member, part: Part): Promise<void> {
    const known = this.#sets.get(part.set);
    if (known?.has(part)) return this.#skip(part.name, "it is in the archive more than once");
    if (part.isMain && this.#isFull()) return;
    this.#budget.expect(member.size);
    const set = known ?? (await FileSet.create(this.#options.place()));
    if (known === undefined) this.#taken.push(set);
    this.#sets.set(part.set, set);
    const { size } = await store(member.chunks(), {
      name: part.name,
      budget: this.#budget,
      path: await set.pathOf(part),
    });
    set.add(part, size);
  }

  /** Adds what was taken to what is imported. A set that misses what it is all about is left out. */
  async #finish(taken: SourceFile | FileSet): Promise<void> {
    if (!(taken instanceof FileSet)) {
      this.#unpacked.files.push(taken);
      return;
    }
    const file = taken.toFile();
    if (file === undefined) for (const { name, reason } of taken.left()) this.#skip(name, reason);
    if (file !== undefined && (await this.#accepts(file))) this.#unpacked.files.push(file);
    else await rm(taken.folder, { recursive: true });
  }

  /** Whether a file holds what can be read; if not, it is told of. */
  async #accepts(file: SourceFile): Promise<boolean> {
    try {
      await findReader(file);
      return true;
    } catch (error) {
      if (!(error instanceof ImportError) || error.code !== NO_FILE) throw error;
      this.#skip(file.name, error.message);
      return false;
    }
  }

  #store(chunks: AsyncIterable<Uint8Array>, name: string): Promise<SourceFile> {
    return store(chunks, { name, budget: this.#budget, path: this.#options.place() });
  }

  #skip(name: string, reason: string): void {
    const { skipped } = this.#unpacked;
    skipped.count++;
    if (skipped.files.length < LISTED_FILES) skipped.files.push({ name, reason });
  }

  #nothing(): ImportError {
    const { count, files } = this.#unpacked.skipped;
    if (count === 0) return new ImportError(NO_FILE, "There is no file with data in the archive.");
    const named = files.slice(0, NAMED_FILES).map(({ name, reason }) => `${name}: ${reason.replace(/\.$/, "")}`);
    const more = count > named.length ? `; and ${count - named.length} more` : "";
    return new ImportError(NO_FILE, `No file in the archive can be imported. ${named.join("; ")}${more}.`);
  }
}

function toFailure(error: unknown): ImportError {
  if (error instanceof ImportError) return error;
  if (isDiskFull(error))
    return new ImportError(NO_ROOM, "The server's disk is full: try again later.", { cause: error });
  const { message } = error as Error;
  return new ImportError(BAD_ARCHIVE, `The file can't be unpacked, it is damaged: ${message.replace(/\.$/, "")}.`);
}
