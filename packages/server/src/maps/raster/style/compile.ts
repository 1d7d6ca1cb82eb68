import carto from "carto";
import { unescapeXml, usedColumns } from "./columns.ts";
import { faceFor } from "./fonts.ts";
import { normalise, writeRemainders } from "./normalise.ts";
import { withOldDefaults } from "./old-defaults.ts";
import { withPlainOpacity } from "./plain-opacity.ts";
import type { CompiledStyle, LayerStyle, StyleContext } from "./style.ts";
import { scanXml } from "./style-xml.ts";

/** Version of Mapnik whose properties styles may have. */
const REFERENCE = "3.0.22";
const WEB_MERCATOR = "epsg:3857";
/** Pixels around a tile that a style may ask for. */
const MOST_BUFFER = 2_048;

interface LayerError {
  index: number;
  message: string;
}

/** Mapnik's XML of styles, one layer after the other. Takes milliseconds, and much longer for styles of many filters. */
export function compile(styles: readonly LayerStyle[], context: StyleContext): CompiledStyle {
  const compiled = compileTogether(styles, context, 0);
  if (compiled.kind === "compiled" || styles.length === 1) return compiled;
  // The compiler leaves off at what it can't read, and tells of the others only what it has come to.
  const errors = styles.flatMap((style, at) => {
    const alone = compileTogether([style], context, at);
    return alone.kind === "failed" ? alone.errors : [];
  });
  return errors.length > 0 ? { kind: "failed", errors } : compiled;
}

/** @param first Number of the first style, by which errors name it. */
function compileTogether(styles: readonly LayerStyle[], context: StyleContext, first: number): CompiledStyle {
  const errors: LayerError[] = [];
  const sheets = styles.map((style, at) => {
    const id = `style${first + at}`;
    const tell = (message: string): void => void errors.push({ index: style.index, message });
    return { id, data: prepare(style.css, { ...context, layer: style.id, sheet: id, tell }) };
  });
  if (errors.length > 0) return { kind: "failed", errors: merged(errors) };
  const rendered = render(sheets, styles);
  const { msg } = rendered;
  const failed = (msg ?? []).filter(({ type }) => type === "error");
  if (rendered.data === null || failed.length > 0) return { kind: "failed", errors: byLayer(failed, sheets, styles) };
  const xml = writeRemainders(withPlainFilters(rendered.data.replace(/<Datasource>[\s\S]*?<\/Datasource>/g, "")));
  const refusal = refusalOf(xml, context);
  if (refusal !== undefined) {
    return { kind: "failed", errors: [{ index: styles[0]?.index ?? 0, message: `style${first}: ${refusal}` }] };
  }
  const finished = withPlainOpacity(withOldDefaults(xml, styles));
  return { kind: "compiled", xml: finished, columns: usedColumns(finished), buffer: bufferOf(finished) };
}

interface Sheet {
  /** `style0`, by which errors name it. */
  id: string;
  data: string;
}

function render(sheets: readonly Sheet[], styles: readonly LayerStyle[]): ReturnType<carto.Renderer["render"]> {
  const layers = styles.map(({ id }) => ({
    id,
    name: id,
    srs: WEB_MERCATOR,
    properties: {},
    Datasource: { type: "csv", inline: "x" },
  }));
  const renderer = new carto.Renderer({ version: REFERENCE, quiet: true });
  return renderer.render({ srs: WEB_MERCATOR, Stylesheet: sheets, Layer: layers });
}

interface Preparation extends StyleContext {
  layer: string;
  sheet: string;
  tell(message: string): void;
}

/** The style with what is known here in the place of what only its author knew. */
function prepare(css: string, { layer, sheet, faces, images, tell }: Preparation): string {
  if (css.trim() === "") tell(`${sheet}: CartoCSS is empty`);
  const normal = normalise(css, layer);
  const withFaces = normal.replace(FACE, (_, before: string, property: string, given: string, at: number) => {
    const place = `${sheet}:${placeOf(normal, at)}`;
    return before + facesOf(given, faces, (face) => tell(`${place} ${noSuchFont(property, face)}`));
  });
  return withFaces.replace(IMAGE, (_, _quote, url: string) => {
    const image = images[url] ?? { problem: "it was not looked for" };
    if ("file" in image) return `url("${image.file}")`;
    tell(`Unable to download '${url}' for '${sheet}' (${image.problem})`);
    return 'url("")';
  });
}

const IMAGE = /url\(\s*(['"]?)(.*?)\1\s*\)/g;
const FACE = /(((?:text|shield)-face-name)\s*:\s*)([^;}]+)/g;

/** The fonts of a list, or those that take their places. */
function facesOf(list: string, known: StyleContext["faces"], refuse: (face: string) => void): string {
  return list.replace(/(['"])(.*?)\1/g, (text, quote: string, face: string) => {
    const found = known === undefined ? face : faceFor(face, known);
    if (found !== undefined) return `${quote}${found}${quote}`;
    refuse(face);
    return text;
  });
}

const noSuchFont = (property: string, face: string): string =>
  `Invalid value for ${property}, the type font is expected. ${face} (of type string)  was given.`;

/** Line from 1 and column from 0, as the compiler counts them. */
function placeOf(text: string, at: number): string {
  const lines = text.slice(0, at).split("\n");
  return `${lines.length}:${lines.at(-1)?.length ?? 0}`;
}

/** The compiler writes entities where XML reads none. */
const withPlainFilters = (xml: string): string =>
  xml.replace(/(?<=<Filter><!\[CDATA\[)[\s\S]*?(?=\]\]><\/Filter>)/g, unescapeXml);

/** Why no compiled styles are drawn that have come to more than the compiler makes of styles. */
function refusalOf(xml: string, { images, faces }: StyleContext): string | undefined {
  const found = scanXml(xml);
  if (!found) return "A text in it can't be drawn: it has quotes or brackets that end it";
  const files = new Set(Object.values(images).flatMap((image) => ("file" in image ? [image.file] : [])));
  const foreign = found.files.find((file) => !files.has(file));
  if (foreign !== undefined) return `Images are named by url(https://…) alone, not by '${foreign}'`;
  // Those in quotes are known by now; variables may name others.
  const face = faces && found.faces.find((name) => !faces.includes(name));
  return face === undefined ? undefined : noSuchFont("text-face-name", face);
}

interface Message {
  message: string;
  filename?: string;
  line?: number;
  column?: number;
}

/** Each layer's errors, one a line, as `style0:1:8 Unrecognized rule: …`. */
function byLayer(
  messages: readonly Message[],
  sheets: readonly Sheet[],
  styles: readonly LayerStyle[],
): readonly LayerError[] {
  return merged(
    messages.map(({ filename = "", line, column, message }) => {
      const style = styles[sheets.findIndex(({ id }) => id === filename)] ?? styles[0];
      const place = [filename, line, column].filter((part) => part !== undefined && part !== "").join(":");
      return { index: style?.index ?? 0, message: `${place} ${message}`.trim() };
    }),
  );
}

/** One error a layer, with a line for each that it had. */
function merged(errors: readonly LayerError[]): LayerError[] {
  const lines = new Map<number, string[]>();
  for (const { index, message } of errors) lines.set(index, [...(lines.get(index) ?? []), message]);
  return [...lines].map(([index, texts]) => ({ index, message: texts.join("\n") }));
}

function bufferOf(xml: string): number | undefined {
  const size = /<Map\b[^>]*\bbuffer-size="(\d+)"/.exec(xml)?.[1];
  return size === undefined ? undefined : Math.min(Number(size), MOST_BUFFER);
}
