import type { Paging } from "../db/identifier.ts";
import type { AnyFormat } from "../formats/format.ts";
import { formats } from "../formats/registry.ts";
import { HttpError } from "../http/errors.ts";
import type { Params } from "../http/params.ts";

/** What a request to `/sql` asks for. */
export interface SqlQuery {
  q: string;
  format: AnyFormat;
  /** Name of the file, without its extension. */
  filename: string;
  /** `Content-Disposition` of the answer. */
  disposition: string;
  skipfields: ReadonlySet<string>;
  /** Decimals of coordinates. */
  digits: number;
  paging: Paging | undefined;
  /** Name of the JSONP callback; only JSON can be called with. */
  callback: string | undefined;
}

const DEFAULT_FILENAME = "cartodb-query";
const DEFAULT_DIGITS = 6;
const MAX_DIGITS = 15;

/** Reads the parameters of `/sql`. Pure. @throws {@link HttpError} 400 with the contract's texts. */
export function parseQuery(params: Params): SqlQuery {
  const q = params.raw("q");
  if (typeof q !== "string") throw new HttpError(400, "You must indicate a sql query");
  const formatName = params.text("format") ?? "";
  const asked = params.text("filename") ?? "";
  const filename = cleanFilename(asked);
  const format = parseFormat(formatName);
  return {
    q,
    format,
    filename,
    disposition: contentDisposition(
      formatName !== "" || asked !== "" ? "attachment" : "inline",
      `${filename}.${format.extension}`,
    ),
    skipfields: parseSkipfields(params),
    digits: parseDigits(params.text("dp"), format.digits),
    paging: parsePaging(params),
    callback: format.mime.startsWith("application/json") ? params.text("callback") : undefined,
  };
}

const NO_FIELDS: ReadonlySet<string> = new Set();

function parseSkipfields(params: Params): ReadonlySet<string> {
  if (params.raw("skipfields") === undefined) return NO_FIELDS;
  return new Set(params.texts("skipfields").flatMap((list) => list.split(",")));
}

function parseFormat(name: string): AnyFormat {
  const id = name.toLowerCase();
  const format = formats.get(id === "" ? "json" : id);
  if (!format) throw new HttpError(400, `Invalid format: ${id}`);
  return format;
}

/** The file name without folders, without its last extension, without characters that mean something in a header. */
function cleanFilename(name: string): string {
  if (name === "") return DEFAULT_FILENAME;
  const base = name.replace(/^.*[/\\]/s, "").replace(/\.[^.]*$/, "");
  return base.replace(/[;()[\]<>'"\s]/g, "_") || DEFAULT_FILENAME;
}

/** `filename` in ASCII for every client, and `filename*` beside it where that loses something. */
function contentDisposition(kind: string, filename: string): string {
  const ascii = filename.replace(/[^\x21-\x7e]/g, "_");
  const full = ascii === filename ? "" : ` filename*=UTF-8''${encodeURIComponent(filename)};`;
  return `${kind}; filename=${ascii};${full} modification-date="${dateText()}";`;
}

let dateOf = 0;
let date = "";

/** Now, as HTTP writes dates. Made once a second. */
function dateText(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateOf) {
    dateOf = second;
    date = new Date(second * 1000).toUTCString();
  }
  return date;
}

function parseDigits(text: string | undefined, none: number = DEFAULT_DIGITS): number {
  if (text === undefined || text === "") return none;
  const digits = Number(text);
  if (!Number.isInteger(digits) || digits < 0 || digits > MAX_DIGITS) {
    throw new HttpError(400, `dp must be a whole number from 0 to ${MAX_DIGITS}`);
  }
  return digits;
}

/** Page and size only count together; what is no number is as good as absent. */
function parsePaging(params: Params): Paging | undefined {
  const limit = Number.parseInt(params.text("rows_per_page") ?? "", 10);
  const page = Number.parseInt(params.text("page") ?? "", 10);
  const orderBy = params.text("order_by") || undefined;
  const direction = params.text("sort_order")?.toLowerCase();
  const sortOrder = direction === "asc" || direction === "desc" ? direction : undefined;
  const paged = Number.isSafeInteger(limit) && Number.isSafeInteger(page);
  if (!paged && orderBy === undefined) return undefined;
  return paged ? { orderBy, sortOrder, limit, offset: page * limit } : { orderBy, sortOrder };
}
