const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML can't hold.
const SPECIAL = /[&<>"\r\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/**
 * Writes text for an XML document, for elements and for attributes in double quotes.
 *
 * Characters that XML 1.0 has no way to write, most control characters, become U+FFFD.
 */
export function escapeXml(text: string): string {
  return text.replace(SPECIAL, (character) => ENTITIES[character] ?? "\ufffd");
}
