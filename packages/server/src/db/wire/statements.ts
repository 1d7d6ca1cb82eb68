import type { Connection } from "pg";
import type { NamedStatement } from "./messages.ts";

/** Statements that a connection keeps prepared; a plan may take some hundred kilobytes. */
const KEPT = 64;

/** The statements that are prepared on a connection, the longest unused first. */
export class PreparedStatements {
  readonly #names = new Map<string, string>();
  #made = 0;
  #stale: string | undefined;

  /** The statements of a connection. */
  static of(connection: Connection): PreparedStatements {
    const known = statements.get(connection) ?? new PreparedStatements();
    statements.set(connection, known);
    return known;
  }

  /** How to run `text` now. Names are never used again, so that one whose fate is not known does no harm. */
  take(text: string): NamedStatement {
    const name = this.#names.get(text);
    if (name === undefined) return { name: `carto_${++this.#made}`, text, forget: this.#surplus() };
    this.#names.delete(text);
    this.#names.set(text, name);
    return { name, text: undefined, forget: undefined };
  }

  /** Remembers that the connection has prepared `text`. */
  keep(text: string, name: string): void {
    this.#names.set(text, name);
  }

  /** Forgets `text`, for the connection doesn't have it, or can't use it any more. */
  drop(text: string): void {
    this.#stale = this.#names.get(text);
    this.#names.delete(text);
  }

  /** Forgets all of them; a reset drops them from the connection. */
  clear(): void {
    this.#names.clear();
  }

  #surplus(): string | undefined {
    const stale = this.#stale;
    this.#stale = undefined;
    if (stale !== undefined) return stale;
    if (this.#names.size < KEPT) return undefined;
    const [oldest] = this.#names;
    if (!oldest) return undefined;
    this.#names.delete(oldest[0]);
    return oldest[1];
  }
}

const statements = new WeakMap<Connection, PreparedStatements>();
