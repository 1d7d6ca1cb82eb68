// References on the same HTTP stack: what a handler costs that does the least (`/one`; `/file/NAME`, a file of the folder
// FILES, which is in memory), and what a usual one does for many rows (`/rows`: a cursor, an object a row, JSON.stringify
// each).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import pg from "pg";
import Cursor from "pg-cursor";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 32 });
const folder = process.env.FILES;
const files = new Map(folder ? readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]) : []);
const app = new Hono();

app.get("/file/:name", (c) =>
  c.body(files.get(c.req.param("name")), 200, { "Content-Type": "application/x-protobuf" }),
);

app.get("/one", async (c) => {
  const { rows } = await pool.query("select 1 as n");
  return c.body(JSON.stringify({ rows, total_rows: rows.length }), 200, { "Content-Type": "application/json" });
});

app.get("/rows", async (c) => {
  const client = await pool.connect();
  const cursor = client.query(new Cursor("select * from lab"));
  let first = true;
  return c.body(
    new ReadableStream({
      async pull(controller) {
        const rows = await cursor.read(1000);
        const text = rows.map((row) => JSON.stringify(row)).join(",");
        if (rows.length > 0) controller.enqueue(Buffer.from((first ? '{"rows":[' : ",") + text));
        first = false;
        if (rows.length > 0) return;
        controller.enqueue(Buffer.from("]}"));
        controller.close();
        await cursor.close();
        client.release();
      },
    }),
  );
});

const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);
process.once("SIGTERM", () => server.close(() => process.exit(0)));
server.on("close", () => void pool.end());
