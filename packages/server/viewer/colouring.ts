import type { ExpressionSpecification } from "./maplibre-gl.mjs";

/** How the features of a layer get their colours. */
export type Colouring =
  | { kind: "single"; color: string }
  | { kind: "categories"; column: string; entries: readonly { value: string; color: string }[] }
  /** One colour more than there are breaks; a value that equals a break is above it. */
  | { kind: "ramp"; column: string; least: number; breaks: readonly number[]; most: number; colors: readonly string[] };

/** Colours of layers that are in one colour, by the layer's number. */
const SINGLE = ["#e4572e", "#2a7fb8", "#3f9d5a", "#8a5fb0", "#c98a12", "#c0427c"];
/** Colours that people with any kind of colour vision tell apart (after Okabe and Ito). */
const CATEGORIES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#b3a400", "#7a5195"];
/** From little to much; even steps of lightness, as in viridis. */
const RAMP = ["#443983", "#31688e", "#21918c", "#35b779", "#b5de2b"];
/** Colour of what is in no category, or has no value. */
export const OTHER = "#9aa0a6";

/** The colour of layer number `index` where no column decides. */
export const singleColour = (index: number): Colouring => ({
  kind: "single",
  color: SINGLE[index % SINGLE.length] as string,
});

/** Colours for the most frequent values of a column. Pure. @param values The values, each as often as it is there. */
export function byCategory(column: string, values: readonly unknown[]): Colouring {
  const counts = new Map<string, number>();
  for (const value of values) {
    if (value === null || value === undefined) continue;
    counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  const frequent = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([value]) => value);
  return byTopCategories(column, frequent);
}

/** Colours for the values of a column, given in the order of their frequency. Pure. */
export function byTopCategories(column: string, frequent: readonly string[]): Colouring {
  const entries = CATEGORIES.slice(0, frequent.length).map((color, at) => ({ value: frequent[at] as string, color }));
  return { kind: "categories", column, entries };
}

/** A ramp with as many of the values in each step, as far as equal values allow; undefined without a number. Pure. */
export function byQuantile(column: string, values: readonly unknown[]): Colouring | undefined {
  const numbers = values
    .filter((value) => value !== null && value !== undefined && value !== "" && typeof value !== "boolean")
    .map(Number)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const [least, most] = [numbers[0], numbers.at(-1)];
  if (least === undefined || most === undefined) return undefined;
  const quantiles = RAMP.slice(1).map((_, at) => numbers[Math.floor(((at + 1) * numbers.length) / RAMP.length)]);
  const breaks = [...new Set(quantiles)].filter((value) => value !== undefined && value > least) as number[];
  const last = RAMP.length - 1;
  const colors = [...Array(breaks.length + 1).keys()].map(
    (step) => RAMP[breaks.length === 0 ? Math.floor(last / 2) : Math.round((step * last) / breaks.length)] as string,
  );
  return { kind: "ramp", column, least, breaks, most, colors };
}

/** The colouring as MapLibre reads it. Values may be numbers in text, as PostgreSQL's numeric is in vector tiles. */
export function toExpression(colouring: Colouring): string | ExpressionSpecification {
  if (colouring.kind === "single") return colouring.color;
  const { column } = colouring;
  if (colouring.kind === "categories") {
    const { entries } = colouring;
    if (entries.length === 0) return OTHER;
    const labels = entries.flatMap(({ value, color }) => [value, color]);
    return ["match", ["to-string", ["get", column]], ...labels, OTHER] as unknown as ExpressionSpecification;
  }
  const [first, ...others] = colouring.colors;
  const number = ["to-number", ["get", column], 0];
  const steps = colouring.breaks.flatMap((value, at) => [value, others[at]]);
  const stepped = steps.length === 0 ? first : ["step", number, first, ...steps];
  return ["case", ["has", column], stepped, OTHER] as unknown as ExpressionSpecification;
}

/** What a legend says of a colouring: a line for each colour; none where there is only one. Pure. */
export function legendOf(colouring: Colouring): { color: string; label: string }[] {
  if (colouring.kind === "single") return [];
  if (colouring.kind === "categories") {
    const lines = colouring.entries.map(({ value, color }) => ({ color, label: value === "" ? "(empty)" : value }));
    return [...lines, { color: OTHER, label: "other or none" }];
  }
  const { least, breaks, most, colors } = colouring;
  const bounds = [least, ...breaks, most];
  return colors.map((color, at) => ({
    color,
    label: `${formatNumber(bounds[at] as number)} – ${formatNumber(bounds[at + 1] as number)}`,
  }));
}

const formatNumber = (value: number): string =>
  value.toLocaleString(undefined, { maximumSignificantDigits: Math.abs(value) < 1000 ? 4 : 6 });
