import { ConfigError } from "./errors.ts";

/** Where an account is. */
export interface Account {
  /** Ends with a slash; holds `user/NAME/` when the account isn't named by the host. */
  readonly baseUrl: string;
  readonly username: string;
}

/** What says where an account is: a base URL, or a name and a domain. */
export interface Location {
  baseUrl?: string | undefined;
  username?: string | undefined;
  organization?: string | undefined;
  domain?: string | undefined;
}

const FORMS = `Accepted forms:
  https://bob.carto.com
  https://org.carto.com/user/bob
  https://carto.example.com/user/bob   (on premises)
  http://localhost:8080/user/dev
or give the account's name as \`username\`.`;

// Hosts of the platform itself: their first label is nobody's name.
const PLATFORM_HOST = /^(?:carto\.com|cartodb\.com|(?:.+\.)?api\.carto\.com)$/;

/**
 * Finds the account's base URL and name.
 *
 * `https://bob.carto.com/anything` names bob by its host; `/user/bob` and `/u/bob` name him by the path, whatever the
 * host; a `username` that the URL doesn't hold is added to it as `/user/NAME`.
 *
 * @throws {@link ConfigError} naming the accepted forms when no name can be found.
 */
export function resolveAccount(location: Location): Account {
  const { username } = location;
  if (location.baseUrl !== undefined) return parseBaseUrl(location.baseUrl, username);
  if (!username) throw new ConfigError(`Neither \`baseUrl\` nor \`username\` is given. ${FORMS}`);
  const { organization, domain = "carto.com" } = location;
  if (organization) return parseBaseUrl(`https://${organization}.${domain}/user/${encodeURIComponent(username)}`);
  return parseBaseUrl(`https://${username}.${domain}`, username);
}

/** Whether requests to `url` never leave this machine. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

function parseBaseUrl(text: string, given?: string): Account {
  const url = parseUrl(text);
  const { prefix, name } = readPath(url);
  if (name !== undefined) {
    if (given && given !== name) throw new ConfigError(`The base URL is of "${name}", but \`username\` is "${given}"`);
    return account(url, prefix, name);
  }
  const label = readHost(url.hostname);
  if (label !== undefined && (!given || given === label)) {
    return { baseUrl: `${url.protocol}//${url.host.replace(/^www\./, "")}/`, username: checkName(label) };
  }
  if (!given) throw new ConfigError(`The base URL ${url.origin}${url.pathname} doesn't say whose it is. ${FORMS}`);
  return account(url, prefix, given);
}

function parseUrl(text: string): URL {
  // The text may hold a key: it isn't repeated.
  if (!URL.canParse(text)) throw new ConfigError(`The base URL is not a URL. ${FORMS}`);
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new ConfigError(`The base URL must begin with https:// or http://. ${FORMS}`);
  }
  if (url.username || url.password) throw new ConfigError("The base URL must not hold a password: use `apiKey`");
  if (url.search || url.hash) throw new ConfigError(`The base URL must not have a query or a fragment. ${FORMS}`);
  return url;
}

// `/prefix/user/bob/whatever`: the dashboard writes /u/bob where the APIs want /user/bob.
function readPath(url: URL): { prefix: string[]; name?: string } {
  const segments = url.pathname.split("/").filter((segment) => segment !== "");
  const at = segments.findIndex((segment, index) => /^(?:user|u)$/.test(segment) && index + 1 < segments.length);
  const name = segments[at + 1];
  if (at >= 0 && name !== undefined) return { prefix: segments.slice(0, at), name: decode(name) };
  const api = segments.indexOf("api");
  return { prefix: api >= 0 ? segments.slice(0, api) : segments };
}

function readHost(hostname: string): string | undefined {
  const host = hostname.replace(/^www\./, "");
  const [label, ...rest] = host.split(".");
  const isAddress = hostname.startsWith("[") || /^\d+(?:\.\d+){3}$/.test(hostname);
  return isAddress || rest.length === 0 || PLATFORM_HOST.test(host) ? undefined : label;
}

function account(url: URL, prefix: readonly string[], name: string): Account {
  const path = [...prefix, "user", encodeURIComponent(checkName(name))].join("/");
  return { baseUrl: `${url.origin}/${path}/`, username: name };
}

// A colon would end the name in `Authorization: Basic`, a slash or a dot segment would change the path.
function checkName(name: string): string {
  if (!/^[^\s:/\\]+$/.test(name) || /^\.+$/.test(name)) throw new ConfigError(`"${name}" can't be an account's name`);
  return name;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ConfigError(`The account's name in the base URL is not well encoded. ${FORMS}`);
  }
}
