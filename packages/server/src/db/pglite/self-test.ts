import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type PgErrorFields, parseErrorFields } from "../pg-error.ts";
import { FrameReader } from "../wire/frames.ts";
import { simpleQuery } from "../wire/messages.ts";

/** What works. */
export interface SelfTestResult {
  /** A running statement can be cancelled. */
  cancel: boolean;
  /** C++ exceptions of PostGIS arrive as errors. */
  exceptions: boolean;
  /** COPY FROM STDIN streams. */
  copyIn: boolean;
  /** What does not, in words. */
  degraded: string[];
}

/** What the self-test needs of a database. */
export interface Testable {
  connectStream(): Duplex;
  cancel(): void;
}

const READY = 0x5a;
const ERROR = 0x45;
const COMPLETE = 0x43;
const CANCEL_AFTER_MS = 30;
const CANCEL_LIMIT_MS = 1_000;
const LIMIT_MS = 20_000;
const BOW_TIE = "POLYGON((0 0,10 10,10 0,0 10,0 0))";

/**
 * Tries on a freshly opened database what the patches of its engine are for; takes about 100 ms.
 *
 * @throws when the database does not answer at all.
 */
export async function runSelfTest(database: Testable): Promise<SelfTestResult> {
  const probe = new Probe(database.connectStream());
  try {
    await probe.start();
    const exceptions = await raises(probe);
    const copyIn = await copies(probe);
    const cancel = await cancels(probe, database);
    const degraded: string[] = [];
    if (!exceptions) degraded.push("PostGIS errors may be lost: a failed function can return no rows");
    if (!copyIn) degraded.push("COPY FROM STDIN does not work");
    if (!cancel) degraded.push("statements can't be cancelled: a time limit ends the engine, which reopens in seconds");
    return { cancel, exceptions, copyIn, degraded };
  } finally {
    probe.end();
  }
}

async function raises(probe: Probe): Promise<boolean> {
  const sql = `select public.st_astext(public.st_intersection('${BOW_TIE}'::public.geometry, 'POLYGON((0 0,10 0,10 5,0 5,0 0))'))`;
  const { error } = await probe.exchange(simpleQuery(sql));
  return error?.message.includes("TopologyException") ?? false;
}

async function copies(probe: Probe): Promise<boolean> {
  const rows = Buffer.from("d\0\0\0\x081\n2\nc\0\0\0\x04", "latin1");
  await probe.exchange(simpleQuery("create temporary table carto_self_test (n int)"));
  const { tag } = await probe.exchange(Buffer.concat([simpleQuery("copy carto_self_test from stdin"), rows]));
  await probe.exchange(simpleQuery("drop table carto_self_test"));
  return tag === "COPY 2";
}

async function cancels(probe: Probe, database: Testable): Promise<boolean> {
  const started = performance.now();
  // Ends by itself, in some seconds, where it can't be cancelled.
  const running = probe.exchange(simpleQuery("select count(*) from pg_catalog.generate_series(1, 10000000)"));
  await sleep(CANCEL_AFTER_MS);
  database.cancel();
  const { error } = await running;
  return error?.code === "57014" && performance.now() - started < CANCEL_LIMIT_MS;
}

/** The least of a client. */
class Probe {
  readonly #stream: Duplex;
  #onReady: (() => void) | undefined;
  #error: PgErrorFields | undefined;
  #tag = "";

  constructor(stream: Duplex) {
    this.#stream = stream;
    const reader = new FrameReader({
      onMessage: (letter, body) => {
        if (letter === ERROR) this.#error = parseErrorFields(body);
        else if (letter === COMPLETE) this.#tag = body.toString("utf8", 0, body.length - 1);
        else if (letter === READY) this.#onReady?.();
      },
      onCopyData: () => {},
      onGarbage: (error) => stream.destroy(error),
    });
    stream.on("data", (chunk: Buffer) => reader.push(chunk));
  }

  async start(): Promise<void> {
    const startup = Buffer.alloc(9);
    startup.writeInt32BE(startup.length, 0);
    startup.writeInt32BE(0x0003_0000, 4);
    await this.exchange(startup);
  }

  exchange(bytes: Buffer): Promise<{ error: PgErrorFields | undefined; tag: string }> {
    this.#error = undefined;
    this.#tag = "";
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => (): void => {
        clearTimeout(timer);
        this.#stream.off("error", fail).off("close", fail);
        this.#onReady = undefined;
        act();
      };
      const fail = settle(() => reject(new Error(this.#error?.message ?? "the self-test got no answer")));
      const timer = setTimeout(fail, LIMIT_MS);
      this.#stream.on("error", fail).on("close", fail);
      this.#onReady = settle(() => resolve({ error: this.#error, tag: this.#tag }));
      this.#stream.write(bytes);
    });
  }

  end(): void {
    this.#stream.on("error", () => {}).destroy();
  }
}
