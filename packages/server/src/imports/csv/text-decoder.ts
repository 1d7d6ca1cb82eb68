import { TextDecoder } from "node:util";

/** What is in windows-1252 at 0x80 to 0x9f; five places are taken by control characters of the same number. */
const HIGH_SIGNS = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";
const CONTROLS = /[\u0080-\u009f]/g;

/** Turns the bytes of a text, piece by piece, into strings. */
export interface Decoder {
  /** @param last Whether no more bytes follow; else the beginning of a character is kept for the next piece. */
  decode(bytes: Buffer, last: boolean): string;
}

/** A decoder by WHATWG's name of an encoding; what can't be decoded becomes U+FFFD. @throws RangeError if unknown */
export function createDecoder(encoding: string): Decoder {
  // Node 20 to 23 read it as ISO 8859-1.
  if (encoding === "windows-1252") return { decode: decodeWindows1252 };
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  return { decode: (bytes, last) => decoder.decode(bytes, { stream: !last }) };
}

function decodeWindows1252(bytes: Buffer): string {
  return bytes.toString("latin1").replace(CONTROLS, (control) => HIGH_SIGNS[control.charCodeAt(0) - 0x80] ?? control);
}
