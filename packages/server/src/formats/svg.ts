import type { ResultStream, RowChunk } from "../db/result.ts";
import type { Canvas } from "../db/shaped-sql.ts";
import { RowSplitter } from "./copy-text.ts";
import { type DocumentWriter, encodingOf } from "./encoding.ts";
import type { Encoding, Format } from "./format.ts";
import { rowsOf } from "./rows.ts";

const RADIUS = 5;
const STYLE = "fill-opacity:0.5; stroke:black; stroke-width:1; fill:none";
const DOCTYPE = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">';

/** What drawings are made to fit into; circles and lines at its edge stay within the border. */
export const CANVAS: Canvas = { width: 1024, height: 768, border: RADIUS + 1 };

/**
 * A drawing of `the_geom` on a canvas of 1024 by 768: circles and paths, one line each.
 *
 * The statement must give what `drawingOf` makes of it.
 *
 * @see docs/protocol/sql.md#svg
 */
export const svg: Format = {
  id: "svg",
  mime: "image/svg+xml; charset=utf-8",
  extension: "svg",
  shape: "drawing",
  encode: (result: ResultStream): Encoding => encodingOf(result, new SvgWriter()),
};

class SvgWriter implements DocumentWriter {
  readonly #splitter = new RowSplitter();
  #begun = false;

  write({ text }: RowChunk): Buffer | undefined {
    const whole = this.#splitter.push(text);
    if (whole === undefined) return undefined;
    const rows = rowsOf(whole, 1).map(([shape]) => shape ?? "");
    const head = this.#begun ? "" : headOf(rows.shift() ?? "");
    this.#begun = true;
    return Buffer.from(head + rows.map(elementsOf).join(""));
  }

  end(): Buffer {
    return Buffer.from(`${this.#begun ? "" : headOf("")}</svg>\n`);
  }

  /** A drawing without its last shapes looks like a whole one: nothing to add. */
  fail(): undefined {}
}

/** What comes before the shapes. `size` is the width and the height of the drawing, empty where there is none. */
function headOf(size: string): string {
  const viewBox = size === "" ? "" : `viewBox="-${CANVAS.border} -${CANVAS.border} ${size}" `;
  return `<?xml version="1.0" standalone="no"?>
${DOCTYPE}
<svg ${viewBox}style="${STYLE}" xmlns="http://www.w3.org/2000/svg" version="1.1">
`;
}

/** PostGIS' text of a shape: positions separated by commas, or the data of a path; of a collection several, by semicolons. */
function elementsOf(text: string): string {
  return text
    .split(";")
    .filter((part) => part !== "")
    .map((part) => (part.startsWith("cx=") ? circlesOf(part) : `<path d="${part}" />\n`))
    .join("");
}

const circlesOf = (positions: string): string =>
  positions
    .split(",")
    .map((position) => `<circle r="${RADIUS}" ${position} />\n`)
    .join("");
