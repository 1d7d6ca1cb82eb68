import { ARCHIVE_EXTENSIONS } from "../names/extensions.ts";
import { cleanFileName } from "../names/file-name.ts";
import { isInGeodatabase, type Part, partOf } from "./part.ts";

/** Bytes that are unpacked at a time. */
export const CHUNK_BYTES: number = 64 * 1024;

/** How a packed file is read. */
export interface PackedOptions {
  /** Aborting it ends the reading. */
  signal: AbortSignal;
  /** Called now and then with the bytes of the packed file that were read so far. */
  onProgress(bytes: number): void;
}

/** One entry of an archive. */
export interface Member {
  /** Its name with folders, as the archive has it: it may be anything, and no file is ever made under it. */
  path: string;
  /** `sparse`: a file with holes, which has to be put together first. */
  kind: "file" | "folder" | "link" | "device" | "sparse";
  /** Bytes that it says it unpacks to. */
  size: number;
  /**
   * What it holds, in pieces; to be asked for before the next member is.
   *
   * @throws ImportError 1018 when it has a password, 1003 when it is packed in a way that is not known; another error when
   * it is damaged
   */
  chunks(): AsyncIterable<Uint8Array>;
}

/**
 * What becomes of a member: it is imported, alone or with those that it belongs to, passed over as nobody would miss it, or
 * left out and told of.
 */
export type Verdict =
  | { verdict: "take"; name: string }
  | { verdict: "part"; part: Part }
  | { verdict: "ignore" }
  | { verdict: "skip"; reason: string };

/** Formats that are read, each from one file. */
const READ = new RegExp(
  `\\.(?:${[
    "csv|tsv|txt|json|geojson|geojson[ls]|ndjson|kml|parquet|geoparquet",
    "topojson|gpkg|fgb|gpx|osm|pbf|sqlite|sqlite3|db|xlsx|xlsm|ods|dxf",
  ].join("|")})(?:\\.gz)?$`,
  "i",
);
/** Files beside others that say nothing more about their data. */
const COMPANION = /\.(?:sbn|sbx|qix|shp\.xml|qmd|qpj|ain|aih|atx|ixs|mxs|fbn|fbx)$/i;
const PROSE = /readme.*\.(?:txt|md)$|\.version\.txt$/i;
const ARCHIVE = new RegExp(`\\.(?:${ARCHIVE_EXTENSIONS.join("|")})$`, "i");

const OTHER_KINDS = {
  link: "it is a link to another file",
  device: "it is no plain file",
  sparse: "it has holes: pack it again without --sparse",
} as const;

/**
 * Says what becomes of a member, by its name and kind.
 *
 * Folders, hidden files, those of systems (`__MACOSX`), and read-me files are nobody's data.
 */
export function judge({ path, kind }: Pick<Member, "path" | "kind">): Verdict {
  const parts = path.split(/[/\\]/).filter((part) => part !== "" && part !== ".");
  const name = cleanFileName(parts.at(-1) ?? "");
  if (kind === "folder" || name === "" || PROSE.test(name)) return { verdict: "ignore" };
  if (parts.includes("..")) return skip("its name leads out of the archive");
  if (parts.some((part) => part.startsWith(".") || part.startsWith("__"))) return { verdict: "ignore" };
  if (kind !== "file") return skip(OTHER_KINDS[kind]);
  const part = partOf(parts);
  if (part !== undefined) return { verdict: "part", part };
  if (isInGeodatabase(parts) || COMPANION.test(name)) return { verdict: "ignore" };
  if (READ.test(name)) return { verdict: "take", name };
  if (ARCHIVE.test(name)) return skip("it is packed once more: unpack it and import what is in it");
  return skip(cannotBeRead(name));
}

/** Why a file is left out whose name says that it holds nothing that is read. */
export const cannotBeRead = (name: string): string => `${formatOf(name)} can't be imported`;

const skip = (reason: string): Verdict => ({ verdict: "skip", reason });

function formatOf(name: string): string {
  const extension = /\.([a-z0-9]{1,10})$/i.exec(name)?.[1];
  return extension === undefined ? "a file without an extension" : `a file of the format ${extension.toLowerCase()}`;
}

/** A member's name as people are told it. */
export const shownName = (path: string): string => cleanFileName(path) || "a file without a name";
