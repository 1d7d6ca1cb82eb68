import { DOMParser } from "@xmldom/xmldom";

/** The text in a `name` element's XML, on one line; empty where it can't be read. */
export function nameIn(xml: string): string {
  try {
    // A prefix is not declared here, and says nothing.
    const plain = xml.replace(/^<(?:[\w.-]+:)?name[^>]*>/, "<name>").replace(/<\/(?:[\w.-]+:)?name\s*>$/, "</name>");
    const { documentElement } = new DOMParser({ onError: () => {} }).parseFromString(plain, "text/xml");
    return (documentElement?.textContent ?? "").replace(/\s+/g, " ").trim();
  } catch {
    return "";
  }
}
