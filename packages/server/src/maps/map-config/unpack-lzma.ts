import lzma from "lzma";

/** Bytes that a stream may unpack to. */
const MAX_BYTES = 2 ** 20;
/** A byte of properties, four of the dictionary's size, eight of the content's. */
const HEADER_BYTES = 13;
const DICTIONARY_AT = 1;
const LENGTH_AT = 5;
/** Lengths by which the package goes on to the stream's end. */
const UNKNOWN_LENGTHS: readonly bigint[] = [0n, 2n ** 64n - 1n];
/** Literal bits of the state, more of which only takes memory: `lc + lp` of the format. */
const MAX_LITERAL_BITS = 4;

/**
 * Unpacks an LZMA stream in the format of before xz, in time and memory that have bounds.
 *
 * @throws Error on what is no such stream, or one of more than 1 MiB
 */
export function unpackLzma(stream: Uint8Array): string {
  if (stream.length < HEADER_BYTES) throw new Error("truncated input");
  const bytes = Buffer.from(stream);
  const properties = bytes.readUInt8(0);
  const literalBits = (properties % 9) + (Math.floor(properties / 9) % 5);
  if (properties >= 225 || literalBits > MAX_LITERAL_BITS) throw new Error("corrupted input");
  const length = bytes.readBigUInt64LE(LENGTH_AT);
  if (UNKNOWN_LENGTHS.includes(length)) {
    // One byte more than there may be tells that there are too many.
    bytes.writeBigUInt64LE(BigInt(MAX_BYTES + 1), LENGTH_AT);
  } else if (length > MAX_BYTES) throw tooLong();
  // Nothing is further back than the content is long.
  bytes.writeUInt32LE(Math.min(bytes.readUInt32LE(DICTIONARY_AT), MAX_BYTES), DICTIONARY_AT);
  const content = lzma.decompress(bytes);
  if (content.length > MAX_BYTES) throw tooLong();
  // The package leaves characters of four bytes to others.
  return typeof content === "string" ? content : Buffer.from(content).toString("utf8");
}

const tooLong = (): Error => new Error(`it unpacks to more than ${MAX_BYTES} bytes`);
