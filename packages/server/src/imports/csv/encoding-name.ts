import { TextDecoder } from "node:util";
import { ImportError } from "../error.ts";

/** ISO 8859's part of a number that PostgreSQL calls LATIN. */
const LATIN_PARTS = [0, 1, 2, 3, 4, 9, 10, 13, 14, 15, 16];

/**
 * WHATWG's name of the encoding that a file's name asks for, as in `data_encoding_LATIN1_encoding_2.csv`; undefined
 * when it asks for none.
 *
 * @throws ImportError when it asks for one that nobody knows.
 */
export function encodingInName(name: string): string | undefined {
  const asked = /_encoding_([a-z0-9_-]+?)_encoding_/i.exec(name)?.[1];
  if (asked === undefined) return undefined;
  for (const label of labelsOf(asked.toLowerCase())) {
    try {
      return new TextDecoder(label).encoding;
    } catch {
      // not known by this name
    }
  }
  throw new ImportError(
    2002,
    `The file's name asks for the encoding ${asked}, which is not known. Save the file as UTF-8 and take it out of the name.`,
  );
}

/** Names that an encoding may have, PostgreSQL's ways of writing it included. */
function labelsOf(asked: string): string[] {
  const latin = /^latin[_-]?(\d+)$/.exec(asked)?.[1];
  if (latin !== undefined) return [`iso-8859-${LATIN_PARTS[Number(latin)] ?? latin}`];
  const windows = /^win[_-]?(\d+)$/.exec(asked)?.[1];
  if (windows !== undefined) return [`windows-${windows}`];
  return [asked, asked.replaceAll("_", "-"), asked.replaceAll(/[_-]/g, "")].concat(asked === "sjis" ? "shift_jis" : []);
}
