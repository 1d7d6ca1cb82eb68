import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { chmod, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Io, PipeClosed } from "../io.ts";

/** Where data goes: standard output, or a file that appears only when it is whole. */
export interface Sink {
  /** Writes and waits until there is room again. @throws {@link PipeClosed} when nobody reads any more. */
  write(chunk: string | Uint8Array): Promise<void>;
  /** Ends well: the file takes its name. */
  commit(): Promise<void>;
  /** Ends badly: nothing of the file stays, and one that was there before stays as it was. */
  discard(): Promise<void>;
}

/** Opens `path`, or standard output for `-` and for none. A name ending in `.gz` is compressed. */
export async function openSink(io: Io, path?: string): Promise<Sink> {
  return path === undefined || path === "-" ? stdoutSink(io) : fileSink(path, io.signal);
}

function stdoutSink(io: Io): Sink {
  return {
    write: async (chunk) => {
      try {
        await writeChunk(io.stdout, chunk, io.signal);
      } catch (error) {
        throw isPipeError(error) ? new PipeClosed() : error;
      }
    },
    commit: async () => {},
    discard: async () => {},
  };
}

async function fileSink(path: string, signal: AbortSignal): Promise<Sink> {
  const target = await resolveTarget(path);
  // Devices and named pipes can't be replaced by a file of the same name: /dev/null must stay what it is.
  const written = target.special
    ? target.path
    : join(dirname(target.path), `.${basename(target.path)}.${randomUUID()}.part`);
  const file = createWriteStream(written, { flags: target.special ? "w" : "wx" });
  await once(file, "open");
  const gzip = path.endsWith(".gz") ? createGzip() : undefined;
  const entrance: Writable = gzip ?? file;
  const done = gzip ? pipeline(gzip, file) : finished(file);
  // Waited for in commit and discard; until then a failure shows in write.
  done.catch(() => {});
  return {
    write: (chunk) =>
      writeChunk(entrance, chunk, signal).catch((error: unknown) => {
        throw file.errored ?? error;
      }),
    commit: async () => {
      entrance.end();
      await done;
      if (target.special) return;
      if (target.mode !== undefined) await chmod(written, target.mode);
      await rename(written, target.path);
    },
    discard: async () => {
      entrance.destroy();
      file.destroy();
      await done.catch(() => {});
      if (!target.special) await rm(written, { force: true });
    },
  };
}

interface Target {
  path: string;
  special: boolean;
  mode?: number;
}

/** Where `path` leads: through symbolic links, with the mode of the file that is there. */
async function resolveTarget(path: string): Promise<Target> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return { path, special: false };
  const found = await stat(real);
  if (found.isDirectory()) throw Object.assign(new Error(`${path} is a directory`), { code: "EISDIR", path });
  return { path: real, special: !found.isFile(), mode: found.mode & 0o777 };
}

/** Writes one chunk and resolves once the stream has taken it; gives up waiting when `signal` is aborted. */
export function writeChunk(stream: Writable, chunk: string | Uint8Array, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const interrupt = (): void => reject(signal.reason as Error);
    if (signal.aborted) return interrupt();
    signal.addEventListener("abort", interrupt, { once: true });
    stream.write(chunk, (error) => {
      signal.removeEventListener("abort", interrupt);
      if (error) reject(error);
      else resolve();
    });
  });
}

function isPipeError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
}
