// One large transfer through the SDK, in a process of its own, which then prints its peak memory in MB.
//
//   node client.mjs stream|export|copy-in|copy-out ROWS
import { createReadStream, readFileSync } from "node:fs";
import { Carto } from "@carto-ts/sdk/node";

const [what, rows, file] = process.argv.slice(2);
const carto = new Carto({ baseUrl: process.env.URL, apiKey: "bench-key-0123456789", totalTimeout: 0, timeout: 0 });
const q = `select id, name, value, at, share from lab limit ${rows}`;
console.log("ready");

let count = 0;
switch (what) {
  case "stream":
    for await (const batch of carto.sql.stream(q).batches()) count += batch.length;
    break;
  case "export":
    for await (const chunk of await carto.sql.export(q, { format: "csv" })) count += chunk.length;
    break;
  case "copy-out":
    await carto.copy.toFile(`COPY (${q}) TO STDOUT WITH (FORMAT csv)`, file);
    count = 1;
    break;
  case "copy-in":
    count = (await carto.copy.from("COPY lab_in FROM STDIN WITH (FORMAT csv)", createReadStream(file))).total_rows;
    break;
}
if (count === 0) throw new Error("nothing came");
console.log(Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024);
