import { homedir } from "node:os";
import { join } from "node:path";
import type { Io } from "../io.ts";

/** Where an account's database is kept by default: `$XDG_DATA_HOME/carto-ts/ACCOUNT`, below `~/.local/share`. */
export function defaultDataDir(env: Io["env"], account: string): string {
  return join(env.XDG_DATA_HOME || join(env.HOME || homedir(), ".local", "share"), "carto-ts", account);
}
