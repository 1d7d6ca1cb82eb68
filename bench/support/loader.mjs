// Asks for URLs in turn over keep-alive connections, each with one request at a time, and prints requests a second.
//
//   node loader.mjs CONNECTIONS SECONDS URL…
import { connect } from "node:net";

const [connections, seconds, ...targets] = process.argv.slice(2);
const { host, hostname, port } = new URL(targets[0]);
const requests = targets.map((target) => {
  const { pathname, search } = new URL(target);
  return Buffer.from(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
});
const until = performance.now() + Number(seconds) * 1000;
let asked = 0;
let answers = 0;

const next = () => requests[asked++ % requests.length];

/** Asks, waits for the whole answer by its Content-Length, and asks again. The body is counted, not looked at. */
function run() {
  return new Promise((resolve, reject) => {
    let head = "";
    let left = 0;
    const take = (bytes) => {
      const body = left > 0 ? bytes.length : readHead(bytes);
      if (body === undefined) return;
      left -= body;
      if (left > 0) return;
      answers += 1;
      if (performance.now() < until) socket.write(next());
      else socket.end();
    };
    /** Bytes of the body that came with the end of the head; undefined before that. */
    const readHead = (bytes) => {
      head += bytes.latin1Slice(0, bytes.length);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return undefined;
      if (!head.startsWith("HTTP/1.1 200")) return void reject(new Error(head));
      left = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      const body = head.length - end - 4;
      head = "";
      return body;
    };
    const onread = {
      buffer: Buffer.allocUnsafe(256 * 1024),
      callback: (size, buffer) => take(buffer.subarray(0, size)),
    };
    const socket = connect({ port: Number(port), host: hostname, onread });
    socket.setNoDelay(true);
    socket.on("error", reject);
    socket.on("close", resolve);
    socket.on("connect", () => socket.write(next()));
  });
}

const startedAt = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, run));
console.log((answers * 1000) / (performance.now() - startedAt));
