import { ARCHIVE_EXTENSIONS, DATA_EXTENSIONS } from "../names/extensions.ts";
import { cleanFileName } from "../names/file-name.ts";
import { dispositionName } from "./content-disposition.ts";

/**
 * Extensions that a file of a type may have. One that has another gets the first.
 *
 * Longer than the original's lists: a type that says no more than the extension, as when a server calls all that is
 * text `text/plain`, does not take it away.
 */
const EXTENSIONS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    "text/plain": ["txt", "kml", "geojson", "csv", "tsv", "tab", "json", "geojsonl", "geojsons", "ndjson"],
    "text/csv": ["csv"],
    "text/tab-separated-values": ["tsv", "tab"],
    "application/json": ["json", "geojson", "geojsonl", "geojsons", "ndjson"],
    "text/javascript": ["json", "geojson", "js"],
    "application/javascript": ["json", "geojson", "js"],
    "application/geo+json": ["geojson", "json"],
    "application/vnd.geo+json": ["geojson", "json"],
    "application/geo+json-seq": ["geojsons", "geojsonl", "ndjson"],
    "application/x-ndjson": ["ndjson", "geojsonl", "geojsons"],
    "application/vnd.ms-excel": ["xls", "csv", "tsv", "txt"],
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ["xlsx"],
    "application/vnd.ms-excel.sheet.binary.macroenabled.12": ["xlsb"],
    "application/vnd.google-earth.kml+xml": ["kml"],
    "application/vnd.google-earth.kmz": ["kmz"],
    "application/gpx+xml": ["gpx"],
    "application/gml+xml": ["gml", "xml"],
    "application/geopackage+sqlite3": ["gpkg"],
    "application/vnd.oasis.opendocument.spreadsheet": ["ods"],
    "application/flatgeobuf": ["fgb"],
    "application/osm3s+xml": ["osm"],
  }),
);

const KNOWN = [...DATA_EXTENSIONS, ...ARCHIVE_EXTENSIONS].join("|");
const HAS_KNOWN = new RegExp(`[^.]\\.(?:${KNOWN})$`, "i");
const WORD = "[\\p{L}\\p{N}_-]";
const NAME_ANYWHERE = new RegExp(`(?<!${WORD})${WORD}+(?:\\.(?:${KNOWN}))+(?!${WORD})`, "iu");

/** What is known of a download. */
export interface Answered {
  /** The address that was asked for, and the one that answered after redirects. */
  urls: readonly URL[];
  /** The header `Content-Disposition`. */
  disposition: string | undefined;
  /** The header `Content-Type`. */
  type: string | undefined;
  /** Whether the file's bytes are gzip. */
  isGzip: boolean;
}

/**
 * The name of a file that was downloaded: the one that the server gives, else the one in the address, else the host's;
 * with the extension that fits its type, and `.gz` if, and only if, it is gzip.
 */
export function downloadName({ urls, disposition, type, isGzip }: Answered): string {
  const given = disposition === undefined ? undefined : cleanFileName(dispositionName(disposition) ?? "");
  const name = given || nameInUrls(urls) || nameOfHost(urls);
  if (!isGzip) return withExtension(name.replace(/\.gz$/i, ""), type);
  return /\.t?gz$/i.test(name) ? name : `${name}.gz`;
}

function nameInUrls(urls: readonly URL[]): string | undefined {
  const segments = urls.map(({ pathname }) => cleanFileName(decoded(pathname.slice(pathname.lastIndexOf("/") + 1))));
  const anywhere = urls.map(({ pathname, search }) => NAME_ANYWHERE.exec(decoded(pathname + search))?.[0]);
  return segments.find((segment) => HAS_KNOWN.test(segment)) ?? anywhere.find((name) => name !== undefined);
}

const nameOfHost = ([url]: readonly URL[]): string =>
  (url?.hostname ?? "")
    .replace(/^www\./, "")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");

function withExtension(name: string, type: string | undefined): string {
  const fitting = EXTENSIONS.get(type?.split(";")[0]?.trim().toLowerCase() ?? "");
  // Of `v1.2` the 2 is no extension.
  const extension = /\.(?!\d+$)([a-z0-9]{1,8})$/i.exec(name)?.[1];
  if (!fitting || fitting.includes(extension?.toLowerCase() ?? "")) return name;
  const stem = extension === undefined ? name : name.slice(0, -extension.length - 1);
  return `${stem}.${fitting[0]}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
