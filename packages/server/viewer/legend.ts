import { type Colouring, legendOf } from "./colouring.ts";
import { element, formatCount, swatch } from "./dom.ts";
import type { Column } from "./facts.ts";
import type { OpenedLayer } from "./open-map.ts";

/** What a legend does when it is used. */
export interface LegendActions {
  show(visible: boolean): void;
  /** `undefined` is one colour for all. */
  colourBy(column: Column | undefined): void;
}

/** The part of a legend that is about one layer. */
export interface LegendEntry {
  node: HTMLElement;
  setColumns(columns: readonly Column[]): void;
  setColouring(colouring: Colouring): void;
  /** Says something below the colours, such as why there are none; nothing for "". */
  say(text: string): void;
}

/** Makes the part of a legend that is about `layer`: a switch, how many features, what the colours mean. */
export function legendEntry(layer: OpenedLayer, actions: LegendActions): LegendEntry {
  const visible = element("input", { type: "checkbox", checked: true });
  visible.addEventListener("change", () => actions.show(visible.checked));
  const mark = element("span", { class: "mark" });
  const count = layer.count === undefined ? "" : `about ${formatCount(layer.count)}`;
  const name = element("label", { class: "layer-name" }, visible, mark, element("span", {}, layer.title));
  const select = element("select", { "aria-label": `Colour ${layer.title} by` });
  const colours = element("ul", { class: "colours" });
  const note = element("p", { class: "quiet", role: "status" });
  let known: readonly Column[] = [];
  select.addEventListener("change", () => actions.colourBy(known.find((column) => column.name === select.value)));
  const choice = element("label", { class: "choice" }, element("span", {}, "Colour by"), select);
  choice.hidden = true;

  return {
    node: element(
      "section",
      { class: "layer" },
      element("div", { class: "layer-head" }, name, element("span", { class: "count quiet" }, count)),
      choice,
      colours,
      note,
    ),
    setColumns(columns) {
      known = columns;
      const { value } = select;
      const options = columns.map((column) => element("option", { value: column.name }, column.name));
      select.replaceChildren(element("option", { value: "" }, "one colour"), ...options);
      select.value = columns.some((column) => column.name === value) ? value : "";
      choice.hidden = columns.length === 0;
    },
    setColouring(colouring) {
      mark.hidden = colouring.kind !== "single";
      mark.replaceChildren(...(colouring.kind === "single" ? [swatch(colouring.color)] : []));
      const lines = legendOf(colouring).map(({ color, label }) =>
        element("li", {}, swatch(color), element("span", {}, label)),
      );
      colours.replaceChildren(...lines);
    },
    say(text) {
      note.textContent = text;
    },
  };
}
