import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { ask, readSecret } from "../prompt.ts";
import { DEFAULT_PROFILE, type Profile, profilePath, readProfiles, writeProfiles } from "./profile.ts";

/** Options of `auth login`. */
export interface LoginFlags {
  key: boolean;
  check: boolean;
}

/** `auth login`: nothing is stored when the server refuses the key. */
export async function login(context: Context, _args: readonly [], flags: LoginFlags): Promise<ExitCode | undefined> {
  const { io } = context;
  const name = profileName(context);
  const url = await readUrl(context);
  const apiKey = flags.key ? await readKey(context) : undefined;
  const profile: Profile = apiKey === undefined ? { url } : { url, apiKey };
  context.doing = `log in to ${url}`;
  const carto = context.client(profile);
  if (flags.check && apiKey !== undefined && !(await carto.auth.isValidApiKey({ signal: context.signal }))) {
    context.warn(`${url} refused the key; nothing was stored`);
    return EXIT.auth;
  }
  const path = profilePath(io.env);
  context.doing = "store the profile";
  await writeProfiles(path, new Map([...(await readProfiles(path)), [name, profile]]));
  context.say(`stored profile "${name}" for ${carto.username} at ${url} in ${path}`);
  if (io.env.CARTO_API_URL)
    context.warn(`CARTO_API_URL is set and goes before profiles; unset it, or say --profile ${name}`);
  return undefined;
}

async function readUrl(context: Context): Promise<string> {
  const { io, flags } = context;
  if (flags.url !== undefined) return flags.url;
  if (!io.stdin.isTTY) throw new CommandError("which server?", "say --url https://you.carto.com");
  const url = (await ask(io, "Server (such as https://you.carto.com): ", { hidden: false })).trim();
  if (url === "") throw new CommandError("no server was given");
  return url;
}

async function readKey(context: Context): Promise<string> {
  if (context.flags.apiKey !== undefined) {
    context.warn("--api-key shows the key to everyone who can list processes: leave it out and type it, or pipe it in");
    return context.flags.apiKey;
  }
  const key = await readSecret(context.io, "API key (not shown): ");
  if (key === "") throw new CommandError("no key was given", "say --no-key for public data");
  return key;
}

/** `auth logout`. */
export async function logout(context: Context): Promise<ExitCode | undefined> {
  const name = profileName(context);
  const path = profilePath(context.io.env);
  context.doing = "remove the profile";
  const profiles = new Map(await readProfiles(path));
  if (!profiles.delete(name)) {
    const known = [...profiles.keys()].join(", ");
    throw new CommandError(`there is no profile "${name}"`, known ? `stored are: ${known}` : "nothing is stored");
  }
  await writeProfiles(path, profiles);
  context.say(`removed profile "${name}"; its key stays valid on the server`);
  return undefined;
}

function profileName(context: Context): string {
  const name = context.flags.profile ?? (context.io.env.CARTO_PROFILE || DEFAULT_PROFILE);
  if (!/^[\w.-]{1,64}$/.test(name))
    throw new CommandError(`"${name}" can't be a profile's name`, "use letters, digits, . _ -");
  return name;
}
