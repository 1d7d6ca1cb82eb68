import type { Readable } from "node:stream";
import type { buildConnector, Client, Dispatcher } from "undici";
import { ImportError } from "../error.ts";
import type { FileVersion } from "../import.ts";
import type { AddressGuard } from "./address-guard.ts";
import { ACCEPTED_CODINGS } from "./decode.ts";
import { parseSourceUrl, portOf, shownUrl } from "./source-url.ts";

const DOWNLOAD_ERROR = 1001;
const UNKNOWN_SERVER = 1102;
const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/** How an address is asked for. */
export interface OpenOptions {
  guard: AddressGuard;
  signal: AbortSignal;
  /** Milliseconds that a connection may take. */
  connectMs: number;
  /** Milliseconds that the server may send nothing. */
  stallMs: number;
  /** The version that is known: a server that has no other answers 304. */
  since?: FileVersion | undefined;
}

/** An answer whose body is still to be read. Disposing of it closes the connection. */
export class Answer implements AsyncDisposable {
  /** The address that answered. */
  readonly url: URL;
  readonly status: number;
  readonly body: Readable;
  readonly #headers: Dispatcher.ResponseData["headers"];
  readonly #client: Client;

  constructor(url: URL, client: Client, { statusCode, headers, body }: Dispatcher.ResponseData) {
    this.url = url;
    this.status = statusCode;
    this.body = body;
    this.#headers = headers;
    this.#client = client;
  }

  /** A header by its name in lower case; each character is one byte. The first of several. */
  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What is not read yet ends with an error that nobody waits for.
    this.body.on("error", () => {});
    await this.#client.destroy();
  }
}

/**
 * Asks for an address by GET, over connections that the guard made, and follows at most five redirects.
 *
 * @throws {@link ImportError} for redirects that lead nowhere allowed; what guard, undici and TLS throw otherwise.
 */
export async function openUrl(source: URL, options: OpenOptions): Promise<Answer> {
  let url = source;
  for (let redirects = 0; ; redirects++) {
    const answer = await request(url, options);
    const location = REDIRECTS.includes(answer.status) ? answer.header("location") : undefined;
    if (location === undefined) return answer;
    await answer[Symbol.asyncDispose]();
    if (redirects === MAX_REDIRECTS) {
      throw new ImportError(DOWNLOAD_ERROR, `${shownUrl(source)} redirects more than ${MAX_REDIRECTS} times.`);
    }
    url = follow(url, location, options.guard);
  }
}

function follow(from: URL, location: string, guard: AddressGuard): URL {
  const target = Buffer.from(location, "latin1").toString("utf8");
  if (!URL.canParse(target, from.href)) {
    throw new ImportError(UNKNOWN_SERVER, `${shownUrl(from)} redirects to an address that can't be read.`);
  }
  const to = new URL(target, from.href);
  if (from.protocol === "https:" && to.protocol === "http:") {
    const message = `${shownUrl(from)} redirects from https to http, where anybody may change the file: give the address by http if that is meant.`;
    throw new ImportError(UNKNOWN_SERVER, message);
  }
  return parseSourceUrl(to.href, guard);
}

async function request(url: URL, options: OpenOptions): Promise<Answer> {
  const { signal, stallMs, since } = options;
  // Loaded by the first download: it takes a tenth of a second, which a server's start need not.
  const { Client, buildConnector } = await import("undici");
  const client = new Client(url.origin, {
    connect: guardedConnector(buildConnector, url, options),
    headersTimeout: stallMs,
    bodyTimeout: stallMs,
  });
  try {
    const response = await client.request({
      method: "GET",
      path: url.pathname + url.search,
      headers: { accept: "*/*", "accept-encoding": ACCEPTED_CODINGS, "user-agent": "carto-ts", ...conditions(since) },
      signal,
    });
    return new Answer(url, client, response);
  } catch (error) {
    await client.destroy();
    throw error;
  }
}

function conditions({ etag, lastModified }: FileVersion = {}): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { "if-none-match": etag }),
    ...(lastModified === undefined ? {} : { "if-modified-since": lastModified }),
  };
}

/** Connects through the guard, and speaks TLS over that, checking certificates whatever the environment says. */
function guardedConnector(
  build: typeof buildConnector,
  url: URL,
  { guard, signal, connectMs }: OpenOptions,
): buildConnector.connector {
  const secure = build({ timeout: connectMs, rejectUnauthorized: true, maxCachedSessions: 0 });
  return (target, done) => {
    guard.connect(url.hostname, portOf(url), { signal, timeoutMs: connectMs }).then(
      (socket) => {
        if (target.protocol !== "https:") return done(null, socket);
        return secure({ ...target, httpSocket: socket }, (...result) => {
          if (result[0]) socket.destroy();
          done(...result);
        });
      },
      (error: Error) => done(error, null),
    );
  };
}
