import { readCsv } from "./csv/csv-reader.ts";
import { ImportError } from "./error.ts";
import { readGeojson } from "./geojson/geojson.ts";
import { headOf } from "./head.ts";
import { readKml } from "./kml/kml.ts";
import { ogrFormat, refuseMisnamed } from "./ogr/detect.ts";
import { ogrReader } from "./ogr/ogr-reader.ts";
import { readParquet } from "./parquet/parquet.ts";
import type { Layer, Reader, ReadOptions, SourceFile } from "./reader.ts";

const UNSUPPORTED = 1002;
const HEAD_BYTES = 4096;

/** `PAR1`. */
const PARQUET = "50415231";

/** Files that are recognised to be told what to do with them. */
const REFUSED: readonly { magic: string; what: string; instead: string }[] = [
  { magic: "504b0304", what: "packed once more, as zip", instead: "unpack it and import the files within" },
  { magic: "504b0506", what: "an empty zip archive", instead: "import the CSV or GeoJSON itself" },
  { magic: "1f8b", what: "packed once more, as gzip", instead: "unpack it and import the file within" },
  { magic: "52617221", what: "a rar archive", instead: "unpack it and import the files within" },
  { magic: "425a68", what: "a bzip2 archive", instead: "unpack it, or pack it with gzip" },
  { magic: "377abcaf", what: "a 7z archive", instead: "unpack it and import the files within" },
  { magic: "fd377a58", what: "an xz archive", instead: "unpack it, or pack it with gzip" },
  { magic: "d0cf11e0", what: "an old Excel workbook, or one with a password", instead: "save it as XLSX" },
  { magic: "49492a00", what: "a TIFF raster", instead: "import vector data" },
  { magic: "4d4d002a", what: "a TIFF raster", instead: "import vector data" },
  { magic: "25504446", what: "a PDF", instead: "import the data behind it" },
  { magic: "50415245", what: "an encrypted Parquet file", instead: "write it without encryption" },
];

/**
 * The tables that are in a file, opened by what it holds, not by its name.
 *
 * @throws ImportError 1002 when it is of no known format, saying what to convert it to
 */
export async function* openLayers(file: SourceFile, options: ReadOptions): AsyncGenerator<Layer> {
  const reader = await findReader(file);
  yield* reader(file, options);
}

/** Who reads a file, by what it holds. @throws ImportError as {@link openLayers} */
export async function findReader(file: SourceFile): Promise<Reader> {
  const head = await headOf(file.path, HEAD_BYTES);
  const ogr = await ogrFormat(file, head);
  if (ogr !== undefined) return ogrReader(ogr);
  const hex = head.toString("hex", 0, 8);
  const refused = REFUSED.find(({ magic }) => hex.startsWith(magic));
  if (refused) throw unsupported(`The file is ${refused.what}, which can't be imported: ${refused.instead}.`);
  if (hex.startsWith(PARQUET)) return readParquet;
  const first = firstLetter(head);
  if (first === "<" && isKml(head, file.name)) return readKml;
  if (first === "<") throw unsupported(ofMarkup(head));
  refuseMisnamed(file);
  const saysJson = /\.(geo)?json[ls]?$|\.ndjson$/i.test(file.name);
  if (saysJson || first === "{" || (first === "[" && !/\.(csv|tsv|txt)$/i.test(file.name))) return readGeojson;
  return readCsv;
}

const unsupported = (message: string): ImportError => new ImportError(UNSUPPORTED, message);

/** Whether XML is KML, by its first element, or by its name where only a comment is to be seen. */
function isKml(head: Buffer, name: string): boolean {
  const first = /<(?:[\w.-]+:)?([a-z][\w.-]*)[\s>/]/i.exec(head.toString("latin1").replaceAll("\0", ""))?.[1];
  return first === undefined
    ? /\.kml$/i.test(name)
    : /^(?:kml|placemark)$/i.test(first) || (/\.kml$/i.test(name) && !/^(?:html|head|body)$/i.test(first));
}

/** What to do with XML. A page is mostly an answer that was taken for the file. */
function ofMarkup(head: Buffer): string {
  const text = head.toString("latin1").replaceAll("\0", "");
  if (/<(!doctype\s+html|html|head|body)\b/i.test(text)) {
    return "The file is a web page, not data: open it to see what it says, and import the data itself.";
  }
  return "The file is XML, which can't be imported: convert it to GeoJSON or CSV.";
}

/** Blanks, NULs, record separators, and marks of byte order. */
const BEFORE_TEXT = new Set([0x09, 0x0a, 0x0d, 0x20, 0x00, 0x1e, 0xef, 0xbb, 0xbf, 0xff, 0xfe]);

/** The first letter of a text in any of Unicode's encodings. */
const firstLetter = (head: Buffer): string => String.fromCharCode(head.find((byte) => !BEFORE_TEXT.has(byte)) ?? 0);
