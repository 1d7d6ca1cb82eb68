import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Carto, CreateDatasetOptions, CreatedDatasets } from "@carto-ts/sdk/node";
import { CommandError } from "../command-error.ts";
import type { Io } from "../io.ts";

/** What is imported, and how it is called. */
export interface ImportSource {
  readonly kind: "file" | "url" | "stdin";
  /** As it was given. */
  readonly given: string;
  /** Short, and without what may be secret in a URL. */
  readonly label: string;
}

/**
 * Reads the arguments of `import`: paths, URLs, and `-` for standard input.
 *
 * @throws {@link CommandError} for what contradicts itself; the file system's error when one of the files isn't there,
 *   so that nothing is sent when a name is mistyped.
 */
export async function readSources(given: readonly string[], name: string | undefined): Promise<ImportSource[]> {
  const sources = given.map(toSource);
  if (name !== undefined && sources.length > 1) {
    throw new CommandError("one name can't be that of several imports", "leave --name out, or import one by one");
  }
  const piped = sources.filter(({ kind }) => kind === "stdin");
  if (piped.length > 1) throw new CommandError("standard input can be read only once");
  if (piped.length > 0 && name === undefined) {
    throw new CommandError("standard input has no name", "say what it is: --name cities.csv");
  }
  for (const source of sources) if (source.kind === "file") await stat(source.given);
  return sources;
}

/** Refuses to keep tables as files are that the server can't look at, or that others of their names are to be kept from. */
export function refuseUnsynced(
  sources: readonly ImportSource[],
  { overwrite, skip }: { overwrite?: boolean; skip?: boolean },
): void {
  const local = sources.find(({ kind }) => kind !== "url");
  if (local) throw new CommandError(`${local.label} can't be synchronized`, "--sync is for files at URLs");
  if (overwrite || skip) {
    throw new CommandError("--sync makes a dataset of its own", "leave --overwrite and --skip out");
  }
}

function toSource(given: string): ImportSource {
  if (given === "-") return { kind: "stdin", given, label: "standard input" };
  if (!/^https?:\/\//i.test(given)) return { kind: "file", given, label: basename(given) };
  if (!URL.canParse(given)) throw new CommandError("that is no address of a file", "https://HOST/cities.csv");
  const { host, pathname } = new URL(given);
  return { kind: "url", given, label: `${host}${pathname}` };
}

/** Makes datasets of a source. */
export function createFrom(
  carto: Carto,
  { kind, given }: ImportSource,
  { io, options }: { io: Io; options: CreateDatasetOptions },
): Promise<CreatedDatasets> {
  if (kind === "file") return carto.datasets.createFromFile(given, options);
  return carto.datasets.create(kind === "url" ? given : (io.stdin as AsyncIterable<Uint8Array>), options);
}
