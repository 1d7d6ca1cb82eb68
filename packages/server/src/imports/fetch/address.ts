import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import ipaddr, { type IPv4, type IPv6 } from "ipaddr.js";

/** An address; one that IPv6 only wraps around IPv4 is the IPv4 one. */
export type Address = IPv4 | IPv6;

/** A host: one address, or a name that has some. */
export type Host = { address: Address } | { name: string };

/** The part of IPv6 that is routed in public. */
const GLOBAL_UNICAST = ipaddr.parseCIDR("2000::/3");

/** Whether an address is one of the public internet, of one machine. */
export function isPublic(address: Address): boolean {
  if (address.range() !== "unicast") return false;
  return address.kind() === "ipv4" || address.match(GLOBAL_UNICAST);
}

/**
 * Reads an address as the system would: decimal, octal, hexadecimal and short forms of IPv4 too. Undefined if it is none,
 * or is bound to an interface (`fe80::1%eth0`).
 */
export function parseAddress(text: string): Address | undefined {
  if (text.includes("%") || !ipaddr.isValid(text)) return undefined;
  // Not `parse`: whatever wraps an IPv4 address is that address.
  return ipaddr.process(text);
}

/** A host as people know it. */
export const shownHost = (host: Host): string => ("name" in host ? host.name : host.address.toString());

/** Reads a host as it stands in a URL or a connection string. Undefined if it is none. */
export function parseHost(text: string): Host | undefined {
  const host = text.replace(/^\[(.*)\]$/, "$1");
  if (host.includes(":")) return asAddress(host);
  if (host.length > 253 || /[\s/\\?#@%]/.test(host)) return undefined;
  // Digits and dots of other alphabets become ASCII here, and then may be an address.
  const name = domainToASCII(host).replace(/\.$/, "");
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)) return undefined;
  return asAddress(name) ?? { name };
}

function asAddress(text: string): Host | undefined {
  const address = parseAddress(text);
  return address && { address };
}

/** Hosts that may be reached although they are not public. */
export class AllowList {
  readonly #names = new Set<string>();
  readonly #ranges: [Address, number][] = [];

  /**
   * @param list Names, addresses and ranges, between commas: `127.0.0.1/32,10.0.0.0/8,files.example.org`.
   * @throws Error naming the entry that is none.
   */
  constructor(list: string) {
    for (const entry of list.split(",").map((text) => text.trim())) if (entry !== "") this.#add(entry);
  }

  hasName(name: string): boolean {
    return this.#names.has(name);
  }

  hasAddress(address: Address): boolean {
    return this.#ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
  }

  #add(entry: string): void {
    const [base = "", ...rest] = entry.split("/");
    if (isIP(base) !== 0) {
      this.#ranges.push(parseRange(entry));
      return;
    }
    const host = rest.length === 0 ? parseHost(base) : undefined;
    // 127.1 and 0x7f000001 are addresses as well, but hardly meant.
    if (!host || "address" in host) throw badEntry(entry);
    this.#names.add(host.name);
  }
}

function parseRange(entry: string): [Address, number] {
  try {
    return entry.includes("/") ? ipaddr.parseCIDR(entry) : [ipaddr.parse(entry), isIP(entry) === 4 ? 32 : 128];
  } catch {
    throw badEntry(entry);
  }
}

const badEntry = (entry: string): Error =>
  new Error(`${JSON.stringify(entry)} is no host, address or range such as 10.0.0.0/8`);
