/// <reference lib="esnext.disposable" />
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the server saw it. */
export interface SeenRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingMessage["headers"];
  body: Buffer;
  /** Parameters of a form body. */
  form: Record<string, string>;
}

/** Answers one request; `count` says how many came before. */
export type Answer = (request: SeenRequest, response: ServerResponse, count: number) => unknown;

/** A real HTTP server of one test. */
export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  origin: string;
  /** Base URL of the account `dev`. */
  baseUrl: string;
  requests: SeenRequest[];
}

/** Starts a server that reads each request to its end, then lets `answer` answer it. */
export async function startServer(answer: Answer): Promise<TestServer> {
  const requests: SeenRequest[] = [];
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(message).catch(() => undefined);
    if (!request) return;
    requests.push(request);
    await answer(request, response, requests.length - 1);
  };
  const server = createServer((message, response) => void serve(message, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    baseUrl: `${origin}/user/dev`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readRequest(message: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const isForm = /urlencoded/.test(message.headers["content-type"] ?? "");
  return {
    method: message.method ?? "",
    url: message.url ?? "",
    headers: message.headers,
    body,
    form: isForm ? Object.fromEntries(new URLSearchParams(body.toString())) : {},
  };
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8", ...headers });
  response.end(JSON.stringify(value));
}

/** Answers a query with `rows`. */
export function sendRows(response: ServerResponse, rows: unknown[], headers: Record<string, string> = {}): void {
  sendJson(response, 200, { rows, time: 0.001, fields: {}, total_rows: rows.length }, headers);
}

/** Waits until `condition` holds, for at most two seconds. */
export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  if (!condition()) throw new Error("The condition never held");
}
