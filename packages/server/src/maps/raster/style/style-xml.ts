const PROLOG = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE Map[]>\n';
/** A tag with its attributes, a text in brackets, or numbers and blanks. */
const PART = /<\/?([A-Za-z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*\/?>|<!\[CDATA\[[\s\S]*?\]\]>|[\s\d.]+/g;
const ATTRIBUTE = /([\w:-]+)="([^"]*)"/g;
const SYMBOLIZERS = "Building Debug Dot LinePattern Line Markers Point PolygonPattern Polygon Raster Shield Text";
/** What compiled styles consist of. Sources of data are none of it, nor what reads another file. */
const ELEMENTS = new Set([
  ..."Map Style Rule Filter MinScaleDenominator MaxScaleDenominator Layer StyleName FontSet Font stop".split(" "),
  ...SYMBOLIZERS.split(" ").map((name) => `${name}Symbolizer`),
]);
/** Attributes that name a file. */
const FILES = new Set(["file", "background-image", "font-directory", "base"]);

/** What compiled styles ask for besides features. */
export interface StyleXml {
  files: readonly string[];
  faces: readonly string[];
}

/**
 * Reads compiled styles. Texts of a style stand in them as they are: with quotes and brackets they could be more than texts.
 *
 * @returns undefined for what no style is compiled to.
 */
export function scanXml(xml: string): StyleXml | undefined {
  if (!xml.startsWith(PROLOG)) return undefined;
  const files: string[] = [];
  const faces: string[] = [];
  let isKnown = true;
  const rest = xml.slice(PROLOG.length).replace(PART, (_, element: string | undefined, attributes: string = "") => {
    if (element !== undefined && !ELEMENTS.has(element)) isKnown = false;
    for (const [, name = "", value = ""] of attributes.matchAll(ATTRIBUTE)) {
      if (FILES.has(name)) files.push(value);
      if (name === "face-name") faces.push(value);
    }
    return "";
  });
  return isKnown && rest === "" ? { files, faces } : undefined;
}
