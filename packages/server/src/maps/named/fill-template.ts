import type { MapTemplate } from "@carto-ts/protocol";
import { fillSql } from "./fill-sql.ts";
import { fillStyle } from "./fill-style.ts";
import { checkLength, fillHoles, findHoles } from "./holes.ts";
import { type PlaceholderValue, placeholderValue } from "./placeholder-value.ts";
import { isFields } from "./template.ts";

type Fields = Readonly<Record<string, unknown>>;
type Values = ReadonlyMap<string, PlaceholderValue>;

/**
 * The MapConfig that a template makes: every hole in queries, styles and `buffersize` is filled once. Two parameters are
 * no placeholders: `styles` replaces styles by the number of their layer, `buffersize` the map's.
 *
 * @returns MapConfig JSON that nothing else was looked at of
 * @throws MapError 400 for a value that is not of its placeholder's type, or could do more in its place than be a value
 */
export function fillTemplate({ layergroup, placeholders = {} }: MapTemplate, params: Fields): unknown {
  const values = new Map<string, PlaceholderValue>();
  for (const [name, placeholder] of Object.entries(placeholders)) {
    const given = Object.hasOwn(params, name) ? params[name] : undefined;
    values.set(name, placeholderValue(name, placeholder, given));
  }
  const styles = own(params, "styles");
  let length = 0;
  const layers = layergroup.layers.map((layer, index) => {
    const options = fillOptions(layer.options, values, own(styles, String(index)));
    length += lengthOf(options["sql"]) + lengthOf(options["cartocss"]);
    checkLength(length);
    return { ...layer, options };
  });
  const bufferSize = own(params, "buffersize") ?? fillBufferSize(layergroup.buffersize, values);
  return { ...layergroup, layers, ...(bufferSize === undefined ? {} : { buffersize: bufferSize }) };
}

function fillOptions(options: Fields, values: Values, style: unknown): Fields {
  const { sql, cartocss } = options;
  const filled: Record<string, unknown> = { ...options };
  if (typeof sql === "string") filled["sql"] = fillSql(sql, values);
  if (typeof style === "string") filled["cartocss"] = style;
  else if (typeof cartocss === "string") filled["cartocss"] = fillStyle(cartocss, values);
  return filled;
}

const lengthOf = (text: unknown): number => (typeof text === "string" ? text.length : 0);

function fillBufferSize(sizes: unknown, values: Values): unknown {
  if (!isFields(sizes)) return sizes;
  return Object.fromEntries(
    Object.entries(sizes).map(([format, size]) => [format, typeof size === "string" ? fillNumber(size, values) : size]),
  );
}

/** A text that became a number is one; what became something else is left to who reads the map. */
function fillNumber(template: string, values: Values): unknown {
  const text = fillHoles(findHoles(template, values), ({ value }) => value.text);
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

const own = (fields: unknown, name: string): unknown =>
  isFields(fields) && Object.hasOwn(fields, name) ? fields[name] : undefined;
