import { IMPORT_ERRORS, type Synchronization, UNKNOWN_IMPORT_ERROR } from "@carto-ts/protocol";
import { ImportError } from "../errors.ts";
import { toPlain } from "../imports/import-error.ts";

/** Makes the error of a synchronization whose last run failed. `redact` blanks keys out: an address may hold one. */
export function toSyncError(sync: Synchronization, redact: (text: string) => string): ImportError {
  const code = sync.error_code ?? UNKNOWN_IMPORT_ERROR;
  const kind = IMPORT_ERRORS[code] ?? IMPORT_ERRORS[UNKNOWN_IMPORT_ERROR];
  const title = kind?.title ?? "Unknown";
  const told = redact(sync.error_message ?? "");
  // Servers write the title in front of it.
  const whatAbout = told.startsWith(`${title} `) ? told.slice(title.length + 1) : told;
  const shown = [`${title} (${code})`, toPlain(whatAbout)].filter((part) => part !== "").join(": ");
  return new ImportError(`The synchronization of ${redact(sync.name ?? sync.url)} failed: ${shown}`, {
    importId: sync.log_id ?? "",
    code,
    title,
    whatAbout,
    source: kind?.source ?? "cartodb",
    warnings: {},
  });
}
