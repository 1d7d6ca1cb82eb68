/** The parts of PostgreSQL's protocol that are spoken on the main thread, before and around the embedded backend. */

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const TERMINATE = 0x58;
const HEAD = 5;

/** What a client sends. */
export interface FrontendHandler {
  /** A request for encryption, to be answered by `N`. */
  onEncryptionRequest(): void;
  /** The start-up message. */
  onStartup(): void;
  /** One or more whole messages. */
  onMessages(bytes: Buffer): void;
  /** The client takes its leave; nothing comes after it. */
  onTerminate(): void;
}

/**
 * Cuts what a client sends into whole messages.
 *
 * Only whole messages may reach the backend: when a client is gone half-way through one, there is no other way to end
 * it than to feed it the rest.
 */
export class FrontendReader {
  readonly #handler: FrontendHandler;
  #started = false;
  #ended = false;
  #pieces: Buffer[] = [];
  #length = 0;
  /** Bytes that must be there before looking again. */
  #wanted = HEAD;

  constructor(handler: FrontendHandler) {
    this.#handler = handler;
  }

  /** Takes the next bytes; the handler's functions are called before it returns. */
  push(chunk: Buffer): void {
    if (this.#ended) return;
    this.#pieces.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#wanted) return;
    let bytes = this.#pieces.length === 1 ? chunk : Buffer.concat(this.#pieces, this.#length);
    if (!this.#started) bytes = this.#readStartup(bytes);
    const end = this.#started ? this.#findEnd(bytes) : 0;
    if (end > 0) this.#handler.onMessages(bytes.subarray(0, end));
    if (bytes[end] === TERMINATE && this.#started) {
      this.#ended = true;
      this.#handler.onTerminate();
      return;
    }
    this.#pieces = [bytes.subarray(end)];
    this.#length = bytes.length - end;
  }

  /** Reads messages that have no letter; returns what comes after them. */
  #readStartup(bytes: Buffer): Buffer {
    let rest = bytes;
    while (!this.#started && rest.length >= 8) {
      const length = rest.readInt32BE(0);
      if (rest.length < length) break;
      const code = rest.readInt32BE(4);
      rest = rest.subarray(length);
      if (code === SSL_REQUEST || code === GSS_REQUEST) this.#handler.onEncryptionRequest();
      else {
        this.#started = true;
        this.#handler.onStartup();
      }
    }
    return rest;
  }

  /** The end of the last whole message before a Terminate. */
  #findEnd(bytes: Buffer): number {
    let at = 0;
    this.#wanted = HEAD;
    while (bytes.length - at >= HEAD && bytes[at] !== TERMINATE) {
      const length = bytes.readInt32BE(at + 1) + 1;
      if (bytes.length - at < length) {
        this.#wanted = length;
        break;
      }
      at += length;
    }
    return at;
  }
}

/** The backend's answer to a start-up message: no password, its settings, ready. */
export function startupReply(parameters: readonly (readonly [name: string, value: string])[]): Buffer {
  const settings = parameters.map(([name, value]) => message("S", Buffer.from(`${name}\0${value}\0`)));
  // Process 1, key 0: cancelling goes through the database object, not through a CancelRequest.
  const key = message("K", int32(1), int32(0));
  return Buffer.concat([message("R", int32(0)), ...settings, key, message("Z", Buffer.from("I"))]);
}

/** An ErrorResponse that ends the connection. */
export function fatalResponse(code: string, text: string): Buffer {
  return message("E", Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`));
}

function message(letter: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(letter), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
