import { ConfigError } from "../errors.ts";
import { segment } from "./tile-url.ts";

/** Where an image looks, in degrees (EPSG:4326): at what is in its middle, or at all of a box. */
export type StaticView =
  | { center: { lng: number; lat: number }; zoom: number }
  | { bounds: { west: number; south: number; east: number; north: number } };

/** How large an image is, and of what. */
export interface StaticShape {
  /** Pixels, 8192 at most. @defaultValue 640 */
  width?: number | undefined;
  /** @defaultValue 400 */
  height?: number | undefined;
  /** What can be seen through a PNG is white in a JPEG. @defaultValue "png" */
  format?: "png" | "jpg" | undefined;
}

/**
 * Writes what follows `static/` in the URL of an image of a map.
 *
 * @throws {@link ConfigError} for numbers that are none.
 */
export function staticPath(
  id: string,
  view: StaticView,
  { width = 640, height = 400, format = "png" }: StaticShape,
): string {
  const size = `${numbers([width, height]).join("/")}.${segment(format)}`;
  if ("bounds" in view) {
    const { west, south, east, north } = view.bounds;
    return `bbox/${segment(id)}/${numbers([west, south, east, north]).join(",")}/${size}`;
  }
  const { center, zoom } = view;
  return `center/${segment(id)}/${numbers([zoom, center.lat, center.lng]).join("/")}/${size}`;
}

function numbers(given: readonly number[]): readonly number[] {
  for (const number of given) {
    if (!Number.isFinite(number)) throw new ConfigError(`An image's view and size are numbers, which ${number} is not`);
  }
  return given;
}
