import { NAME_BYTES, numbered } from "./numbered.ts";
import { RESERVED_COLUMNS } from "./reserved.ts";
import { transliterate } from "./transliterate.ts";

const TAG = /<\/?[a-z!][^<>]*>/gi;
const ENTITY = /&#?\w{1,32};/g;

/**
 * Names for a table's columns, one for each header, in order: ASCII, fit to be written without quotes, all different, at
 * most 63 bytes. Names that are so already stay as they are, `cartodb_id` and `the_geom` among them.
 */
export function toColumnNames(headers: readonly string[]): string[] {
  const taken = new Set<string>();
  const next = new Map<string, number>();
  return headers.map((header) => {
    const name = toColumnName(header);
    let free = name;
    for (let number = next.get(name) ?? 1; taken.has(free); number++) {
      free = numbered(name, number);
      next.set(name, number + 1);
    }
    taken.add(free);
    return free;
  });
}

/** One column's name from its header, as {@link toColumnNames} makes it. */
export function toColumnName(header: string): string {
  const text = transliterate(header.replace(TAG, "").replace(ENTITY, " "));
  const name = text
    // Underscores are letters of a name: only separators are taken off its ends.
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^-|-$/g, "")
    .replace(/[-_]+/g, "_");
  const valid = /^[a-z_]/.test(name) && !RESERVED_COLUMNS.has(name);
  return (valid ? name : `_${name}`).slice(0, NAME_BYTES);
}
