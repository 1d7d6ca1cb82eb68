import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** Sends a request over a socket of its own; nothing is pooled or followed. */
export function send(url: string, { method = "GET", body, headers = {} }: SendOptions = {}): ClientRequest {
  const sent = request(url, { method, headers, agent: false });
  sent.on("error", () => {}); // tests break connections on purpose
  if (body === undefined) sent.end();
  else if (body !== "open") sent.end(body);
  return sent;
}

interface SendOptions {
  method?: string;
  /** A whole body, or `open` to write it piece by piece. */
  body?: string | Buffer;
  headers?: Record<string, string>;
}

/** Waits for the answer's head. */
export async function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  return answer;
}

/** Reads a body to its end; `broken` says that the connection ended before it. */
export async function readAll(answer: IncomingMessage): Promise<{ text: string; broken: boolean }> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of answer) pieces.push(piece as Buffer);
    return { text: Buffer.concat(pieces).toString(), broken: !answer.complete };
  } catch {
    return { text: Buffer.concat(pieces).toString(), broken: true };
  }
}

/** Asks until `holds`, for at most `ms`. @returns whether it came to hold. */
export async function eventually(holds: () => boolean | Promise<boolean>, ms = 3_000): Promise<boolean> {
  const until = Date.now() + ms;
  while (Date.now() < until) {
    if (await holds()) return true;
    await sleep(20);
  }
  return false;
}
