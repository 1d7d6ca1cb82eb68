import type { Io, Terminal } from "../io.ts";

/** Terminal styles, each a function from text to text; plain when colour isn't wanted. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

const paint =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001b[${open}m${text}\u001b[${close}m`;

const plain = (text: string): string => text;

/** No styles at all. */
export const PLAIN: Style = { bold: plain, dim: plain, red: plain, yellow: plain };

/**
 * Styles for one output stream: on a terminal only, never with `NO_COLOR` or `TERM=dumb`.
 *
 * @see https://no-color.org
 */
export function createStyle(stream: Terminal, env: Io["env"]): Style {
  const on = stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  return on ? { bold: paint(1, 22), dim: paint(2, 22), red: paint(31, 39), yellow: paint(33, 39) } : PLAIN;
}
