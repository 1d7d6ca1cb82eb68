import { open } from "node:fs/promises";
import { TextDecoder } from "node:util";
import { ImportError } from "../error.ts";

const ENCODING = 2002;
const CHUNK_BYTES = 1024 * 1024;
/** Bytes that a document says its encoding in. */
const HEAD_BYTES = 256;
const DECLARED = /^<\?xml\b[^>]*?\bencoding\s*=\s*["']([\w.:-]+)["']/;

/**
 * The text of an XML document in pieces, in the encoding that its byte order mark, zeros or declaration tell, else UTF-8.
 *
 * @param onRead Called before each piece with the bytes that were read.
 * @throws ImportError 2002 when the encoding is not known, or is not the one that it says
 */
export async function* documentText(path: string, onRead: (bytes: number) => void): AsyncGenerator<string> {
  await using file = await open(path);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let decoder: { encoding: string; decode: TextDecoder["decode"] } | undefined;
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at);
    decoder ??= decoderFor(chunk.subarray(0, Math.min(bytesRead, HEAD_BYTES)));
    at += bytesRead;
    onRead(at);
    yield decode(decoder, chunk.subarray(0, bytesRead));
    if (bytesRead === 0) return;
  }
}

function decoderFor(head: Buffer): TextDecoder {
  const encoding = encodingOf(head);
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new ImportError(
      ENCODING,
      `The file says that it is in the encoding ${encoding}, which is not known: save it as UTF-8.`,
    );
  }
}

function encodingOf(head: Buffer): string {
  const [first, second] = head;
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return "utf-16be";
  const declared = DECLARED.exec(head.toString("latin1"))?.[1];
  // What says UTF-16 in single bytes is not.
  return declared === undefined || /^utf-?16/i.test(declared) ? "utf-8" : declared;
}

function decode(decoder: Pick<TextDecoder, "decode" | "encoding">, bytes: Buffer): string {
  try {
    return decoder.decode(bytes, { stream: bytes.length > 0 });
  } catch {
    throw new ImportError(ENCODING, `The file is not in ${decoder.encoding}, which it should be in: save it as UTF-8.`);
  }
}
