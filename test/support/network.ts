import { connect, type Socket } from "node:net";
import type { Network } from "../../packages/server/src/imports/fetch/network.ts";

/**
 * A network in which names have the answers that a test gives them, in turn (the last one again and again), and every
 * address leads to one port of this machine.
 */
export class TestNetwork implements Network {
  /** Names that were looked up. */
  readonly lookups: string[] = [];
  /** Addresses that were connected to, those of one host in one text. */
  readonly dialled: string[] = [];
  readonly #port: number;
  readonly #answers: Readonly<Record<string, readonly string[][]>>;

  /** @param answers Addresses by name; `*` stands for all other names. */
  constructor(port: number, answers: Readonly<Record<string, readonly string[][]>> = {}) {
    this.#port = port;
    this.#answers = answers;
  }

  async lookup(name: string): Promise<readonly string[]> {
    this.lookups.push(name);
    const answers = this.#answers[name] ?? this.#answers["*"] ?? [];
    const times = this.lookups.filter((before) => before === name).length;
    return answers[Math.min(times, answers.length) - 1] ?? [];
  }

  connect(addresses: readonly string[]): Socket {
    this.dialled.push(addresses.join(" "));
    return connect(this.#port, "127.0.0.1");
  }
}
