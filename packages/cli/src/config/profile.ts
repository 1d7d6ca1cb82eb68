import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Io } from "../io.ts";

/** Name of the profile that is used when none is named. */
export const DEFAULT_PROFILE = "default";

/** A server, and the key it is used with. */
export interface Profile {
  /** Base URL, such as `https://bob.carto.com` or `http://127.0.0.1:8080/user/dev`. */
  url: string;
  /** Absent for public data. */
  apiKey?: string;
}

/** Profiles by name. */
export type Profiles = ReadonlyMap<string, Profile>;

/** The file of profiles exists but can't be used. */
export class ProfileError extends Error {
  override readonly name = "ProfileError";
}

/** The file that profiles are kept in: `$XDG_CONFIG_HOME/carto-ts/profiles.json`, by default below `~/.config`. */
export function profilePath(env: Io["env"]): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config"), "carto-ts", "profiles.json");
}

/** Reads all profiles; none when there is no file yet. @throws {@link ProfileError} when the file isn't ours. */
export async function readProfiles(path: string): Promise<Profiles> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
  return parseProfiles(text, path);
}

function parseProfiles(text: string, path: string): Profiles {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and with it a key.
    throw new ProfileError(`${path} is not valid JSON: mend it, or remove it and log in again`);
  }
  const entries = (parsed as { profiles?: unknown } | null)?.profiles;
  if (typeof entries !== "object" || entries === null) throw new ProfileError(`${path} has no "profiles"`);
  return new Map(Object.entries(entries).map(([name, entry]) => [name, parseProfile(name, entry, path)]));
}

function parseProfile(name: string, entry: unknown, path: string): Profile {
  const { url, apiKey } = (entry ?? {}) as Record<string, unknown>;
  if (typeof url !== "string") throw new ProfileError(`profile "${name}" in ${path} has no "url"`);
  return typeof apiKey === "string" ? { url, apiKey } : { url };
}

/** Writes all profiles, readable by their owner only (file 0600, directory 0700); removes the file when none is left. */
export async function writeProfiles(path: string, profiles: Profiles): Promise<void> {
  if (profiles.size === 0) return rm(path, { force: true });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const text = `${JSON.stringify({ profiles: Object.fromEntries(profiles) }, null, 2)}\n`;
  // Written beside and renamed, so that a crash leaves the old file and the mode is right from the first byte.
  const part = `${path}.${process.pid}.part`;
  try {
    await writeFile(part, text, { mode: 0o600, flag: "wx" });
    await chmod(part, 0o600);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** Whether others than its owner may read the file; never on Windows, which has no such modes. */
export async function isReadableByOthers(path: string): Promise<boolean> {
  if (process.platform === "win32") return false;
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && (found.mode & 0o077) !== 0;
}
