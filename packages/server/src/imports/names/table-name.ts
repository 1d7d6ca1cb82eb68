import { ImportError } from "../error.ts";
import { ARCHIVE_EXTENSIONS, DATA_EXTENSIONS } from "./extensions.ts";
import { NAME_BYTES, numbered } from "./numbered.ts";
import { RESERVED_TABLES } from "./reserved.ts";

const ending = (extensions: readonly string[]): RegExp => new RegExp(`\\.(?:${extensions.join("|")})$`, "i");

const ARCHIVE = ending(ARCHIVE_EXTENSIONS);
const DATA = ending(DATA_EXTENSIONS);

/** How many names are tried for one table. */
const TRIES = 10_000;
const INVALID_NAME = 1014;

/**
 * A table's name from that of a file or a layer: `2010 data.csv` becomes `table_2010_data`.
 *
 * ASCII, fit to be written without quotes, at most 63 bytes; `untitled_table` if nothing is left. Extensions of files are
 * taken off, other dots are part of the name. Such a name stays as it is.
 */
export function toTableName(fileName: string): string {
  const base = fileName
    .trim()
    .replace(/\.tar(?=\.(?:gz|bz2)$)/i, "")
    .replace(ARCHIVE, "")
    .replace(DATA, "")
    .replace(/[()'"&]/g, "")
    .toLowerCase()
    .trim();
  if (base === "") return "untitled_table";
  const started = /^[a-z]/.test(base) ? base : `table_${base}`;
  const name = started
    .replace(/[^a-z0-9_]/g, "_")
    .replace(/_+/g, "_")
    .slice(0, NAME_BYTES);
  return RESERVED_TABLES.has(name) ? `${name}_t` : name;
}

/**
 * `base` if it is not taken, else the first of `base_1`, `base_2`, … that is not; each at most 63 bytes.
 *
 * @throws {@link ImportError} 1014 after 10,000 that are taken.
 */
export function freeTableName(base: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(base)) return base;
  for (let number = 1; number <= TRIES; number++) {
    const name = numbered(base, number);
    if (!isTaken(name)) return name;
  }
  throw new ImportError(
    INVALID_NAME,
    `All ${TRIES} names from ${base}_1 on are taken: rename the file, or drop tables.`,
  );
}
