import { type CollisionStrategy, PRIVACIES, type Privacy } from "@carto-ts/protocol";
import { quoteIdent } from "../db/identifier.ts";
import type { PlatformError } from "../http/errors.ts";
import type { Params } from "../http/params.ts";
import type { ImportOptions, ImportSource } from "./import.ts";
import { refusal } from "./refusals.ts";

/** Makes the error for a request that is refused. */
export type Refuse = (status: number, message: string) => PlatformError;

/**
 * Reads how an import is to be done.
 *
 * @param refuse Makes the error, 400, for a value that none of CARTO's is. @defaultValue the import API's
 */
export function parseImportOptions(params: Params, refuse: Refuse = refusal): ImportOptions {
  return {
    typeGuessing: !isFalse(params.text("type_guessing")),
    quotedFieldsGuessing: !isFalse(params.text("quoted_fields_guessing")),
    // Python's `True` is no `true`: its client asks for a map by mistake, and would then miss its dataset.
    contentGuessing: params.text("content_guessing") === "true",
    createVis: params.text("create_vis") === "true",
    decimalComma: params.text("decimal_comma") === "true",
    ...parseSrs(params.text("srs"), refuse),
    privacy: parsePrivacy(params.text("privacy"), refuse),
    collision: parseCollision(params.text("collision_strategy"), refuse),
  };
}

/**
 * Reads where an import's rows come from, a file aside: a URL, a query or a table to copy.
 *
 * @throws PlatformError 400 on a URL that can't be one.
 */
export function parseImportSource(params: Params): ImportSource {
  const url = params.text("url");
  if (url) return { kind: "url", url: parseUrl(url) };
  if (params.raw("connector") !== undefined || params.text("remote_visualization_id")) {
    throw refusal(400, "Connectors and data library items can't be imported yet: give a file or a URL");
  }
  const name = params.text("table_name") ?? "";
  const sql = params.text("sql");
  if (sql) return { kind: "query", q: sql, name: name || "untitled_table" };
  const copy = params.text("table_copy");
  // A name with a dot is a schema's table.
  if (copy) return { kind: "query", q: `SELECT * FROM ${tableOf(copy)}`, name: name || `${copy}_copy` };
  return { kind: "none" };
}

const tableOf = (text: string): string => text.split(".", 2).map(quoteIdent).join(".");

const isFalse = (text: string | undefined): boolean => text?.toLowerCase() === "false";

function parsePrivacy(text: string | undefined, refuse: Refuse): Privacy | undefined {
  if (text === undefined || text === "") return undefined;
  const known = PRIVACIES.find((privacy) => privacy === text.toLowerCase());
  if (known) return known;
  throw refuse(400, `Unknown value '${text}' for 'privacy'. Allowed values are: private, public and link`);
}

function parseSrs(text: string | undefined, refuse: Refuse): { srid?: number } {
  if (text === undefined || text === "") return {};
  const code = /^(?:EPSG:)?(\d{4,6})$/i.exec(text.trim())?.[1];
  if (code !== undefined) return { srid: Number(code) };
  throw refuse(400, `Unknown value '${text}' for 'srs'. Name a coordinate system by its EPSG code, such as EPSG:25830`);
}

function parseCollision(text: string | undefined, refuse: Refuse): CollisionStrategy | undefined {
  if (text === undefined || text === "") return undefined;
  if (text === "skip" || text === "overwrite") return text;
  throw refuse(400, "collision_strategy Invalid collision strategy");
}

function parseUrl(text: string): string {
  const url = readUrl(text);
  if (url === undefined) throw refusal(400, invalidUrl(text));
  return url;
}

/** The address of a file, as it was given; undefined for what is none, or has a NUL, which PostgreSQL doesn't take. */
export function readUrl(text: string): string | undefined {
  if (text.includes("\0")) return undefined;
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:" ? text.trim() : undefined;
}

/** What is said of an address that {@link readUrl} can't read. */
export const invalidUrl = (text: string): string => `Invalid URL, cannot connect dataset: ${text}`;
