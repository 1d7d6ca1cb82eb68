/** Ports that may be connected to. */
export class PortList {
  readonly #text: string;
  readonly #ranges: readonly [from: number, to: number][];

  /** @param list Ports and ranges of them, between commas: `80,443,8000-8999`. @throws Error naming the entry that is none. */
  constructor(list: string) {
    const entries = list
      .split(",")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== "");
    this.#text = entries.join(", ");
    this.#ranges = entries.map(parseRange);
  }

  has(port: number): boolean {
    return this.#ranges.some(([from, to]) => port >= from && port <= to);
  }

  toString(): string {
    return this.#text;
  }
}

function parseRange(entry: string): [number, number] {
  const [, from = "", to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(entry) ?? [];
  const range: [number, number] = [Number(from), Number(to)];
  if (range[0] < 1 || range[1] < range[0] || range[1] > 65_535) {
    throw new Error(`${JSON.stringify(entry)} is no port from 1 to 65535, nor a range such as 8000-8999`);
  }
  return range;
}
