import { cleanFileName } from "../names/file-name.ts";

/** One of several files of an archive that are read as one. */
export interface Part {
  /** The same for all that belong together: their folder and name, whatever the letters' case. */
  set: string;
  /** Its name as people know it: `Roads.shp`; of a geodatabase the folder's. */
  name: string;
  /** What it is called in the set's own folder: `data.shp`, `data.gdb/a00000001.gdbtable`. Safe, whatever the archive says. */
  file: string;
  /** Whether it stands for all of them; a set without such a file is none. */
  isMain: boolean;
  /** Whether nobody misses it where that is so. */
  isCompanion: boolean;
}

/** The files that go with one, by the extension of the one that is opened. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  shp: ["dbf", "shx", "prj", "cpg", "cst"],
  tab: ["dat", "map", "id", "ind"],
  mif: ["mid"],
  gml: ["xsd", "gfs"],
};

const MAIN_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(FAMILIES).flatMap(([main, others]) => [main, ...others].map((extension) => [extension, main])),
);

/** A geodatabase's files that hold data; locks and what is derived from it is passed over. */
const GDB_FOLDER = /[^.]\.gdb$/i;
const GDB_FILE =
  /^(?:a[0-9a-f]{8}\.(?:gdbtable|gdbtablx|gdbindexes|freelist|[a-z0-9_]{1,60}\.(?:atx|spx))|gdb|timestamps)$/i;
/** Of a geodatabase, the list of its tables. */
const GDB_MAIN = "a00000001.gdbtable";

/** Whether a file is within a geodatabase, by its path. */
export const isInGeodatabase = (path: readonly string[]): boolean => geodatabaseAt(path) >= 0;

const geodatabaseAt = (path: readonly string[]): number =>
  path.findIndex((folder, i) => i < path.length - 1 && GDB_FOLDER.test(folder));

/**
 * The set that a member of an archive belongs to, by its path without `.` and `..`; undefined where it is read alone, if
 * at all.
 */
export function partOf(path: readonly string[]): Part | undefined {
  const inGdb = geodatabaseAt(path);
  return inGdb < 0 ? flatPart(path) : gdbPart(path, inGdb);
}

function flatPart(path: readonly string[]): Part | undefined {
  const name = cleanFileName(path.at(-1) ?? "");
  const extension = /[^.]\.([a-z]{2,3})$/i.exec(name)?.[1]?.toLowerCase();
  const main = extension === undefined ? undefined : MAIN_OF.get(extension);
  if (extension === undefined || main === undefined) return undefined;
  const stem = name.slice(0, -extension.length);
  return {
    set: [...path.slice(0, -1), `${stem}${main}`].join("/").toLowerCase(),
    name,
    file: `data.${extension}`,
    isMain: extension === main,
    isCompanion: main === "shp",
  };
}

function gdbPart(path: readonly string[], at: number): Part | undefined {
  const file = path.slice(at + 1);
  const [only = ""] = file;
  if (file.length !== 1 || !GDB_FILE.test(only)) return undefined;
  return {
    set: path
      .slice(0, at + 1)
      .join("/")
      .toLowerCase(),
    name: cleanFileName(path[at] ?? ""),
    file: `data.gdb/${only}`,
    isMain: only.toLowerCase() === GDB_MAIN,
    isCompanion: false,
  };
}
