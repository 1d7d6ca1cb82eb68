import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SpoolDir } from "./spool-dir.ts";

const A = "11111111-1111-4111-8111-111111111111";
const B = "22222222-2222-4222-8222-222222222222";
const C = "33333333-3333-4333-8333-333333333333";

let base: string;
let path: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "carto-spool-"));
  path = join(base, "data", "spool");
});

afterEach(() => rm(base, { recursive: true }));

test("a spool is made for its user alone, and keeps its id", async () => {
  const spool = await SpoolDir.open(path);

  expect(spool.id).toMatch(/^[0-9a-f-]{36}$/);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  expect(await readdir(path)).toEqual(["spool-id"]);
  expect((await SpoolDir.open(path)).id).toBe(spool.id);
});

test("many that open a new folder at once agree on its id", async () => {
  for (let round = 0; round < 20; round++) {
    const shared = join(base, `shared-${round}`);
    const spools = await Promise.all(Array.from({ length: 20 }, () => SpoolDir.open(shared)));

    expect(new Set(spools.map(({ id }) => id)).size).toBe(1);
    expect(await readFile(join(shared, "spool-id"), "utf8")).toBe(spools[0]?.id);
    expect(await readdir(shared)).toEqual(["spool-id"]);
  }
});

test("so do processes, some of which are killed meanwhile", async () => {
  const module = new URL("../../../dist/imports/upload/spool-dir.js", import.meta.url).href;
  const program = `
    import { SpoolDir } from ${JSON.stringify(module)};
    console.log((await SpoolDir.open(process.argv[1])).id);
  `;
  const openIn = (killAfterMs?: number): Promise<string> => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program, path]);
    let output = "";
    child.stdout.on("data", (text: Buffer) => {
      output += text.toString();
    });
    if (killAfterMs !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    return new Promise((resolve) => child.on("close", () => resolve(output.trim())));
  };

  const ids = await Promise.all([openIn(30), openIn(35), openIn(40), openIn(), openIn(), openIn()]);

  const { id } = await SpoolDir.open(path);
  expect(ids.filter((found) => found !== "" && found !== id)).toEqual([]);
  expect(ids.slice(3)).toEqual([id, id, id]);
});

test("an existing folder that others may enter is shut", async () => {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o777);

  await SpoolDir.open(path);

  expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test("a damaged id, and a folder that is none, are told in words", async () => {
  await SpoolDir.open(path);
  await writeFile(join(path, "spool-id"), "");
  await expect(SpoolDir.open(path)).rejects.toThrow(
    `Can't keep uploads in ${path}: its file spool-id is damaged; remove it when no import is waiting`,
  );

  const file = join(base, "file");
  await writeFile(file, "");
  await expect(SpoolDir.open(file)).rejects.toThrow(`Can't keep uploads in ${file}: `);
});

describe("files", () => {
  let spool: SpoolDir;

  beforeEach(async () => {
    spool = await SpoolDir.open(path);
  });

  /** Makes a file that was last written to so long ago. */
  async function put(id: string, ageMs: number): Promise<void> {
    await writeFile(spool.pathOf(id), "x");
    const at = new Date(Date.now() - ageMs);
    await utimes(spool.pathOf(id), at, at);
  }

  test("are found and removed by their ids, and by nothing else", async () => {
    await put(A, 0);

    expect(spool.pathOf(A)).toBe(join(path, A));
    expect([await spool.has(A), await spool.has(B)]).toEqual([true, false]);
    await spool.remove(A);
    await spool.remove(A);
    expect(await spool.has(A)).toBe(false);
    for (const id of [
      "",
      ".",
      "../spool-id",
      "spool-id",
      `${A}/..`,
      `../${A}`,
      `${A}\0`,
      A.toUpperCase().replace("1", "G"),
    ]) {
      expect(() => spool.pathOf(id)).toThrow("a spooled file's id is a UUID");
      await expect(spool.remove(id)).rejects.toThrow("a spooled file's id is a UUID");
    }
  });

  test("that no job has are swept when they are old, and nothing else is", async () => {
    await put(A, 60_000);
    await put(B, 60_000);
    await put(C, 1_000);
    await writeFile(join(path, "notes.txt"), "mine");
    const draft = join(path, `spool-id.${A}`);
    await writeFile(draft, A);
    await utimes(draft, new Date(0), new Date(0));
    await utimes(join(path, "notes.txt"), new Date(0), new Date(0));
    await utimes(join(path, "spool-id"), new Date(0), new Date(0));

    expect(await spool.sweep(new Set([B]), { olderThanMs: 30_000 })).toEqual([A]);

    expect((await readdir(path)).sort()).toEqual([B, C, "notes.txt", "spool-id"]);
    expect(await spool.sweep(new Set([B]), { olderThanMs: 0 })).toEqual([C]);
  });

  test("scratch is its claim's: a worker removes its own and older ones, never those of whoever took over", async () => {
    const spool = await SpoolDir.open(path);
    for (const fence of [1, 2, 3]) {
      await writeFile(spool.scratchOf({ jobId: A, fence }, "download"), "x");
      await writeFile(spool.scratchOf({ jobId: A, fence }, 12), "x");
    }
    await writeFile(spool.scratchOf({ jobId: B, fence: 1 }, "download"), "x");
    for (const what of [13, "layers-1"] as const) {
      const folder = spool.scratchOf({ jobId: A, fence: 2 }, what);
      await mkdir(join(folder, "data.gdb"), { recursive: true });
      await writeFile(join(folder, "data.gdb", "gdb"), "x");
    }

    await spool.removeScratch({ jobId: A, fence: 2 });

    expect((await readdir(path)).sort()).toEqual(
      [`${A}.3.download`, `${A}.3.12`, `${B}.1.download`, "spool-id"].sort(),
    );
  });

  test("may be swept by two servers at once", async () => {
    for (let n = 0; n < 50; n++) await put(A.slice(0, -2) + String(10 + n), 60_000);
    const [one, two] = await Promise.all([0, 1].map(() => spool.sweep(new Set(), { olderThanMs: 30_000 })));

    expect((one?.length ?? 0) + (two?.length ?? 0)).toBeGreaterThanOrEqual(50);
    expect(await readdir(path)).toEqual(["spool-id"]);
  });
});
