/** What an element is made with: properties, and attributes for names with a dash and for `role`, `for` and the like. */
type Attributes = Readonly<Record<string, string | boolean>>;

/**
 * Makes an element. Children that are strings become text, never markup, so that nothing of the data is run.
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "string") made.setAttribute(name, value);
    else made.toggleAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** The element of the page with this id. @throws Error where the page has none of the kind. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} called ${id}`);
  return found;
}

/** A small square of a colour. By the object model, for the page's policy forbids style attributes. */
export function swatch(color: string): HTMLElement {
  const made = element("span", { class: "swatch", "aria-hidden": "true" });
  made.style.backgroundColor = color;
  return made;
}

/** A count as people of the browser's language read it. */
export const formatCount = (count: number): string => count.toLocaleString();
