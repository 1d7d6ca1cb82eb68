import type { TextWindow } from "./text-source.ts";

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;

/** Bytes that may be between fields, the likelier first. */
const DELIMITERS = [COMMA, TAB, 0x3b, 0x7c, SPACE];
/** Bytes for a file of one column, in which there are none: the less likely to be met further on first. */
const UNUSED_DELIMITERS = [0x7c, TAB, 0x3b, COMMA];
/** Records that are looked at. */
const SAMPLE = 100;

/** How often each byte occurs outside of quotes in a record. */
type Counts = Uint32Array;

/**
 * Finds the byte between fields: of those in the first record, the one whose number varies least from record to record.
 *
 * A space is one only where nothing else is and all records have as many. Where there is none the file has one column,
 * and the byte returned occurs in no record of the sample if that can be had.
 *
 * @param tabs Whether the file's name says that it is a tab.
 */
export function detectDelimiter(text: TextWindow, from: number, tabs: boolean): number {
  const records = countBytes(text, from);
  const first = records[0];
  if (first === undefined) return COMMA;
  if (tabs && occurs(first, TAB)) return TAB;
  const candidates = DELIMITERS.filter((byte) => byte !== SPACE && occurs(first, byte));
  const [best] = candidates.toSorted(
    (a, b) => variance(records, a) - variance(records, b) || countOf(first, b) - countOf(first, a),
  );
  if (best !== undefined) return best;
  if (occurs(first, SPACE) && variance(records, SPACE) === 0) return SPACE;
  return UNUSED_DELIMITERS.find((byte) => records.every((counts) => !occurs(counts, byte))) ?? COMMA;
}

const countOf = (counts: Counts, byte: number): number => counts[byte] as number;

const occurs = (counts: Counts, byte: number): boolean => countOf(counts, byte) > 0;

function variance(records: readonly Counts[], byte: number): number {
  const mean = records.reduce((sum, counts) => sum + countOf(counts, byte), 0) / records.length;
  return records.reduce((sum, counts) => sum + (countOf(counts, byte) - mean) ** 2, 0) / records.length;
}

/** Counts bytes in the first records, blank ones left out, and the last one where it may go on behind the window. */
function countBytes({ bytes, end, last }: TextWindow, from: number): Counts[] {
  const records: Counts[] = [];
  let counts: Counts = new Uint32Array(256);
  let start = from;
  let p = from;
  for (; p < end && records.length < SAMPLE; p++) {
    const byte = bytes[p] as number;
    if (byte === QUOTE && opensField(bytes, start, p)) {
      p = closingQuote(bytes, p, end);
    } else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
      if (p > start) records.push(counts);
      counts = new Uint32Array(256);
      start = p + 1;
    } else {
      counts[byte] = countOf(counts, byte) + 1;
    }
  }
  if (last && p > start && records.length < SAMPLE) records.push(counts);
  return records;
}

/** Whether a quote stands where a field begins, whichever byte is between fields. */
function opensField(bytes: Buffer, start: number, p: number): boolean {
  return p === start || DELIMITERS.includes(bytes[p - 1] as number);
}

/** Where the quote is that closes the one at `opening`; `end` where there is none. */
function closingQuote(bytes: Buffer, opening: number, end: number): number {
  for (let p = bytes.indexOf(QUOTE, opening + 1); p >= 0 && p < end; p = bytes.indexOf(QUOTE, p + 1)) {
    if (bytes[p + 1] !== QUOTE) return p;
    p++;
  }
  return end;
}
