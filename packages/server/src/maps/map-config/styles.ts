import { mapError } from "../map-error.ts";
import { type Fields, isNothing, shown } from "./fields.ts";
import { layerError } from "./layer-error.ts";

const MIXED =
  "The `mapnik` or `cartodb` layers must be consistent: `cartocss` option is either present or voided in all layers. Mixing is not allowed.";
/** Dialect that styles are brought to. */
const TARGET_VERSION = "3.0.12";
const VERSIONS: readonly unknown[] = [
  ..."2.0.0 2.0.1 2.0.2 2.0.3 2.0.4 2.1.0 2.1.1 2.2.0 2.3.0".split(" "),
  TARGET_VERSION,
];

/** A layer's style and the version of its dialect. */
export interface Style {
  cartocss: string;
  version: string;
}

/** A layer that may have a style. */
export interface StyledLayer {
  id: string;
  index: number;
  options: Fields;
}

/**
 * Reads the styles of the layers that are queries: of all of them or of none.
 *
 * @throws MapError 400 of the type `mapconfig` where some have one, of the type `layer` on a style that is none
 */
export function readStyles(layers: readonly StyledLayer[]): (Style | undefined)[] {
  const given = layers.filter(({ options }) => !isNothing(options["cartocss"]));
  if (given.length > 0 && given.length < layers.length) throw mapError(MIXED, { type: "mapconfig" });
  return layers.map(readStyle);
}

function readStyle(layer: StyledLayer, position: number): Style | undefined {
  const { cartocss, cartocss_version: version } = layer.options;
  if (isNothing(cartocss) && isNothing(version)) return undefined;
  if (typeof cartocss !== "string") throw layerError(layer, `Missing cartocss for layer ${layer.index} options`);
  if (isNothing(version)) throw layerError(layer, `Missing cartocss_version for layer ${layer.index} options`);
  if (cartocss.trim() === "") throw layerError(layer, `style${position}: CartoCSS is empty`);
  if (typeof version !== "string" || !VERSIONS.includes(version)) {
    throw layerError(layer, `No CartoCSS transform path from ${shown(version)} to ${TARGET_VERSION}`);
  }
  return { cartocss, version };
}
