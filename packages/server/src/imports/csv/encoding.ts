import { isAscii, isUtf8 } from "node:buffer";
import type { FileHandle } from "node:fs/promises";
import { TextDecoder } from "node:util";
import { analyse } from "chardet";
import { ImportError } from "../error.ts";
import { likelihood } from "./likely-text.ts";
import { wholeCharacters } from "./row-check.ts";
import { createDecoder } from "./text-decoder.ts";

/** What a file's text is written in. */
export interface TextEncoding {
  /** WHATWG's name. */
  encoding: string;
  /** Bytes of the byte order mark. */
  skip: number;
}

/** Bytes that an encoding is told by. */
const SAMPLE_BYTES = 500_000;
/** Bytes of lines that aren't ASCII, which are what tells encodings apart that aren't UTF-8. */
const TELLING_BYTES = 64 * 1024;
/** Confidence, of 100, of a detector that is believed. */
const SURE = 50;
const LIKELY = 28;
/** Of the sequences that could be UTF-8's, the share that must be for text to be UTF-8 with errors. */
const UTF8_SHARE = 0.8;

/** Encodings of one byte a character, the likelier first where nothing tells them apart. */
const SINGLE_BYTE: readonly string[] = [
  ..."windows-1252 windows-1250 iso-8859-2 windows-1251 koi8-r iso-8859-7 iso-8859-5 macintosh ibm866".split(" "),
  ..."windows-1254 windows-1257 windows-1255 windows-1256 windows-874 koi8-u".split(" "),
];
const MULTI_BYTE: ReadonlySet<string> = new Set(["shift_jis", "euc-jp", "euc-kr", "gb18030", "big5"]);

const MARKS: readonly { mark: Buffer; encoding: string }[] = [
  { mark: Buffer.from([0xef, 0xbb, 0xbf]), encoding: "utf-8" },
  { mark: Buffer.from([0xff, 0xfe, 0, 0]), encoding: "utf-32le" },
  { mark: Buffer.from([0xff, 0xfe]), encoding: "utf-16le" },
  { mark: Buffer.from([0xfe, 0xff]), encoding: "utf-16be" },
  { mark: Buffer.from([0, 0, 0xfe, 0xff]), encoding: "utf-32be" },
];

/**
 * Finds out what a file is written in: by its byte order mark, else by the first 500,000 bytes from where it is no
 * longer ASCII.
 *
 * @param asked The encoding to take in any case.
 * @throws ImportError when it is one that can't be read.
 */
export async function detectEncoding(handle: FileHandle, asked: string | undefined): Promise<TextEncoding> {
  const beginning = await readAt(handle, 0, SAMPLE_BYTES);
  const marked = MARKS.find(({ mark }) => beginning.subarray(0, mark.length).equals(mark));
  if (asked !== undefined) return { encoding: asked, skip: asked === marked?.encoding ? marked.mark.length : 0 };
  if (marked?.encoding.startsWith("utf-32")) {
    throw new ImportError(
      2002,
      "The file is written in UTF-32, which can't be read. Save it as UTF-8 and import it again.",
    );
  }
  if (marked) return { encoding: marked.encoding, skip: marked.mark.length };
  return { encoding: unmarkedUtf16(beginning) ?? encodingOf(await tellingSample(handle, beginning)), skip: 0 };
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** A piece of a file from where it is no longer ASCII; its last one where it is ASCII throughout. */
async function tellingSample(handle: FileHandle, beginning: Buffer): Promise<Buffer> {
  let sample = beginning;
  let position = 0;
  while (isAscii(sample) && sample.length === SAMPLE_BYTES) {
    position += SAMPLE_BYTES;
    sample = await readAt(handle, position, SAMPLE_BYTES);
  }
  const first = sample.findIndex((byte) => byte >= 0x80);
  return first > SAMPLE_BYTES / 2 ? readAt(handle, position + first, SAMPLE_BYTES) : sample;
}

/** UTF-16 without a byte order mark, told by its zeros: half of Western text, and all at the same side. */
function unmarkedUtf16(sample: Buffer): string | undefined {
  const zeros = [0, 0];
  for (let p = 0; p < sample.length; p++) if (sample[p] === 0) zeros[p & 1] = (zeros[p & 1] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const many = sample.length / 5;
  if (odd > many && even * 10 < odd) return "utf-16le";
  return even > many && odd * 10 < even ? "utf-16be" : undefined;
}

/** WHATWG's name of the encoding that `sample` is most likely in. */
export function encodingOf(sample: Buffer): string {
  const whole = sample.subarray(0, wholeCharacters(sample));
  if (isUtf8(whole) || utf8Share(sample) >= UTF8_SHARE) return "utf-8";
  const telling = tellingLines(sample);
  const matches = analyse(telling).map(({ name, confidence }) => ({ encoding: name.toLowerCase(), confidence }));
  const sure = matches.find(({ encoding, confidence }) => MULTI_BYTE.has(encoding) && confidence >= SURE);
  if (sure) return sure.encoding;
  const likely = matches.filter(({ encoding, confidence }) => confidence >= LIKELY && isKnown(encoding));
  const candidates = [...likely.map(({ encoding }) => whatwg(encoding)), ...SINGLE_BYTE, ...MULTI_BYTE];
  return mostLikely(telling, candidates);
}

function mostLikely(text: Buffer, candidates: readonly string[]): string {
  let best = { encoding: "windows-1252", score: Number.NEGATIVE_INFINITY };
  for (const encoding of new Set(candidates)) {
    const score = likelihood(createDecoder(encoding).decode(text, true));
    if (score > best.score) best = { encoding, score };
  }
  return best.encoding;
}

const whatwg = (encoding: string): string => new TextDecoder(encoding).encoding;

function isKnown(encoding: string): boolean {
  try {
    return whatwg(encoding) !== "";
  } catch {
    return false;
  }
}

/** The share of UTF-8's sequences among all bytes that are either the beginning of one or out of place. */
function utf8Share(text: Buffer): number {
  let good = 0;
  let bad = 0;
  for (let p = 0; p < text.length; p++) {
    const byte = text[p] as number;
    if (byte < 0x80) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (byte >= 0xc2 && isUtf8(text.subarray(p, p + length))) {
      good++;
      p += length - 1;
    } else {
      bad++;
    }
  }
  return good / (good + bad);
}

/** The lines of `text` that aren't ASCII, up to 64 KB of them. */
function tellingLines(text: Buffer): Buffer {
  const lines: Buffer[] = [];
  let length = 0;
  for (let start = 0; start < text.length && length < TELLING_BYTES; ) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found + 1;
    const line = text.subarray(start, end);
    if (!isAscii(line)) {
      lines.push(line);
      length += line.length;
    }
    start = end;
  }
  return Buffer.concat(lines).subarray(0, TELLING_BYTES);
}
