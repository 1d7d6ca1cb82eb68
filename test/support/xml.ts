/** An element of an XML document, with its text where it has any. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const TOKEN = /<\?[^?]*\?>|<!DOCTYPE[^>]*>|<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML can't hold.
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** Reads an XML document, without namespaces, comments and CDATA. @throws Error where it isn't well-formed. */
export function parseXml(document: string): Element {
  if (FORBIDDEN.test(document)) throw new Error("a character that XML can't hold");
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < document.length; ) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(document);
    if (match === null) throw new Error(`not well-formed at ${document.slice(at, at + 60)}`);
    read(match, open);
  }
  const [element, ...others] = root.children;
  if (open.length > 1 || element === undefined || others.length > 0 || root.text.trim() !== "") {
    throw new Error("not one element");
  }
  return element;
}

function read([, closing, name, attributes = "", empty, text]: RegExpExecArray, open: Element[]): void {
  const parent = open.at(-1) as Element;
  if (text !== undefined) parent.text += unescapeXml(text);
  if (name === undefined) return;
  if (closing) {
    if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`);
    return;
  }
  const element: Element = { name, attributes: attributesOf(attributes), children: [], text: "" };
  parent.children.push(element);
  if (!empty) open.push(element);
}

function attributesOf(text: string): Record<string, string> {
  const found = [...text.matchAll(/([\w:.-]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [
    name,
    unescapeXml(value),
  ]);
  if (new Set(found.map(([name]) => name)).size < found.length) throw new Error(`an attribute twice in ${text}`);
  return Object.fromEntries(found);
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));|&/g, (_, code?: string, name?: string) => {
    const character = code === undefined ? ENTITIES[name ?? ""] : String.fromCodePoint(Number(code));
    if (character === undefined) throw new Error(`an entity in ${text}`);
    return character;
  });
}
