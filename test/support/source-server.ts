import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a {@link SourceServer} has at all of its paths. */
export interface SourceFile {
  text: string | Buffer;
  etag?: string;
  lastModified?: string;
  /** @defaultValue 200, or 304 to who has it */
  status?: number;
  /** Whether the end of the text is kept back, until {@link SourceServer.release}. */
  hold?: boolean;
}

/** A server of one file, that answers 304 to who has it, and remembers what it was asked. */
export class SourceServer {
  file: SourceFile;
  requests: IncomingMessage[] = [];
  /** Times that it sent the file. */
  sent = 0;
  readonly #server: Server;
  #held: ServerResponse[] = [];

  private constructor(server: Server, file: SourceFile) {
    this.#server = server;
    this.file = file;
  }

  static async start(file: SourceFile): Promise<SourceServer> {
    const server = createServer((request, response) => source.#answer(request, response));
    const source = new SourceServer(server, file);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return source;
  }

  get port(): string {
    return String((this.#server.address() as AddressInfo).port);
  }

  /** The address of the file under a name. */
  url(name: string): string {
    return `http://127.0.0.1:${this.port}/${name}`;
  }

  /** Ends the answers that were kept back, and keeps none back any more. */
  release(): void {
    this.file = { ...this.file, hold: false };
    for (const response of this.#held.splice(0)) response.end();
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(request);
    const { text, etag, lastModified, status, hold } = this.file;
    if (etag !== undefined) response.setHeader("ETag", etag);
    if (lastModified !== undefined) response.setHeader("Last-Modified", lastModified);
    response.setHeader("Content-Type", request.url?.endsWith(".zip") ? "application/zip" : "text/csv");
    if (status !== undefined) {
      response.writeHead(status).end(text);
    } else if (etag !== undefined && request.headers["if-none-match"] === etag) {
      response.writeHead(304).end();
    } else {
      this.sent += 1;
      response.write(text);
      if (hold) this.#held.push(response);
      else response.end();
    }
  }
}
