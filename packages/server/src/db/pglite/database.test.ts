import { Client, type Connection, type Submittable } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PgliteDatabase } from "./database.ts";

let database: PgliteDatabase;
let client: Client;

beforeAll(async () => {
  database = await PgliteDatabase.open({ dataDir: undefined });
  client = await connect();
});

afterAll(async () => {
  await client.end();
  await database.close();
});

async function connect(): Promise<Client> {
  const connected = new Client({ stream: () => database.connectStream() as never });
  connected.on("error", () => {});
  await connected.connect();
  return connected;
}

/** A COPY as pg's connection knows it; its types leave most of that out. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  stream: NodeJS.WritableStream & { writableNeedDrain: boolean };
}

class Copy implements Submittable {
  readonly finished: Promise<number>;
  received = 0;
  readonly #text: string;
  readonly #source: Iterable<Buffer>;
  #resolve: (bytes: number) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(text: string, source: Iterable<Buffer> = []) {
    this.#text = text;
    this.#source = source;
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }
  submit(connection: Connection): void {
    (connection as unknown as CopyConnection).query(this.#text);
  }
  async handleCopyInResponse(connection: CopyConnection): Promise<void> {
    for (const chunk of this.#source) {
      connection.sendCopyFromChunk(chunk);
      if (connection.stream.writableNeedDrain) await new Promise((resolve) => connection.stream.once("drain", resolve));
    }
    connection.endCopyFrom();
  }
  handleCopyData(message: { chunk: Buffer }): void {
    this.received += message.chunk.length;
  }
  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleError(error: Error): void {
    this.#reject(error);
  }
  handleReadyForQuery(): void {
    this.#resolve(this.received);
  }
}

const BOW_TIE =
  "st_intersection('POLYGON((0 0,10 10,10 0,0 10,0 0))'::geometry, 'POLYGON((0 0,10 0,10 5,0 5,0 0))'::geometry)";

test("PostgreSQL and PostGIS answer, and the start-up message told the same version", async () => {
  const { rows } = await client.query("select current_setting('server_version') as pg, postgis_lib_version() as gis");

  expect(rows).toEqual([{ pg: database.serverVersion, gis: "3.6.2" }]);
  expect(database.features).toEqual({ cancel: true, exceptions: true, copyIn: true, degraded: [] });
});

test("a coordinate transformation finds PROJ's database", async () => {
  const { rows } = await client.query("select st_x(st_transform('SRID=4326;POINT(180 0)'::geometry, 3857))::int as x");

  expect(rows).toEqual([{ x: 20_037_508 }]);
});

test("a GEOS exception is an error with its text", async () => {
  await expect(client.query(`select ${BOW_TIE}`)).rejects.toMatchObject({
    code: "XX000",
    message: expect.stringContaining("TopologyException: side location conflict at 5 5"),
  });
  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

test("plpgsql catches a GEOS exception", async () => {
  const notices: string[] = [];
  client.on("notice", (notice) => notices.push(notice.message ?? ""));
  await client.query(
    `do $$ begin perform ${BOW_TIE}; exception when others then raise notice '% %', sqlstate, sqlerrm; end $$`,
  );
  client.removeAllListeners("notice");

  expect(notices).toEqual([expect.stringMatching(/^XX000 GEOS Error: TopologyException/)]);
});

test("a GEOS exception aborts its transaction", async () => {
  await client.query("begin");
  await client.query(`select ${BOW_TIE}`).catch(() => {});

  await expect(client.query("select 1")).rejects.toMatchObject({ code: "25P02" });
  await client.query("rollback");
});

test("a thousand GEOS exceptions leave the engine as it was", async () => {
  await client.query(`do $$ begin
    for i in 1..1000 loop begin perform ${BOW_TIE}; exception when others then null; end; end loop;
  end $$`);

  expect((await client.query("select st_area(st_buffer('POINT(0 0)'::geometry, 1)) > 3 as round")).rows[0].round).toBe(
    true,
  );
});

test("deeply nested JSON is an error, not the end", async () => {
  await expect(client.query(`select '${"[".repeat(100_000)}'::jsonb`)).rejects.toMatchObject({ code: "54001" });
  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

test.each([
  ["a count", "select count(*) from generate_series(1, 10000000000)"],
  ["a sleep", "select pg_sleep(20)"],
  [
    "a GEOS union",
    "select st_unaryunion(st_collect(st_buffer(st_point(random(), random()), 1))) from generate_series(1, 20000)",
  ],
])("%s is cancelled at once and the session goes on", async (_what, sql) => {
  const running = client.query(sql).then(
    () => undefined,
    (error: { code: string }) => error.code,
  );
  await new Promise((resolve) => setTimeout(resolve, 400));
  const asked = performance.now();
  database.cancel();

  expect(await running).toBe("57014");
  expect(performance.now() - asked).toBeLessThan(500);
  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

test("a cancel that comes when nothing runs is of no effect", async () => {
  database.cancel();

  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

test("COPY FROM STDIN streams 20 MB, COPY TO STDOUT gives them back", async () => {
  await client.query("create table streamed (id int, name text)");
  const line = `7\t${"x".repeat(97)}\n`;
  const chunk = Buffer.from(line.repeat(655));
  const started = performance.now();
  let exhausted = 0;
  function* source(): Iterable<Buffer> {
    for (let sent = 0; sent < 20_000_000; sent += chunk.length) yield chunk;
    exhausted = performance.now() - started;
  }

  await client.query(new Copy("copy streamed from stdin", source())).finished;
  const took = performance.now() - started;
  const { rows } = await client.query("select count(*)::int as n from streamed");
  const bytes = await client.query(new Copy("copy streamed to stdout")).finished;

  expect(bytes).toBe(rows[0].n * line.length);
  expect(rows[0].n).toBeGreaterThan(199_000);
  // Unless it is held back the source ends at once: at most 9 MiB are under way, 12 of 20 MB must have been read.
  expect(exhausted / took).toBeGreaterThan(0.25);
});

test("a bad row fails the COPY and leaves nothing", async () => {
  await client.query("create table copied (id int)");
  const copy = new Copy("copy copied from stdin", [Buffer.from("1\n2\nthree\n"), Buffer.from("4\n")]);
  client.query(copy);

  await expect(copy.finished).rejects.toMatchObject({ code: "22P02" });
  expect((await client.query("select count(*)::int as n from copied")).rows).toEqual([{ n: 0 }]);
});

test("a COPY that waits for its client is cancelled", async () => {
  const copy = new Copy("copy copied from stdin");
  copy.handleCopyInResponse = async () => void setTimeout(() => database.cancel(), 50);
  client.query(copy);

  await expect(copy.finished).rejects.toMatchObject({ code: "57014" });
  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

test("a reader that stands still holds the engine back", async () => {
  const stream = (client as unknown as { connection: { stream: NodeJS.ReadableStream } }).connection.stream;
  const copy = new Copy("copy (select repeat('x', 1000) from generate_series(1, 60000)) to stdout");
  client.query(copy);
  stream.pause();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const waiting = (stream as unknown as { readableLength: number }).readableLength;
  stream.resume();

  expect(await copy.finished).toBe(60_000 * 1_001);
  expect(waiting).toBeLessThan(10 * 1_048_576);
});

test("a second client is refused while the session is in use", async () => {
  await expect(connect()).rejects.toMatchObject({ code: "53300" });
});

test.each([
  ["in a transaction", async (lost: Client) => void (await lost.query("begin; insert into kept values (2)"))],
  [
    "in a COPY",
    async (lost: Client) => {
      const copy = new Copy("copy kept from stdin", []);
      const responded = new Promise<void>((resolve) => {
        copy.handleCopyInResponse = async (connection) => {
          connection.sendCopyFromChunk(Buffer.from("3\n"));
          resolve();
        };
      });
      lost.query(copy).finished.catch(() => {});
      await responded;
    },
  ],
  [
    "in a long statement",
    async (lost: Client) => {
      lost.query("insert into kept select count(*) from generate_series(1, 10000000000)").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 200));
    },
  ],
])("a client that is gone %s leaves nothing behind", async (_where, act) => {
  await client.query("drop table if exists kept; create table kept (n bigint); insert into kept values (1)");
  await client.end();
  const lost = await connect();
  await lost.query("set statement_timeout = 1234; create temporary table scratch (n int)");
  await act(lost);
  (lost as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();

  client = await connect();
  expect((await client.query("select * from kept")).rows).toEqual([{ n: "1" }]);
  expect((await client.query("show statement_timeout")).rows).toEqual([{ statement_timeout: "0" }]);
  expect((await client.query("select to_regclass('scratch') as scratch")).rows).toEqual([{ scratch: null }]);
});
