// Rows a second that each format encodes, from COPY text in memory and without a database. The reference is a loop that
// copies the same bytes one by one, run in turn with the formats, so that the ratios hold on a busy machine.
import { CopyTextWriter } from "../packages/server/dist/db/wire/data-row.js";
import { formats } from "../packages/server/dist/formats/registry.js";

const ROWS = 200_000;
const ROUNDS = 9;
const CHUNK = 64 * 1024;

const point = (i) => `{"type":"Point","coordinates":[${(i % 360) - 180}.123456,${(i % 180) - 90}.654321]}`;
const time = (i) => new Date(1.7e12 + i * 1370).toISOString().replace("T", " ").slice(0, 22);

const TABLES = {
  plain: {
    columns: { id: 23, name: 25, value: 701, created_at: 1184, weight: 701 },
    row: (i) => [i, `row ${i} of the "lab"`, (i * 7919.123) % 1000, `${time(i)}+00`, Math.sin(i)],
  },
  zoned: {
    columns: { id: 23, name: 25, value: 701, created_at: 1184, weight: 701 },
    row: (i) => [i, `row ${i} of the "lab"`, (i * 7919.123) % 1000, `${time(i)}+05:30`, Math.sin(i)],
  },
  mixed: {
    columns: { id: 23, the_geom: 25, flag: 16, doc: 3802, bytes: 17, list: 1007, names: 1009, price: 1700 },
    row: (i) => [
      i,
      point(i),
      i % 2 ? "t" : "f",
      `{"a": "l\\\\n${i}"}`,
      "\\\\xdeadbeef",
      "{1,2,3}",
      '{"a b",c}',
      "1.50",
    ],
  },
};

function toChunks({ row }) {
  const text = Buffer.from(Array.from({ length: ROWS }, (_, i) => `${row(i).join("\t")}\n`).join(""));
  const chunks = [];
  for (let p = 0; p < text.length; p += CHUNK) chunks.push(text.subarray(p, p + CHUNK));
  return chunks;
}

function toDataRows({ row }) {
  return Array.from({ length: ROWS }, (_, i) => {
    const values = row(i).map((value) => Buffer.from(String(value)));
    const head = Buffer.alloc(2);
    head.writeInt16BE(values.length);
    const length = (value) => Buffer.from([0, 0, value.length >> 8, value.length & 255]);
    return Buffer.concat([head, ...values.flatMap((value) => [length(value), value])]);
  });
}

function copyBytes(chunks) {
  for (const chunk of chunks) {
    const out = Buffer.allocUnsafe(chunk.length);
    for (let p = 0; p < chunk.length; p++) out[p] = chunk[p];
  }
}

async function encode(format, columns, chunks) {
  const source = async function* () {
    for (const text of chunks) yield { columns, text };
  };
  const summary = () => ({ columns, rowCount: ROWS, notices: [], droppedNotices: 0 });
  const options = { skipfields: new Set(), startedAt: performance.now(), spatialTypes: new Map() };
  for await (const _ of format.encode({ columns, chunks: source(), summary }, options).chunks);
}

function collectDataRows(messages) {
  const writer = new CopyTextWriter();
  for (const message of messages) {
    writer.writeDataRow(message, 0);
    if (writer.length > CHUNK) writer.take();
  }
}

for (const [name, table] of Object.entries(TABLES)) {
  const columns = Object.entries(table.columns).map(([column, oid]) => ({ name: column, oid, typmod: -1 }));
  const chunks = toChunks(table);
  const messages = toDataRows(table);
  const runs = {
    "copy loop": () => copyBytes(chunks),
    ...Object.fromEntries([...formats].map(([id, format]) => [id, () => encode(format, columns, chunks)])),
    "DataRow to COPY text": () => collectDataRows(messages),
  };
  const times = Object.fromEntries(Object.keys(runs).map((run) => [run, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [run, work] of Object.entries(runs)) {
      const startedAt = performance.now();
      await Promise.resolve(work());
      times[run].push(performance.now() - startedAt);
    }
  }
  const median = (run) => times[run].sort((a, b) => a - b)[ROUNDS >> 1];
  console.log(`\n${name}: ${ROWS} rows of ${columns.length} columns`);
  for (const run of Object.keys(runs)) {
    const rate = Math.round(ROWS / median(run));
    console.log(
      `  ${run.padEnd(21)} ${String(rate).padStart(5)} k rows/s, ${(median(run) / median("copy loop")).toFixed(1)} × the copy loop`,
    );
  }
}
