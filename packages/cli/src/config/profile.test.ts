import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isReadableByOthers, ProfileError, profilePath, readProfiles, writeProfiles } from "./profile.ts";

let home: string;
let path: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "carto-profile-"));
  path = profilePath({ HOME: home });
});
afterEach(() => rm(home, { recursive: true }));

describe("profiles", () => {
  it("are kept below the configuration directory", () => {
    expect(profilePath({ HOME: "/home/ana" })).toBe("/home/ana/.config/carto-ts/profiles.json");
    expect(profilePath({ HOME: "/home/ana", XDG_CONFIG_HOME: "/cfg" })).toBe("/cfg/carto-ts/profiles.json");
  });

  it("come back as they were written", async () => {
    const profiles = new Map([
      ["default", { url: "https://bob.carto.com", apiKey: "k" }],
      ["public", { url: "https://bob.carto.com" }],
    ]);
    await writeProfiles(path, profiles);
    expect(await readProfiles(path)).toEqual(profiles);
  });

  it("are readable by their owner only, whatever was there before", async () => {
    await writeProfiles(path, new Map([["a", { url: "https://a.carto.com" }]]));
    await chmod(path, 0o644);
    expect(await isReadableByOthers(path)).toBe(true);
    await writeProfiles(path, new Map([["b", { url: "https://b.carto.com", apiKey: "k" }]]));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    expect(await isReadableByOthers(path)).toBe(false);
    expect(await readdir(dirname(path))).toEqual(["profiles.json"]);
  });

  it("are none before the first is written and after the last is removed", async () => {
    expect((await readProfiles(path)).size).toBe(0);
    await writeProfiles(path, new Map([["a", { url: "https://a.carto.com" }]]));
    await writeProfiles(path, new Map());
    await expect(readFile(path)).rejects.toThrow("ENOENT");
  });

  it("never show a key in the error about a broken file", async () => {
    await writeProfiles(path, new Map([["a", { url: "https://a.carto.com" }]]));
    await writeFile(path, '{"profiles": {"a": {"apiKey": "s3cr3t-key"');
    const error = await readProfiles(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProfileError);
    expect((error as Error).message).toContain("not valid JSON");
    expect((error as Error).message).not.toContain("s3cr3t");
  });

  it("need a URL each", async () => {
    await writeProfiles(path, new Map([["a", { url: "https://a.carto.com" }]]));
    await writeFile(path, '{"profiles": {"a": {}}}');
    await expect(readProfiles(path)).rejects.toThrow('profile "a"');
  });
});
