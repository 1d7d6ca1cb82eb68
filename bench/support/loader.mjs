// Asks for one URL over keep-alive connections, each with one request at a time, and prints requests a second.
//
//   node loader.mjs URL CONNECTIONS SECONDS
import { connect } from "node:net";

const [target, connections, seconds] = process.argv.slice(2);
const url = new URL(target);
const request = Buffer.from(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
const until = performance.now() + Number(seconds) * 1000;
let answers = 0;

/** Asks, waits for the whole answer by its Content-Length, and asks again. */
function run() {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname);
    let text = "";
    socket.setEncoding("latin1").setNoDelay(true);
    socket.on("error", reject);
    socket.on("close", resolve);
    socket.on("connect", () => socket.write(request));
    socket.on("data", (piece) => {
      text += piece;
      const head = text.indexOf("\r\n\r\n");
      if (head < 0) return;
      if (!text.startsWith("HTTP/1.1 200")) return reject(new Error(text));
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      if (text.length < head + 4 + length) return;
      text = "";
      answers += 1;
      if (performance.now() < until) socket.write(request);
      else socket.end();
    });
  });
}

const startedAt = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, run));
console.log(Math.round((answers * 1000) / (performance.now() - startedAt)));
