import { InvalidArgumentError } from "commander";
import type { Bounds } from "./tiles/pmtiles.ts";

/** A positive number of seconds, which may have decimals. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0) || seconds > 2_000_000) throw new InvalidArgumentError("It must be a number of seconds above 0.");
  return seconds;
}

const SECONDS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** How often something is done, in seconds: `15m`, `1h`, `1d`, `900`; 0, or `manual`, is only when asked. */
export function parseEvery(text: string): number {
  if (text.toLowerCase() === "manual") return 0;
  const [, count = "", unit = ""] = /^(\d{1,10})([smhdw]?)$/i.exec(text.trim()) ?? [];
  if (count === "") throw new InvalidArgumentError("It must be a time such as 15m, 1h or 1d, or manual.");
  return Number(count) * (SECONDS[unit.toLowerCase()] ?? 1);
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

/** Reads `west,south,east,north`. */
export function parseBounds(text: string): Bounds {
  const [west, south, east, north, ...more] = text.split(",").map(Number);
  const all = [west, south, east, north];
  if (more.length > 0 || !all.every(Number.isFinite) || Number(south) > Number(north)) {
    throw new InvalidArgumentError("It must be four numbers: west,south,east,north.");
  }
  return all as unknown as Bounds;
}

/** Reads a number of pixels. */
export function parsePixels(text: string): number {
  const pixels = parseCount(text);
  if (pixels < 1 || pixels > 8192) throw new InvalidArgumentError("It must be 1 to 8192.");
  return pixels;
}
