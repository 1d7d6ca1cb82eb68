/** Parts of a style in which nothing is looked for: comments, and texts in quotes or `url(…)`. */
const OPAQUE = /\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*|url\([^)]*\)|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g;

const GEOMETRY_TYPES: Readonly<Record<string, string>> = { point: "1", linestring: "2", polygon: "3" };
const GEOMETRY_FILTER = /\[\s*(['"]?)mapnik(?:::|-)geometry[_-]type\1\s*(!=|>=|<=|=|>|<)\s*(\w+)\s*\]/g;

/** Mark of an opaque part, of Unicode's private use: what a style has of it is dropped. */
const MARK = "\uF8FE";

/**
 * A layer's style as the compiler wants it: every selector of a name is of the layer, whatever it is called, comments are
 * gone (but for their lines), and filters by the kind of geometry are written in its form.
 */
export function normalise(css: string, layer: string): string {
  const kept: string[] = [];
  const plain = css.replace(/[\uF8FD\uF8FE]/g, "").replace(OPAQUE, (part) => {
    if (/^\/[/*]/.test(part)) return part.replace(/[^\n]/g, "");
    kept.push(part);
    return `${MARK}${kept.length - 1}${MARK}`;
  });
  const whole = restore(markRemainders(renameSelectors(plain, layer), kept), kept);
  return whole.replace(GEOMETRY_FILTER, (_, _quote, operator: string, kind: string) => {
    return `["mapnik::geometry_type"${operator}${GEOMETRY_TYPES[kind] ?? kind}]`;
  });
}

/** Between a column and what it is divided by, in the name that stands for the remainder. */
const DIVIDED = "\uF8FD";
const REMAINDER = /\[\s*(?:\uF8FE(\d+)\uF8FE|([\w-]+))\s*%\s*(\d+)\s*(?=[=!<>])/g;

/** Filters by a remainder, which the compiler can't read, as filters by a column that is called like it. */
function markRemainders(css: string, kept: string[]): string {
  return css.replace(REMAINDER, (_, n: string | undefined, bare: string | undefined, divisor: string) => {
    const name = n === undefined ? bare : kept[Number(n)]?.slice(1, -1);
    return `[${MARK}${kept.push(`"${name}${DIVIDED}${divisor}"`) - 1}${MARK}`;
  });
}

/** Puts remainders in the place of the columns that {@link normalise} called like them. */
export const writeRemainders = (xml: string): string => xml.replace(/\[([^[\]\uF8FD]+)\uF8FD(\d+)\]/g, "[$1] % $2");

const restore = (text: string, kept: readonly string[]): string =>
  text.replace(/\uF8FE(\d+)\uF8FE/g, (_, n: string) => kept[Number(n)] ?? "");

/** Of what begins with `#`, colours end with `;`, `)` or `,` before a brace comes, and selectors don't. */
function renameSelectors(css: string, layer: string): string {
  return css.replace(/#[-\w]+/g, (name, at: number) => {
    const next = /[;{}()]/.exec(css.slice(at + name.length, at + name.length + SELECTOR_CHARACTERS))?.[0];
    return next === "{" ? `#${layer}` : name;
  });
}

/** Characters of a selector's filters and attachments. */
const SELECTOR_CHARACTERS = 2_000;
