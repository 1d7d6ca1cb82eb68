import { InvalidArgumentError } from "commander";

/** A positive number of seconds, which may have decimals. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0) || seconds > 2_000_000) throw new InvalidArgumentError("It must be a number of seconds above 0.");
  return seconds;
}

/** An integer from 0 on. */
export function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It must be a whole number, 0 or more.");
  return Number(text);
}

/** A TCP port; 0 takes a free one. */
export function parsePort(text: string): number {
  const port = parseCount(text);
  if (port > 65_535) throw new InvalidArgumentError("It must be a port, 0 to 65535.");
  return port;
}

/** Names separated by commas. */
export function parseList(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** Gathers the values of an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
