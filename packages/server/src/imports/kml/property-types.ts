import { BOOLEAN, DATE, TEXT, TIMESTAMP, valueType } from "../csv/kinds.ts";
import { kindOf } from "../csv/value-kind.ts";
import type { ReadOptions, ValueType } from "../reader.ts";

/** Properties whose types are found out; a table has not as many columns. */
const MAX_PROPERTIES = 2_000;

/** Of a value whose type is not asked for: text. */
export const NO_TYPE = "none";

/** What is known of a value before it is looked at. */
export type Expected = typeof NO_TYPE | "time" | { declared: string };

/** Finds the type that fits all values of each property. */
export class PropertyTypes {
  readonly #kinds = new Map<string, number>();

  /** Takes note of a value. */
  learn(name: string, text: string, expected: Expected): void {
    const before = this.#kinds.get(name);
    if (before === undefined && this.#kinds.size === MAX_PROPERTIES) return;
    if (before !== TEXT) this.#kinds.set(name, (before ?? 0) | kindAs(text, expected));
  }

  /** The type of each property that had a value. */
  types(options: Pick<ReadOptions, "decimalComma">): [string, ValueType][] {
    return [...this.#kinds].map(([name, kinds]) => [name, valueType(kinds, options)]);
  }
}

function kindAs(text: string, expected: Expected): number {
  if (expected === NO_TYPE) return TEXT;
  const kind = kindIn(text);
  if (expected === "time") return kind & (DATE | TIMESTAMP) ? kind : TEXT;
  // What is said to be text may look like a number, as codes with leading zeros do.
  if (expected.declared === "string") return kind & (DATE | TIMESTAMP) ? kind : TEXT;
  if (expected.declared === "bool") return /^(?:0|1|true|false)$/i.test(text) ? BOOLEAN : TEXT;
  return kind;
}

function kindIn(text: string): number {
  const bytes = Buffer.from(text);
  return kindOf(bytes, 0, bytes.length);
}
