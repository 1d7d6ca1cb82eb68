const LAYER = /<Layer\b[^>]*\bname="([^"]*)"[^>]*>([\s\S]*?)<\/Layer>/g;
const STYLE = /<Style\b[^>]*\bname="([^"]*)"[^>]*>([\s\S]*?)<\/Style>/g;
const STYLE_NAME = /<StyleName>([\s\S]*?)<\/StyleName>/g;
/** What stands in quotes in a filter or an expression is a value. */
const COLUMN_OR_TEXT = /\[([^[\]]+)\]|'(?:[^'\\]|\\.)*'/g;

/** Names of the columns that each layer's styles read, by the layer's name. */
export function usedColumns(xml: string): Record<string, readonly string[]> {
  const ofStyle = new Map([...xml.matchAll(STYLE)].map(([, name = "", style = ""]) => [name, columnsIn(style)]));
  const columnsOf = (styles: readonly string[]): string[] => [
    ...new Set(styles.flatMap((style) => ofStyle.get(style) ?? [])),
  ];
  return Object.fromEntries([...stylesOf(xml)].map(([layer, styles]) => [layer, columnsOf(styles)]));
}

/** Names of each layer's styles, by the layer's name. */
export function stylesOf(xml: string): Map<string, readonly string[]> {
  return new Map(
    [...xml.matchAll(LAYER)].map(([, name = "", layer = ""]) => [
      unescapeXml(name),
      [...layer.matchAll(STYLE_NAME)].map(([, style = ""]) => plain(style)),
    ]),
  );
}

const columnsIn = (style: string): string[] =>
  [...style.matchAll(COLUMN_OR_TEXT)]
    .flatMap(([, column]) => (column === undefined ? [] : unescapeXml(column)))
    .filter((name) => !name.includes("::"));

/** A style's name in a layer stands in CDATA. */
const plain = (text: string): string => text.replace(/^<!\[CDATA\[|\]\]>$/g, "");

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** A text of XML without its entities. */
export const unescapeXml = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? "");
