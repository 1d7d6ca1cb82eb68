import { CommandError } from "../command-error.ts";
import type { Io } from "../io.ts";
import { DEFAULT_PROFILE, type Profile, type Profiles } from "./profile.ts";

/** The global options that say which server, and with which key. */
export interface ConnectionFlags {
  url?: string;
  apiKey?: string;
  profile?: string;
}

/** Which server to talk to, with which key, and who said so. */
export interface Connection {
  url: string;
  urlFrom: string;
  /** Absent for public data. */
  apiKey?: string;
  keyFrom: string;
}

const UNCONFIGURED = `set the server and the key in the environment:
  export CARTO_API_URL=https://you.carto.com CARTO_API_KEY=…
or keep them in a profile:
  carto-ts auth login
or start a server of your own, which prints both:
  carto-ts serve`;

/**
 * Settles the server and the key: flags first, then the environment, then a profile.
 *
 * A key only travels to the server it was given for: a profile's key goes with the profile's URL, and the key of the
 * environment isn't sent to a `--url` of another origin than `CARTO_API_URL`.
 *
 * @throws {@link CommandError} when nothing says which server.
 */
export function resolveConnection(flags: ConnectionFlags, env: Io["env"], profiles: Profiles): Connection {
  const key = flags.apiKey === undefined ? undefined : { apiKey: flags.apiKey, keyFrom: "--api-key" };
  if (flags.url !== undefined) return { url: flags.url, urlFrom: "--url", ...(key ?? envKeyFor(flags.url, env)) };
  if (flags.profile !== undefined) return { ...fromProfile(flags.profile, profiles, "--profile"), ...key };
  const url = envUrl(env);
  if (url) return { ...url, ...(key ?? envKey(env)) };
  const name = env.CARTO_PROFILE;
  if (name) return { ...fromProfile(name, profiles, "CARTO_PROFILE"), ...key };
  if (profiles.has(DEFAULT_PROFILE)) return { ...fromProfile(DEFAULT_PROFILE, profiles), ...key };
  throw new CommandError("no server is configured", UNCONFIGURED);
}

function envUrl(env: Io["env"]): { url: string; urlFrom: string } | undefined {
  const [url, org, user] = [env.CARTO_API_URL, env.CARTO_ORG, env.CARTO_USER];
  if (url) return { url, urlFrom: "CARTO_API_URL" };
  if (!user) return undefined;
  return org
    ? { url: `https://${org}.carto.com/user/${user}`, urlFrom: "CARTO_ORG and CARTO_USER" }
    : { url: `https://${user}.carto.com`, urlFrom: "CARTO_USER" };
}

function envKey(env: Io["env"]): { apiKey?: string; keyFrom: string } {
  const apiKey = env.CARTO_API_KEY;
  return apiKey ? { apiKey, keyFrom: "CARTO_API_KEY" } : { keyFrom: "none" };
}

function envKeyFor(url: string, env: Io["env"]): { apiKey?: string; keyFrom: string } {
  const own = envUrl(env);
  if (own && env.CARTO_API_KEY && originOf(own.url) !== originOf(url)) {
    return { keyFrom: `none (CARTO_API_KEY belongs to ${originOf(own.url)})` };
  }
  return envKey(env);
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

function fromProfile(name: string, profiles: Profiles, asked?: string): Connection {
  const profile: Profile | undefined = profiles.get(name);
  if (!profile) {
    const known = [...profiles.keys()].join(", ");
    const hint = `${known ? `known profiles: ${known}; ` : ""}create it with: carto-ts auth login --profile ${name}`;
    throw new CommandError(`there is no profile "${name}" (${asked})`, hint);
  }
  const from = `profile "${name}"`;
  return profile.apiKey === undefined
    ? { url: profile.url, urlFrom: from, keyFrom: "none" }
    : { url: profile.url, urlFrom: from, apiKey: profile.apiKey, keyFrom: from };
}
