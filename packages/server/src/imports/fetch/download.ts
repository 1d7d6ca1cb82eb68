import { createHash, type Hash } from "node:crypto";
import { prettyBytes } from "../../pretty-bytes.ts";
import type { FileVersion } from "../import.ts";
import { NewFile } from "../new-file.ts";
import type { AddressGuard } from "./address-guard.ts";
import { decode } from "./decode.ts";
import { downloadName } from "./download-name.ts";
import { bodyFailure, diskFailure, partial, requestFailure, statusFailure, tooBig, tooSlow } from "./failures.ts";
import { type Answer, openUrl } from "./open-url.ts";
import { rewriteUrl } from "./rewrite-url.ts";
import { parseSourceUrl, shownUrl } from "./source-url.ts";
import { TimeLimit } from "./time-limit.ts";

const MINUTE = 60_000;
const CONNECT_MS = MINUTE;
const STALL_MS = MINUTE;
/** Bytes a second at which the largest file must come, and the least time that any may take. */
const SLOWEST = 75 * 1024;
const LEAST_TOTAL_MS = 5 * MINUTE;
/** What a timer can wait for. */
const MOST_TOTAL_MS = 2 ** 31 - 1;

/** How long a download may take, in milliseconds. */
export interface DownloadTimeouts {
  /** For a connection. @defaultValue 60 s */
  connectMs: number;
  /** While the server sends nothing. @defaultValue 60 s */
  stallMs: number;
  /** For all of it. @defaultValue what the largest file takes at 75 KB/s, at least 5 min */
  totalMs: number;
}

/** Where a download goes and what it may take. */
export interface DownloadOptions {
  /** The file to be made; there must be none. */
  path: string;
  guard: AddressGuard;
  /** Aborting it ends the download. */
  signal: AbortSignal;
  /** Bytes that the file may have. */
  maxBytes: number;
  timeouts?: Partial<DownloadTimeouts>;
  /** The version that is known; a file that is still the same is not fetched, or not kept. */
  since?: FileVersion | undefined;
  /** Called for each piece that came, with bytes as they come over the wire; the total if the server says it. */
  onProgress?(bytes: number, total: number | undefined): void;
}

/** A file that was downloaded. */
export interface DownloadedFile {
  /** Whether it is still the version that was known: there is no file then. */
  unchanged: boolean;
  /** Its name, without folders, with the extension that fits what the server says of it. */
  name: string;
  /** Bytes on the disk. */
  size: number;
  contentType: string | undefined;
  /** The headers, for asking later whether the file has changed. */
  etag: string | undefined;
  lastModified: string | undefined;
  /** SHA-256 of the content, in hexadecimal digits, where a version was to be compared. */
  checksum: string | undefined;
}

/**
 * Fetches what is at an address into a file. Links to a page about a file (GitHub, Google Sheets, …) are taken for the
 * file's own.
 *
 * Memory is flat whatever the size. Content that is compressed on its way is unpacked, and counted unpacked. There is no
 * file when this rejects. Messages have no query of any address in them.
 *
 * @throws ImportError 1000 when the file can't be written; 1001 for other answers than success; 1003 and 1103 for content
 * that is damaged or cut short; 1020 when it takes too long; 1100 and 1101 for 404 and for 401 or 403; 1102 for a host
 * that is unknown or not allowed; 6666 for a file that is too large. The signal's reason when it is aborted.
 */
export async function download(url: string, options: DownloadOptions): Promise<DownloadedFile> {
  const { guard, maxBytes, signal, timeouts, since } = options;
  const { connectMs = CONNECT_MS, stallMs = STALL_MS, totalMs = defaultTotalMs(maxBytes) } = timeouts ?? {};
  const source = parseSourceUrl(rewriteUrl(parseSourceUrl(url, guard)).href, guard);
  const shown = shownUrl(source);
  using limit = new TimeLimit(signal, totalMs);
  try {
    await using answer = await openUrl(source, { guard, signal: limit.signal, connectMs, stallMs, since });
    return await receive(answer, { ...options, source, shown });
  } catch (error) {
    signal.throwIfAborted();
    throw limit.isOver ? tooSlow(shown, totalMs) : requestFailure(error, shown);
  }
}

function defaultTotalMs(maxBytes: number): number {
  return Math.ceil(Math.min(Math.max((maxBytes / SLOWEST) * 1000, LEAST_TOTAL_MS), MOST_TOTAL_MS));
}

interface Receiving extends DownloadOptions {
  source: URL;
  shown: string;
}

async function receive(answer: Answer, receiving: Receiving): Promise<DownloadedFile> {
  const { source, shown, maxBytes, since } = receiving;
  if (since && isSame(answer, since)) return unchanged(answer, since);
  if (answer.status < 200 || answer.status > 299) throw statusFailure(answer.status, shown);
  // It was not asked for a part.
  if (answer.status === 206) throw partial(shown);
  if ((lengthOf(answer) ?? 0) > maxBytes) throw tooBig(shown, prettyBytes(maxBytes));
  const { size, isGzip, checksum } = await store(answer, receiving);
  if (since && checksum !== undefined && checksum === since.checksum) return unchanged(answer, since);
  const contentType = answer.header("content-type");
  return {
    unchanged: false,
    name: downloadName({
      urls: [source, answer.url],
      disposition: answer.header("content-disposition"),
      type: contentType,
      isGzip,
    }),
    size,
    contentType,
    etag: answer.header("etag"),
    lastModified: answer.header("last-modified"),
    checksum,
  };
}

/** Whether an answer says that the file is the one that is known; some servers send it nevertheless. */
function isSame(answer: Answer, { etag }: FileVersion): boolean {
  if (answer.status === 304) return true;
  return answer.status === 200 && etag !== undefined && bareTag(answer.header("etag")) === bareTag(etag);
}

/** An ETag without its quotes, and without the mark of a weak one. */
const bareTag = (etag: string | undefined): string | undefined => etag?.replace(/^W\//, "").replaceAll('"', "");

const unchanged = (answer: Answer, since: FileVersion): DownloadedFile => ({
  unchanged: true,
  name: "",
  size: 0,
  contentType: undefined,
  etag: answer.header("etag") ?? since.etag,
  lastModified: answer.header("last-modified") ?? since.lastModified,
  checksum: since.checksum,
});

interface Stored {
  size: number;
  isGzip: boolean;
  checksum: string | undefined;
}

async function store(answer: Answer, receiving: Receiving): Promise<Stored> {
  const { path, maxBytes, shown, since } = receiving;
  const hash: Hash | undefined = since && createHash("sha256");
  const content = decode(bodyOf(answer, receiving), answer.header("content-encoding"));
  await using file = await onDisk(NewFile.create(path));
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of content) {
    if (file.size + chunk.byteLength > maxBytes) throw tooBig(shown, prettyBytes(maxBytes));
    hash?.update(chunk);
    if (head.length < 2) head = Buffer.concat([head, chunk.subarray(0, 2)]);
    await onDisk(file.write(chunk));
  }
  await onDisk(file.keep());
  return { size: file.size, isGzip: head[0] === 0x1f && head[1] === 0x8b, checksum: hash?.digest("hex") };
}

async function* bodyOf(answer: Answer, { shown, onProgress }: Receiving): AsyncGenerator<Uint8Array> {
  const total = lengthOf(answer);
  let bytes = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      onProgress?.(bytes, total);
      yield chunk;
    }
  } catch (error) {
    throw bodyFailure(error, shown);
  }
}

function lengthOf(answer: Answer): number | undefined {
  const header = answer.header("content-length");
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}

async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw diskFailure(error);
  }
}
