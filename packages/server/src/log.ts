import { inspect } from "node:util";

/** Levels, from the one that says most. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

const ORDER: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];

/** Names of fields whose values never reach the log. */
const SECRET = /key|token|password|secret|authorization/i;
/** Keys in URLs and connection strings that are part of a longer text. */
const SECRETS_IN_TEXT: readonly [RegExp, string][] = [
  [/\b(api_key|map_key|token|password)=[^&\s"']+/gi, "$1=***"],
  [/(\w+:\/\/[^:/@\s]*):[^@\s]+@/g, "$1:***@"],
  [/\b(Basic|Bearer)\s+[\w+/=.~-]+/gi, "$1 ***"],
];

/** A log of one JSON object a line. */
export class Log {
  readonly #level: number;
  readonly #write: (line: string) => void;

  constructor(level: LogLevel, write: (line: string) => void) {
    this.#level = ORDER.indexOf(level);
    this.#write = write;
  }

  enabled(level: LogLevel): boolean {
    return ORDER.indexOf(level) >= this.#level;
  }

  debug(message: string, fields: Record<string, unknown> = {}): void {
    this.#line("debug", message, fields);
  }

  info(message: string, fields: Record<string, unknown> = {}): void {
    this.#line("info", message, fields);
  }

  warn(message: string, fields: Record<string, unknown> = {}): void {
    this.#line("warn", message, fields);
  }

  error(message: string, fields: Record<string, unknown> = {}): void {
    this.#line("error", message, fields);
  }

  #line(level: LogLevel, message: string, fields: Record<string, unknown>): void {
    if (!this.enabled(level)) return;
    this.#write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }, redact)}\n`);
  }
}

function redact(name: string, value: unknown): unknown {
  if (name !== "" && SECRET.test(name) && typeof value !== "object") return "***";
  if (value instanceof Error) return redactText(inspect(value));
  return typeof value === "string" ? redactText(value) : value;
}

/** Takes keys and passwords out of a text. */
export function redactText(text: string): string {
  return SECRETS_IN_TEXT.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}
