import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImportError } from "../../packages/server/src/imports/error.ts";
import { AddressGuard } from "../../packages/server/src/imports/fetch/address-guard.ts";
import {
  type DownloadedFile,
  type DownloadOptions,
  download,
} from "../../packages/server/src/imports/fetch/download.ts";
import { TestNetwork } from "./network.ts";

const MB = 1024 ** 2;

/** How an origin answers. */
export type Answering = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server to download from, a folder to download to, and a network in which every public name leads to that server. */
export class Origin {
  /** What it answers with, until {@link clear}; a small CSV file by itself. */
  answer: Answering = smallFile;
  /** What it was asked for since {@link clear}. */
  requests: IncomingMessage[] = [];
  readonly port: number;
  readonly dir: string;
  /** Where files go. */
  readonly path: string;
  readonly #server: Server;

  private constructor(server: Server, dir: string) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.dir = dir;
    this.path = join(dir, "file");
  }

  static async start(): Promise<Origin> {
    const server = createServer((request, response) => {
      origin.requests.push(request);
      response.on("error", () => {});
      origin.answer(request, response);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const origin = new Origin(server, await mkdtemp(join(tmpdir(), "carto-download-")));
    return origin;
  }

  /** Removes the file, and goes back to the small CSV file. */
  async clear(): Promise<void> {
    await rm(this.path, { force: true });
    this.answer = smallFile;
    this.requests = [];
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.dir, { recursive: true });
  }

  /** Connections that are open. */
  connections(): Promise<number> {
    return new Promise((resolve) => this.#server.getConnections((_, count) => resolve(count)));
  }

  /** A guard before a network in which all names are public, and lead to this server or another port. */
  guard(port = this.port): AddressGuard {
    return new AddressGuard({ network: new TestNetwork(port, { "*": [["8.8.8.8"]] }) });
  }

  fetch(url: string, options: Partial<DownloadOptions> = {}): Promise<DownloadedFile> {
    const signal = new AbortController().signal;
    return download(url, { path: this.path, guard: this.guard(), signal, maxBytes: 10 * MB, ...options });
  }

  /** Code and message of the error that a download ends with. @throws when there is a file then. */
  async failure(url: string, options: Partial<DownloadOptions> = {}): Promise<[number, string]> {
    const error = await this.fetch(url, options).then(
      () => undefined,
      (reason: ImportError) => reason,
    );
    if (existsSync(this.path)) throw new Error("a failed download left its file");
    return [error?.code ?? 0, error?.message ?? ""];
  }
}

function smallFile(_: IncomingMessage, response: ServerResponse): void {
  response.end("a,b\n1,2\n");
}

/** Answers with a body and headers. */
export const replying =
  (body: string | Buffer, headers: Record<string, string | number> = {}, status = 200): Answering =>
  (_, response) =>
    response.writeHead(status, headers).end(body);

/** A server that answers every connection with the same bytes, and then does something to it. */
export async function rawServer(
  text: string,
  then: "end" | "reset" | "hold",
): Promise<{ port: number; close(): void }> {
  const raw = createSocketServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(text, () => {
        if (then === "end") socket.end();
        // What was written must have been read.
        if (then === "reset") setTimeout(() => socket.resetAndDestroy(), 50);
      });
    });
  }).listen(0, "127.0.0.1");
  await once(raw, "listening");
  return { port: (raw.address() as AddressInfo).port, close: () => raw.close() };
}
