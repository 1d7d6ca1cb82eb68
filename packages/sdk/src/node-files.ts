import { randomBytes } from "node:crypto";
import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Opens what is to be written; asked for once the file is known to be writable. */
export type OpenStream = () => Promise<ReadableStream<Uint8Array>>;

/**
 * Writes a stream into a file that is the old one or the whole new one at every moment, also after a crash.
 *
 * Pipes and devices are written straight.
 *
 * @returns The number of bytes written.
 */
export async function replace(path: string, source: OpenStream): Promise<number> {
  const target = await realpath(path).catch(() => path);
  const existing = await stat(target).catch(() => undefined);
  if (existing && !existing.isFile()) return writeStraight(target, source);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.part`);
  // Before the request, so that a path that can't be written costs no query.
  const file = await open(temporary, "wx", 0o666);
  try {
    const bytes = await fill(file, source, 0);
    if (existing) await file.chmod(existing.mode);
    await file.sync();
    await file.close();
    await rename(temporary, target);
    await syncDirectory(dirname(target));
    return bytes;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Writes a stream at the end of a file, and cuts off what a failure leaves. @returns The number of bytes added. */
export async function appendTo(path: string, source: OpenStream): Promise<number> {
  const existed = await stat(path).then(
    () => true,
    () => false,
  );
  // Not "a": that ignores positions, and the place to cut at must be ours.
  const file = await open(path, existed ? "r+" : "wx", 0o666);
  try {
    const { size } = await file.stat();
    try {
      const bytes = await fill(file, source, size);
      await file.sync();
      return bytes;
    } catch (error) {
      await file.truncate(size);
      if (!existed) await rm(path, { force: true });
      throw error;
    }
  } finally {
    await file.close();
  }
}

async function writeStraight(path: string, source: OpenStream): Promise<number> {
  const file = await open(path, "w");
  try {
    return await fill(file, source, undefined);
  } finally {
    await file.close();
  }
}

async function fill(file: FileHandle, source: OpenStream, start: number | undefined): Promise<number> {
  const reader = (await source()).getReader();
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return bytes;
      await writeAll(file, value, start === undefined ? undefined : start + bytes);
      bytes += value.length;
    }
  } catch (error) {
    await reader.cancel(error).catch(() => {});
    throw error;
  }
}

// One write may take a part only.
async function writeAll(file: FileHandle, data: Uint8Array, position: number | undefined): Promise<void> {
  for (let at = 0; at < data.length; ) {
    const { bytesWritten } = await file.write(
      data,
      at,
      data.length - at,
      position === undefined ? null : position + at,
    );
    at += bytesWritten;
  }
}

// The new name is on the disk only when the directory is; not every file system can do that.
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => undefined);
  await directory?.sync().catch(() => {});
  await directory?.close();
}
