import { IMPORT_ERRORS, type Import, UNKNOWN_IMPORT_ERROR } from "@carto-ts/protocol";
import { ImportError } from "../errors.ts";

/** Makes the error of an import that failed. `redact` blanks keys out: an address to import from may hold one. */
export function toImportError(ended: Import, redact: (text: string) => string): ImportError {
  const code = ended.error_code ?? (ended.state === "stuck" ? 6671 : UNKNOWN_IMPORT_ERROR);
  const known = IMPORT_ERRORS[code] ?? IMPORT_ERRORS[UNKNOWN_IMPORT_ERROR];
  const text = ended.get_error_text;
  const title = redact(text?.title || known?.title || "Unknown");
  const whatAbout = redact(text?.what_about ?? "");
  const shown = [`${title} (${code})`, toPlain(whatAbout)].filter((part) => part !== "").join(": ");
  return new ImportError(`The import of ${redact(ended.display_name || ended.id)} failed: ${shown}`, {
    importId: ended.id,
    code,
    title,
    whatAbout,
    source: text?.source ?? known?.source ?? "cartodb",
    warnings: ended.warnings ?? {},
  });
}

/** Takes the marks out of a text: the original's have links in them. */
export function toPlain(html: string): string {
  return html
    .replace(/<\/?(?:br|p|div|ul|ol|li)\b[^>]*>/gi, " ")
    .replace(/<\/?[a-z][^>]*>/gi, "")
    .replace(/\s+/g, " ")
    .trim();
}
