import { stylesOf } from "./columns.ts";
import type { LayerStyle } from "./style.ts";

const STYLE = /(<Style\b[^>]*\bname="([^"]*)"[^>]*>)([\s\S]*?)(<\/Style>)/g;
const MARKERS = /<MarkersSymbolizer\b([^>]*?)(\/?>)/g;

/**
 * Gives styles that were written for versions before 3.0 what they had by default: outlines of markers that have a colour
 * or an opacity are one pixel wide, not half of one.
 */
export function withOldDefaults(xml: string, styles: readonly LayerStyle[]): string {
  const byLayer = stylesOf(xml);
  const old = new Set(
    styles.flatMap(({ id, version = "3.0.0" }) => (/^[012]\./.test(version) ? (byLayer.get(id) ?? []) : [])),
  );
  if (old.size === 0) return xml;
  return xml.replace(STYLE, (style, head: string, name: string, rules: string, end: string) =>
    old.has(name) ? head + rules.replace(MARKERS, withOutline) + end : style,
  );
}

function withOutline(symbolizer: string, attributes: string, end: string): string {
  const isOutlined = /\bstroke(?:-opacity)?="/.test(attributes) && !/\bstroke-width="/.test(attributes);
  return isOutlined ? `<MarkersSymbolizer stroke-width="1"${attributes}${end}` : symbolizer;
}
