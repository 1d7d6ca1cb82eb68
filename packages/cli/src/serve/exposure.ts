import { isIP } from "node:net";
import { CommandError } from "../command-error.ts";

/** Shortest master key that a server open to others may have. */
const SHORTEST = 16;
const WELL_KNOWN = /^(default_public|(.)\2*|(0?1234567890?)+|.*(changeme|password|secret|master[-_]?key).*)$/i;

/** Whether only this machine can reach `host`. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (isIP(name) === 4) return name.startsWith("127.");
  return name === "::1" || name === "localhost" || name.endsWith(".localhost");
}

/**
 * Refuses to open a server to others without a master key of the user's own that can't be guessed.
 *
 * @throws {@link CommandError} saying what to do.
 */
export function checkExposure(host: string, masterKey: string | undefined, allowRemote: boolean): void {
  if (allowRemote || isLoopbackHost(host)) return;
  const others = `${host} can be reached from other machines`;
  const hint = `set CARTO_MASTER_KEY to a long random text (openssl rand -hex 32), or accept the risk with --allow-remote`;
  if (masterKey === undefined) throw new CommandError(`${others}, and there is no master key of your own`, hint);
  if (masterKey.length < SHORTEST || WELL_KNOWN.test(masterKey)) {
    throw new CommandError(`${others}, and the master key is too easy to guess`, hint);
  }
}
