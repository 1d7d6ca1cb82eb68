import { lookup } from "node:dns/promises";
import { connect, isIPv6, type Socket } from "node:net";

/** What of the network a guard needs. Tests have one of their own, so that nothing leaves the machine. */
export interface Network {
  /** All addresses of a name. @throws what the resolver throws. */
  lookup(name: string): Promise<readonly string[]>;
  /** Begins a connection to the first of the addresses that answers. */
  connect(addresses: readonly string[], port: number): Socket;
}

/** Milliseconds after which the next address of a host is tried. */
const NEXT_ADDRESS_MS = 1_000;

/** The system's resolver, which knows the hosts file too, and its sockets. */
export const systemNetwork: Network = {
  async lookup(name) {
    const found = await lookup(name, { all: true });
    return found.map(({ address }) => address);
  },
  connect(addresses, port) {
    const answers = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
    return connect({
      // Never looked up: the addresses are those that were checked.
      host: "checked.invalid",
      port,
      lookup: (_host, _options, done) => done(null, answers),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    });
  },
};
