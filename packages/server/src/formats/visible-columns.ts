import type { Column } from "../db/result.ts";

/**
 * Tells for each column whether it is part of the answer: not skipped, and the last of its name, since JSON objects and
 * most readers of CSV hold one value a name.
 */
export function visibleColumns(columns: readonly Column[], skipfields: ReadonlySet<string>): readonly boolean[] {
  const last = new Map(columns.map(({ name }, index) => [name, index]));
  return columns.map(({ name }, index) => last.get(name) === index && !skipfields.has(name));
}
