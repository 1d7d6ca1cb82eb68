import { type ImportOptions, type ImportWork, newImport } from "../imports/import.ts";
import type { EndedRun, RunSpec } from "./store.ts";

/** A run of a synchronization, as the import that it is: of another file than the last one, into the table of that. */
export function toImportWork({ id, url, options, tableName, tableId, columns, version }: RunSpec): ImportWork {
  const since = tableId === undefined ? {} : version;
  // Who may read a table is its owner's affair once it is there.
  const how: ImportOptions = tableId === undefined ? options : { ...options, privacy: undefined };
  const sync = { id, table: tableId, name: tableName, columns };
  return { ...newImport({ kind: "url", url, since }, how), sync };
}

/** Whether a run loaded what its synchronization asks for now: it may have been changed meanwhile. */
export function isAsAsked({ url, options, work }: EndedRun): boolean {
  return work?.source.kind === "url" && work.source.url === url && !readsOtherwise(options, work.options);
}

/** Whether a file is another table when it is read in another way. */
export function readsOtherwise(one: ImportOptions, other: ImportOptions): boolean {
  return (
    one.typeGuessing !== other.typeGuessing ||
    one.quotedFieldsGuessing !== other.quotedFieldsGuessing ||
    one.decimalComma !== other.decimalComma
  );
}
