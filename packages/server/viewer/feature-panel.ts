import { POINT_COUNT } from "./data-layers.ts";
import { element, formatCount } from "./dom.ts";

/** A feature under the pointer. */
export interface FoundFeature {
  /** What its layer is called. */
  layer: string;
  properties: Readonly<Record<string, unknown>>;
}

/** Shows what is known of a feature, as text; hides the panel where there is none. */
export function showFeature(panel: HTMLElement, found: FoundFeature | undefined, more = 0): void {
  panel.hidden = found === undefined;
  if (found === undefined) return;
  const { [POINT_COUNT]: count, ...properties } = found.properties;
  const many = typeof count === "number" && count > 1;
  const rows = Object.entries(properties).map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, String(value))),
  );
  panel.replaceChildren(
    element("h2", {}, many ? `One of ${formatCount(count)} here` : found.layer),
    rows.length === 0 ? element("p", { class: "quiet" }, "No attributes") : element("dl", {}, ...rows),
    ...(more > 0 ? [element("p", { class: "quiet" }, `and ${formatCount(more)} more under it`)] : []),
  );
}
