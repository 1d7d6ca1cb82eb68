import type { Client } from "../client.ts";
import { AnonymousMaps } from "./anonymous.ts";
import { NamedMaps } from "./named.ts";

/** Maps API: vector tiles and images of queries. */
export class Maps {
  /** Maps made of a MapConfig on the spot. */
  readonly anonymous: AnonymousMaps;
  /** Maps kept under a name. */
  readonly named: NamedMaps;
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
    this.anonymous = new AnonymousMaps(client);
    this.named = new NamedMaps(client);
  }

  /**
   * Headers that others, such as a map library, must send to be let in as this client: `Authorization` for URLs below
   * the client's own base URL, nothing for any other. They are secret.
   *
   * @returns A promise only where a token provider has to be asked.
   */
  headersFor(url: string): Record<string, string> | Promise<Record<string, string>> {
    const { account, credentials } = this.#client;
    if (!URL.canParse(url) || !new URL(url).href.startsWith(account.baseUrl)) return {};
    const header = credentials.header();
    return header instanceof Promise ? header.then(toHeaders) : toHeaders(header);
  }
}

function toHeaders(authorization: string | undefined): Record<string, string> {
  return authorization === undefined ? {} : { Authorization: authorization };
}
