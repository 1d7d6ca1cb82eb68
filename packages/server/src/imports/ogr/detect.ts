import { workbookFormat } from "../archive/workbook.ts";
import { ImportError } from "../error.ts";
import type { SourceFile } from "../reader.ts";
import { OGR_FORMATS as FORMATS, type OgrFormat } from "./format.ts";
import { jsonKind } from "./json-kind.ts";

const UNSUPPORTED = 1002;
const SQLITE = "53514c69746520666f726d6174203300";
/** Where a SQLite file says what it is for. */
const APPLICATION_AT = 68;
const PBF_HEADER = "OSMHeader";

/**
 * Tells a format that GDAL reads by what the file begins with; undefined for all others.
 *
 * @throws ImportError 1006 for a file that lacks those which belong to it
 */
export async function ogrFormat(file: SourceFile, head: Buffer): Promise<OgrFormat | undefined> {
  if (file.place?.entry.endsWith(".gdb")) return FORMATS.gdb;
  const hex = head.toString("hex", 0, 16);
  if (hex.startsWith("0000270a")) return FORMATS.shapefile;
  if (hex === SQLITE) return isGeopackage(file, head) ? FORMATS.gpkg : FORMATS.sqlite;
  if (/^66676203666762/.test(hex)) return FORMATS.fgb;
  if (hex.startsWith("504b0304")) return ofWorkbook(file);
  if (head.length === 0) return undefined;
  if (head.toString("latin1", 6, 6 + PBF_HEADER.length) === PBF_HEADER) return FORMATS.pbf;
  return ofText(head);
}

/** Extensions that no other format has. */
const OWN_EXTENSION = /\.(shp|gpkg|fgb|gpx|gml|osm|pbf|mif|dxf|xlsx|xlsm|ods|sqlite)$/i;

/** Looks whether a file that is nothing GDAL reads is called as if it was. @throws ImportError with the format's code */
export function refuseMisnamed({ name, size }: SourceFile): void {
  const extension = OWN_EXTENSION.exec(name)?.[1]?.toLowerCase().replace("xlsm", "xlsx");
  const format = Object.values(FORMATS).find((one) => one.extension === extension);
  if (size === 0 || format === undefined) return;
  throw new ImportError(
    format.code,
    `${name} is no ${format.name}, as its name says: look what it is, and export it anew.`,
  );
}

function isGeopackage({ name }: SourceFile, head: Buffer): boolean {
  const application = head.toString("latin1", APPLICATION_AT, APPLICATION_AT + 4);
  return /^GP(?:KG|1[01])$/.test(application) || /\.gpkg(?:\.gz)?$/i.test(name);
}

async function ofWorkbook(file: SourceFile): Promise<OgrFormat | undefined> {
  const format = await workbookFormat(file);
  if (format === "XLSB") {
    throw new ImportError(
      UNSUPPORTED,
      "The file is a binary workbook, which can't be imported: save it as XLSX or CSV.",
    );
  }
  return format && (format === "ODS" ? FORMATS.ods : FORMATS.xlsx);
}

const ROOTS: Readonly<Record<string, OgrFormat>> = { gpx: FORMATS.gpx, osm: FORMATS.osm };
const GML = /^<(?:gml|wfs):|\sxmlns(?::\w+)?\s*=\s*["']http:\/\/www\.opengis\.net\/(?:gml|wfs)/;

function ofText(head: Buffer): OgrFormat | undefined {
  // Of UTF-16, every other byte is a zero.
  const text = head
    .toString("latin1")
    .replace(/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, "")
    .replaceAll("\0", "")
    .trimStart();
  if (text.startsWith("<")) return ofXml(text);
  if (text.startsWith("{")) return ofJson(text);
  if (/^!table\r?\n/i.test(text)) return FORMATS.tab;
  if (/^version\s+\d+\s+(?:charset|delimiter|unique|index|coordsys|columns)\b/i.test(text)) return FORMATS.mif;
  const isDxf = /^(?:999[^\n]*\n[^\n]*\n\s*)*0\s*\n\s*SECTION\s/.test(text) || text.startsWith("AutoCAD Binary DXF");
  return isDxf ? FORMATS.dxf : undefined;
}

function ofXml(text: string): OgrFormat | undefined {
  const root = rootTag(text);
  const name = /^<([\w.-]+)/.exec(root)?.[1] ?? "";
  if (/^(?:\w+:)?kml$/i.test(name)) return undefined;
  const known = Object.hasOwn(ROOTS, name) ? ROOTS[name] : undefined;
  return known ?? (GML.test(root) ? FORMATS.gml : undefined);
}

/** An XML document's first tag, behind declarations and comments. */
function rootTag(text: string): string {
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    if (/^<[A-Za-z_]/.test(rest)) return /^<[^>]*>?/.exec(rest)?.[0] ?? "";
    const end = rest.startsWith("<!--") ? rest.indexOf("-->") : endOfDeclaration(rest);
    if (end < 0) return "";
    at += end + 1;
    at += /^[^<]*/.exec(text.slice(at))?.[0].length ?? 0;
  }
  return "";
}

/** A document type has declarations of its own in brackets. */
function endOfDeclaration(text: string): number {
  const subset = /^<![^>[]*\[/.exec(text)?.[0].length;
  if (subset === undefined) return text.indexOf(">");
  const close = text.indexOf("]", subset);
  return close < 0 ? -1 : text.indexOf(">", close);
}

function ofJson(text: string): OgrFormat | undefined {
  const kind = jsonKind(text);
  return kind && (kind === "TopoJSON" ? FORMATS.topojson : FORMATS.esrijson);
}
