/** Takes the backend's messages out of a byte stream. */
export interface FrameHandler {
  /** A whole message other than CopyData. `body` is only valid during the call. */
  onMessage(letter: number, body: Buffer): void;
  /** Bytes of CopyData bodies, one after the other; a row may be cut anywhere. The handler owns them. */
  onCopyData(bytes: Buffer): void;
  /** Something that is no message of the protocol; the connection is of no use any more. */
  onGarbage(error: Error): void;
}

const COPY_DATA = 0x64;
const HEAD = 5;
/** Of ParseComplete and the like. */
const NO_BODY = Buffer.alloc(0);
/** PostgreSQL's own limit of a message is 1 GB. */
const MAX_MESSAGE = 0x4000_0000;

/**
 * Cuts chunks of a socket into messages.
 *
 * CopyData comes one message a row. Their bodies are moved together within the chunk that they arrived in, so that a
 * chunk of some hundred rows becomes one piece without an allocation (2 M rows/s; an event a row manages 0.3 M).
 */
export class FrameReader {
  readonly #handler: FrameHandler;
  /** Bytes of a message that the last chunk cut, other than CopyData. */
  #pieces: Buffer[] = [];
  #piecesLength = 0;
  /** Bytes that must be there before looking again. */
  #wanted = 0;
  /** Bytes of the current CopyData body that are still to come. */
  #copyRemaining = 0;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** Takes the next chunk, which may be changed in place. */
  push(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#piecesLength > 0) {
      this.#pieces.push(chunk);
      this.#piecesLength += chunk.length;
      if (this.#piecesLength < this.#wanted) return;
      bytes = Buffer.concat(this.#pieces, this.#piecesLength);
      this.#pieces = [];
      this.#piecesLength = 0;
    }
    this.#read(bytes);
  }

  #read(bytes: Buffer): void {
    let at = 0;
    /** Start and end of the CopyData bytes gathered so far. */
    let start = 0;
    let end = 0;
    if (this.#copyRemaining > 0) {
      end = at = Math.min(this.#copyRemaining, bytes.length);
      this.#copyRemaining -= at;
    }
    while (bytes.length - at >= HEAD) {
      const letter = bytes[at] as number;
      const length = bytes.readInt32BE(at + 1) - 4;
      if (length < 0 || length > MAX_MESSAGE) {
        this.#handler.onGarbage(new Error(`the database sent a message of ${length} bytes`));
        return;
      }
      const body = at + HEAD;
      if (letter === COPY_DATA) {
        const there = Math.min(length, bytes.length - body);
        if (end === 0) start = end = body;
        else bytes.copyWithin(end, body, body + there);
        end += there;
        this.#copyRemaining = length - there;
        at = body + there;
        continue;
      }
      if (bytes.length - body < length) break;
      if (end > start) this.#handler.onCopyData(bytes.subarray(start, end));
      start = end = 0;
      this.#handler.onMessage(letter, length === 0 ? NO_BODY : bytes.subarray(body, body + length));
      at = body + length;
    }
    if (end > start) this.#handler.onCopyData(bytes.subarray(start, end));
    if (at < bytes.length) this.#keep(bytes, at);
  }

  #keep(bytes: Buffer, at: number): void {
    const rest = Buffer.from(bytes.subarray(at));
    this.#pieces = [rest];
    this.#piecesLength = rest.length;
    this.#wanted = rest.length < HEAD ? HEAD : rest.readInt32BE(1) + 1;
  }
}
