const GREATER = 0x3e;
const SLASH = 0x2f;
const DOUBLE_QUOTE = 0x22;
const QUOTE = 0x27;
const NAME_END = /[\s/>]/g;

/** What a piece of markup is; of texts nothing is told. */
export type Markup = "open" | "empty" | "close" | "doctype" | "other";

/** Markup without names: how it begins, and what ends it. */
const ENCLOSED = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
] as const;

/** Walks over the markup of an XML text that comes in pieces, without reading what is in it. */
export class XmlScanner {
  /** What was found last. */
  markup: Markup = "other";
  /** Name of the element that was opened or closed, as it is written. */
  name = "";
  /** The text that is here. */
  text = "";
  /** Where in it the markup begins that was found last, and what is behind it. */
  start = 0;
  end = 0;
  /** Line breaks before {@link #countedTo}, a position in the text. */
  #breaks = 0;
  #countedTo = 0;

  /** Adds a piece, and drops what is before `keep`, a position in the text. @returns how many characters were dropped */
  push(piece: string, keep: number): number {
    this.lineOf(keep);
    this.#countedTo = 0;
    this.text = this.text.slice(keep) + piece;
    this.start -= keep;
    this.end -= keep;
    return keep;
  }

  /** Goes on to the next markup. @returns false where the text ends before it, or in it */
  next(): boolean {
    const { text } = this;
    const start = text.indexOf("<", this.end);
    if (start < 0) {
      this.end = text.length;
      return false;
    }
    const end = this.#endOf(start);
    // Of what begins here, all must be seen to tell what it is.
    if (end < 0) {
      this.end = start;
      return false;
    }
    this.start = start;
    this.end = end;
    return true;
  }

  /** Line of a position, from 1. */
  lineOf(position: number): number {
    const from = this.#countedTo;
    if (position >= from) this.#breaks += breaksIn(this.text, from, position);
    else this.#breaks -= breaksIn(this.text, position, from);
    this.#countedTo = position;
    return 1 + this.#breaks;
  }

  /** Finds out what begins at `start`. @returns the position behind it; -1 where the text ends before */
  #endOf(start: number): number {
    const { text } = this;
    for (const [open, close] of ENCLOSED) {
      if (!text.startsWith(open, start)) continue;
      this.markup = "other";
      const end = text.indexOf(close, start + open.length);
      return end < 0 ? -1 : end + close.length;
    }
    if (text.length - start < "<![CDATA[".length && text.startsWith("<!", start)) return -1;
    const end = tagEnd(text, start + 1);
    if (end < 0) return -1;
    this.#readTag(start, end);
    return end + 1;
  }

  #readTag(start: number, end: number): void {
    const { text } = this;
    const isClose = text.charCodeAt(start + 1) === SLASH;
    const from = start + (isClose ? 2 : 1);
    NAME_END.lastIndex = from;
    this.name = text.slice(from, NAME_END.exec(text)?.index ?? end);
    if (/^!doctype$/i.test(this.name)) this.markup = "doctype";
    else if (isClose) this.markup = "close";
    else this.markup = text.charCodeAt(end - 1) === SLASH ? "empty" : "open";
  }
}

/** Position of the `>` that ends a tag: one in quotes does not. */
function tagEnd(text: string, from: number): number {
  for (let p = from; p < text.length; p++) {
    const c = text.charCodeAt(p);
    if (c === GREATER) return p;
    if (c !== DOUBLE_QUOTE && c !== QUOTE) continue;
    p = text.indexOf(c === QUOTE ? "'" : '"', p + 1);
    if (p < 0) return -1;
  }
  return -1;
}

function breaksIn(text: string, start: number, end: number): number {
  let breaks = 0;
  for (let at = text.indexOf("\n", start); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) breaks++;
  return breaks;
}
