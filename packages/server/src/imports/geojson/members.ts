import { type JsonScanner, Unexpected } from "./json-scanner.ts";
import type { KeyTable } from "./key-table.ts";

const QUOTE = 0x22;
const CLOSE_BRACE = 0x7d;

/** Takes the members of an object. */
export interface Members {
  /** Their names. */
  readonly keys: KeyTable;
  /**
   * Takes the value at `start`.
   *
   * @param key Number of its name, or -1 if it has none.
   * @returns Position behind the value; or a negative number, which ends the walk with it.
   */
  take(key: number, start: number): number;
}

/**
 * Walks over an object, its members being taken one by one.
 *
 * @param start Position behind its brace.
 * @returns Position behind its closing brace.
 */
export function walkMembers(scanner: JsonScanner, start: number, members: Members): number {
  const { bytes } = scanner;
  const { keys } = members;
  let key = -1;
  let p = scanner.skipSpace(start);
  if (bytes[p] === CLOSE_BRACE) return p + 1;
  while (p >= 0) {
    if (bytes[p] !== QUOTE) throw new Unexpected(p, "a member's name in quotes");
    key = keys.read(p + 1, key);
    const value = scanner.skipColon(keys.end + 1);
    const end = members.take(key, value);
    if (end < 0) return end;
    p = scanner.skipSeparator(end, CLOSE_BRACE);
  }
  return -1 - p;
}
