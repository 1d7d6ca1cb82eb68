import { unlink } from "node:fs/promises";
import type { SkippedFile } from "@carto-ts/protocol";
import { ImportError } from "../error.ts";
import { findReader, isWorkbook } from "../formats.ts";
import { headOf } from "../head.ts";
import { isDiskFull, NewFile } from "../new-file.ts";
import type { SourceFile } from "../reader.ts";
import { ByteBudget } from "./budget.ts";
import { gunzip, isGzip } from "./gzip.ts";
import { documentsOf, isKmz } from "./kmz.ts";
import { judge, type Member, type PackedOptions, shownName } from "./member.ts";
import { isTar, readTar } from "./tar.ts";
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
  /** Gives the path of a file that is yet to be made: each time another one. */
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
  if (isZip(head) && !isWorkbook(file.name)) return readZip(file, options);
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

  constructor(budget: ByteBudget, options: UnpackOptions) {
    this.#budget = budget;
    this.#options = options;
  }

  async run(members: AsyncIterable<Member>): Promise<Unpacked> {
    const { files } = this.#unpacked;
    for await (const member of members) {
      const judged = judge(member);
      if (judged.verdict === "skip") this.#skip(shownName(member.path), judged.reason);
      if (judged.verdict !== "take") continue;
      this.#unpacked.isCut = files.length === this.#options.maxFiles;
      if (this.#unpacked.isCut) break;
      await this.#take(member, judged.name);
    }
    if (files.length === 0) throw this.#nothing();
    return this.#unpacked;
  }

  async #take(member: Member, name: string): Promise<void> {
    this.#budget.expect(member.size);
    const packed = await this.#store(member.chunks(), name);
    const isPacked = await isGzip(packed.path);
    const silent = { ...this.#options, onProgress: () => {} };
    const file = isPacked ? await this.#store(gunzip(packed.path, silent), withoutGz(name)) : packed;
    const failure = await findReader(file).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) this.#unpacked.files.push(file);
    else if (failure instanceof ImportError && failure.code === NO_FILE) this.#skip(name, failure.message);
    else throw failure;
    if (isPacked) await unlink(packed.path);
    if (failure !== undefined) await unlink(file.path);
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
