import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Interrupted, type Io, PipeClosed } from "../io.ts";
import { openSink } from "./sink.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "carto-sink-"));
});
afterEach(() => rm(directory, { recursive: true }));

function io(stdout: Writable = new PassThrough(), signal: AbortSignal = new AbortController().signal): Io {
  return { stdin: new PassThrough(), stdout, stderr: new PassThrough(), env: {}, signal };
}

describe("a file", () => {
  it("appears only when it is whole", async () => {
    const path = join(directory, "a.csv");
    const sink = await openSink(io(), path);
    await sink.write("one\n");
    await sink.write(Buffer.from("two\n"));
    await expect(stat(path)).rejects.toThrow("ENOENT");
    await sink.commit();
    expect(await readFile(path, "utf8")).toBe("one\ntwo\n");
    expect(await readdir(directory)).toEqual(["a.csv"]);
  });

  it("leaves nothing behind when it is given up", async () => {
    const sink = await openSink(io(), join(directory, "a.csv"));
    await sink.write("one\n");
    await sink.discard();
    expect(await readdir(directory)).toEqual([]);
  });

  it("is compressed when its name says so, and given up as well as any other", async () => {
    const path = join(directory, "a.csv.gz");
    const whole = await openSink(io(), path);
    await whole.write("one\n");
    await whole.commit();
    expect(gunzipSync(await readFile(path)).toString()).toBe("one\n");
    const broken = await openSink(io(), join(directory, "b.csv.gz"));
    await broken.write("one\n");
    await broken.discard();
    expect(await readdir(directory)).toEqual(["a.csv.gz"]);
  });

  it("that is a device stays one", async () => {
    const sink = await openSink(io(), "/dev/null");
    await sink.write("gone");
    await sink.commit();
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
  });

  it.skipIf(process.platform !== "linux")("that is full is an error of the writing, not a crash", async () => {
    const sink = await openSink(io(), "/dev/full");
    await expect(sink.write("x").then(() => sink.commit())).rejects.toMatchObject({ code: "ENOSPC" });
    await sink.discard();
  });
});

describe("stdout", () => {
  it("whose reader is gone says so", async () => {
    const failure = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(failure) });
    stdout.on("error", () => {});
    const sink = await openSink(io(stdout));
    await expect(sink.write("x")).rejects.toBeInstanceOf(PipeClosed);
  });

  it("that takes nothing more lets go when interrupted", async () => {
    const stuck = new Writable({ write: () => {} });
    const over = new AbortController();
    const sink = await openSink(io(stuck, over.signal), "-");
    const written = sink.write("x");
    over.abort(new Interrupted("SIGINT"));
    await expect(written).rejects.toBeInstanceOf(Interrupted);
  });
});
