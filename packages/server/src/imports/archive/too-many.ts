import { ImportError } from "../error.ts";

/** Entries that an archive may have. */
const MAX_ENTRIES = 10_000;
const TOO_BIG = 6666;

/** Looks whether an archive has more entries than are read. @throws ImportError 6666 */
export function refuseTooMany(entries: number): void {
  if (entries <= MAX_ENTRIES) return;
  throw new ImportError(
    TOO_BIG,
    `The archive has more than ${MAX_ENTRIES} files and folders: pack those to be imported by themselves.`,
  );
}
