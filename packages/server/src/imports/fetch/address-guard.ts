import { once } from "node:events";
import type { Socket } from "node:net";
import { type Address, AllowList, type Host, isPublic, parseAddress, parseHost, shownHost } from "./address.ts";
import { type Network, systemNetwork } from "./network.ts";
import { PortList } from "./port-list.ts";
import { TimeLimit } from "./time-limit.ts";

/** Why a host was not reached. */
export type AddressProblem = "refused" | "unknown" | "unreachable" | "timeout";

/** A host that is not, or could not be, connected to. Its message never has an address that the caller did not give. */
export class AddressError extends Error {
  override readonly name = "AddressError";
  readonly problem: AddressProblem;

  constructor(problem: AddressProblem, message: string, cause?: unknown) {
    super(message, { cause });
    this.problem = problem;
  }
}

/** What a guard lets through. */
export interface GuardOptions {
  /** Ports and ranges of them, between commas: `80,443,8000-8999`. @defaultValue "80,443" */
  ports?: string;
  /** Hosts that need not be public: `127.0.0.1/32,10.0.0.0/8,files.example.org`. A name stands for all its addresses. */
  allowed?: string;
  /** @defaultValue the system's */
  network?: Network;
}

/** How a connection is waited for. */
export interface ConnectOptions {
  signal: AbortSignal;
  /** Milliseconds, the look-up included. */
  timeoutMs: number;
}

/**
 * Connects to public hosts alone, for addresses that somebody else gave: a server in a private network must not be made
 * to read what only it can reach.
 *
 * A name is looked up once a connection, all its addresses are checked, and one of those is dialled: a resolver that
 * answers differently the next time gains nothing.
 */
export class AddressGuard {
  readonly #ports: PortList;
  readonly #allowed: AllowList;
  readonly #network: Network;

  /** @throws Error naming what in `ports` or `allowed` can't be read. */
  constructor({ ports = "80,443", allowed = "", network = systemNetwork }: GuardOptions = {}) {
    this.#ports = new PortList(ports);
    this.#allowed = new AllowList(allowed);
    this.#network = network;
  }

  /** Checks what can be known of a host without looking it up. @throws {@link AddressError} `refused`. */
  check(host: string, port: number): void {
    this.#parse(host, port);
  }

  /** Connects to a host. @throws {@link AddressError}, or the signal's reason. */
  async connect(host: string, port: number, { signal, timeoutMs }: ConnectOptions): Promise<Socket> {
    const target = this.#parse(host, port);
    using limit = new TimeLimit(signal, timeoutMs);
    try {
      const addresses = await orAborted(this.#resolve(target), limit.signal);
      return await opened(this.#network.connect(addresses, port), limit.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AddressError) throw error;
      const name = shownHost(target);
      if (limit.isOver) {
        throw new AddressError("timeout", `${name} did not answer within ${timeoutMs / 1000} s`, error);
      }
      const { code = "no code" } = error as NodeJS.ErrnoException;
      throw new AddressError("unreachable", `connecting to port ${port} of ${name} failed (${code})`, error);
    }
  }

  #parse(host: string, port: number): Host {
    const parsed = parseHost(host);
    if (!parsed) throw new AddressError("refused", `${JSON.stringify(host.slice(0, 100))} is no host`);
    if (!this.#ports.has(port)) {
      throw new AddressError("refused", `port ${port} is not allowed; those allowed are ${this.#ports}`);
    }
    if ("address" in parsed && !this.#mayReach(parsed.address)) throw notAllowed(parsed);
    return parsed;
  }

  async #resolve(host: Host): Promise<string[]> {
    if ("address" in host) return [host.address.toString()];
    const byName = this.#allowed.hasName(host.name);
    const addresses = (await this.#lookup(host.name)).map(parseAddress);
    return addresses.map((address) => {
      // One that is not public among others that are is no accident.
      if (!address || !(byName || this.#mayReach(address))) throw notAllowed(host);
      return address.toString();
    });
  }

  async #lookup(name: string): Promise<readonly string[]> {
    try {
      const found = await this.#network.lookup(name);
      if (found.length > 0) return found;
    } catch (error) {
      throw unknownHost(name, error);
    }
    throw unknownHost(name);
  }

  #mayReach(address: Address): boolean {
    return isPublic(address) || this.#allowed.hasAddress(address);
  }
}

const notAllowed = (host: Host): AddressError =>
  new AddressError("refused", `address not allowed: ${shownHost(host)} is not a public host`);

const unknownHost = (name: string, cause?: unknown): AddressError =>
  new AddressError("unknown", `no address is known for the host ${name}`, cause);

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      work,
      once(signal, "abort", { signal: ended.signal }).then(() => {
        throw signal.reason;
      }),
    ]);
  } finally {
    ended.abort();
  }
}

async function opened(socket: Socket, signal: AbortSignal): Promise<Socket> {
  // One that breaks before its user listens must not end the process.
  socket.on("error", () => {});
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
