import { fillHoles, findHoles, type Hole } from "./holes.ts";
import { type PlaceholderValue, refuse } from "./placeholder-value.ts";

/** Comments and strings of a style. */
const SPAN = /\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n\r]*|"(?:[^"\\]|\\[\s\S])*(?:"|$)|'(?:[^'\\]|\\[\s\S])*(?:'|$)/g;
/** What can neither end a value of a style nor begin another. */
const HARMLESS_WORDS = /^[\p{L}\p{M}\p{N}_ .,%#-]*$/u;

/** Where in a style a hole is: between two of a quote, in a comment, or in neither. */
type StylePlace = "'" | '"' | "comment" | "code";

/**
 * Fills the holes of a style so that each is part of a value.
 *
 * @throws MapError 400 where a text would be able to become other rules
 */
export function fillStyle(template: string, values: ReadonlyMap<string, PlaceholderValue>): string {
  const holed = findHoles(template, values);
  const spans = [...holed.text.matchAll(SPAN)];
  let at = 0;
  return fillHoles(holed, (hole) => {
    // Both ascend.
    while (at < spans.length && endOf(spans[at]) <= hole.at) at++;
    const span = spans[at];
    return write(hole, placeOf(span && span.index <= hole.at ? span[0] : undefined));
  });
}

const endOf = (span: RegExpExecArray | undefined): number => (span ? span.index + span[0].length : 0);

function placeOf(span: string | undefined): StylePlace {
  if (span === undefined) return "code";
  return span.startsWith("/") ? "comment" : (span.charAt(0) as "'" | '"');
}

function write({ value }: Hole, place: StylePlace): string {
  const { type, text, name } = value;
  if (type === "number" || type === "css_color") return text;
  const quote = type === "sql_literal" ? "'" : '"';
  if (place === quote && !/[\\\n\r\f]/.test(text)) return text.replaceAll(quote, quote + quote);
  if (HARMLESS_WORDS.test(text)) return text;
  throw refuse(`${type} placeholder '${name}' has characters that can't stand where it is in a style`);
}
