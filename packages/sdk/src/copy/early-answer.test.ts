import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { Carto } from "../carto.ts";
import { ConnectionError } from "../errors.ts";

const ANSWER = JSON.stringify({ error: ['relation "t" does not exist'] });
const RUNS = 30;

async function listen(server: Server): Promise<Carto> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new Carto({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/user/dev` });
}

// 64 MB, far more than the buffers of both ends hold.
async function* endless(onEnd: () => void): AsyncGenerator<Uint8Array> {
  try {
    for (let i = 0; i < 1_024; i++) yield new Uint8Array(65_536);
  } finally {
    onEnd();
  }
}

async function refusals(carto: Carto): Promise<Error[]> {
  let closed = 0;
  const failures: Error[] = [];
  for (let run = 0; run < RUNS; run++) {
    const source = endless(() => closed++);
    failures.push(await carto.copy.from("COPY t FROM STDIN", source).catch((error) => error));
  }
  expect(closed).toBe(RUNS);
  return failures;
}

test("an error answered during the upload is what the call fails with: the server reads on", async () => {
  const server = createHttpServer((request, response) => {
    response.writeHead(400, { "Content-Type": "application/json", Connection: "close" });
    response.end(ANSWER);
    request.resume();
  });

  const failures = await refusals(await listen(server));

  expect(failures.map(({ name }) => name)).toEqual(Array(RUNS).fill("SqlError"));
  expect(failures[0]?.message).toBe('relation "t" does not exist');
  server.closeAllConnections();
  server.close();
});

test("… the server doesn't read, and closes a moment later", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.pause();
      socket.write(
        `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${ANSWER.length}\r\n\r\n${ANSWER}`,
      );
      setTimeout(() => socket.destroy(), 30);
    });
  });

  const failures = await refusals(await listen(server));

  expect(failures.map(({ name }) => name)).toEqual(Array(RUNS).fill("SqlError"));
  server.close();
});

// In a thread of its own: on one event loop the client could never read between the server's answer and its closing.
const CLOSING_AT_ONCE = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:http").createServer((request, response) => {
    response.writeHead(400, { "Content-Type": "application/json", Connection: "close" });
    response.end(${JSON.stringify(ANSWER)});
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

test("… the server closes at once: most answers arrive, the others are broken connections", async () => {
  const worker = new Worker(CLOSING_AT_ONCE, { eval: true });
  const port = await new Promise<number>((resolve) => worker.once("message", resolve));

  const failures = await refusals(new Carto({ baseUrl: `http://127.0.0.1:${port}/user/dev` }));

  const answered = failures.filter(({ name }) => name === "SqlError");
  const broken = failures.filter((error) => error instanceof ConnectionError);
  expect(answered.length + broken.length).toBe(RUNS);
  expect(answered.length).toBeGreaterThan(RUNS / 2);
  await worker.terminate();
});
