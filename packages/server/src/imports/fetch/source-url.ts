import { ImportError } from "../error.ts";
import { AddressError, type AddressGuard } from "./address-guard.ts";

const UNKNOWN_SERVER = 1102;
/** Characters of an address: more than any server takes. */
const MAX_LENGTH = 8_192;
/** Characters of a path that a message has at most. */
const SHOWN_PATH = 120;

/**
 * Reads the address of a file, and checks what can be checked without the network.
 *
 * @throws {@link ImportError} 1102 when it is none, is not http or https, has a user's name or password, or is not allowed.
 */
export function parseSourceUrl(text: string, guard: AddressGuard): URL {
  if (text.length > MAX_LENGTH) throw refuse(`The address of the file is longer than ${MAX_LENGTH} characters.`);
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (!url)
    throw refuse("The address of the file can't be read: it has to be a whole one, such as https://host/file.csv.");
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== "http" && scheme !== "https") {
    throw refuse(
      `Files are fetched by http and https, not by ${scheme.slice(0, 20)}: upload the file, or give such an address.`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw refuse("The address of the file has a user's name in it, which is not sent: give one that needs none.");
  }
  try {
    guard.check(url.hostname, portOf(url));
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw refuse(`${shownUrl(url)} can't be fetched: ${error.message}.`, error);
  }
  return url;
}

/** The port of a URL, also where it is not written. */
export function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}

/** A URL as messages show it: without the query, which may have a token in it. */
export function shownUrl({ origin, pathname, search }: URL): string {
  const path = pathname.length > SHOWN_PATH ? `${pathname.slice(0, SHOWN_PATH)}…` : pathname;
  return `${origin}${path}${search === "" ? "" : "?…"}`;
}

const refuse = (message: string, cause?: unknown): ImportError => new ImportError(UNKNOWN_SERVER, message, { cause });
