// The server under test, in a process of its own.
import { startServer } from "@carto-ts/server";

const server = await startServer({
  port: 0,
  databaseUrl: process.env.DATABASE_URL,
  masterKey: "bench-key-0123456789",
  limits: { queryTimeoutMs: 3_600_000, connections: 32 },
});
console.log(server.url);
process.once("SIGTERM", () => void server.close().then(() => process.exit(0)));
