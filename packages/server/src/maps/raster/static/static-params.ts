import type { MapTemplate } from "@carto-ts/protocol";
import { parseTileAddress } from "../../map-config/tile-address.ts";
import { mapError } from "../../map-error.ts";
import type { StaticPath } from "./static-path.ts";
import { type Box, type Size, type StaticView, viewOfBox } from "./static-view.ts";

/** Pixels of a side. */
const MOST_SIDE = 8_192;
const ENCODINGS: Readonly<Record<string, string>> = { png: "png", jpg: "jpeg85" };

/** How a picture is made: its size, and what Mapnik calls its format. */
export interface StaticShape extends Size {
  encoding: string;
  contentType: string;
}

/** Reads size and format. @throws MapError 400 */
export function parseShape({ width, height, format }: StaticPath): StaticShape {
  const encoding = Object.hasOwn(ENCODINGS, format) ? ENCODINGS[format] : undefined;
  if (encoding === undefined) throw mapError(`Unsupported image format "${format}"`, { status: 400 });
  if (![width, height].every((side) => /^\d{1,9}$/.test(side) && Number(side) > 0)) {
    throw mapError(`Invalid size of the image: ${width} x ${height}. Both sides must be numbers of pixels`);
  }
  const size = { width: Number(width), height: Number(height) };
  if (Math.max(size.width, size.height) > MOST_SIDE) throw mapError("Desired image is too large.", { status: 400 });
  return { ...size, encoding, contentType: format === "png" ? "image/png" : "image/jpeg" };
}

/** The view that a path gives by what is in its middle. @throws MapError 400 on what are no numbers */
export function parseCenter({ z, lat, lng }: { z: string; lat: string; lng: string }): StaticView {
  const { z: zoom } = parseTileAddress(z, "0", "0");
  const middle = { lat: numberOf(lat), lng: numberOf(lng) };
  if (middle.lat !== undefined && middle.lng !== undefined) return { zoom, lat: middle.lat, lng: middle.lng };
  throw mapError(`Invalid center of the image: ${lat}, ${lng}. Both must be numbers of degrees`);
}

/** Reads `west,south,east,north`. @throws MapError 400 */
export function parseBox(text: string): Box {
  const box = boxOf(text);
  if (box) return box;
  throw mapError(`Invalid bbox of the image: ${text.slice(0, 100)}. It should be west,south,east,north`);
}

/** What the request of a named map's picture says of the view, as it came. */
export interface NamedQuery {
  zoom: string | undefined;
  lon: string | undefined;
  lat: string | undefined;
  bbox: string | undefined;
}

/**
 * The view of a named map's picture: what the request says, then what the template says, then where its data is.
 *
 * @param extent Finds out where the data is.
 */
export async function namedView(
  query: NamedQuery,
  { view, size, extent }: { view: MapTemplate["view"]; size: Size; extent(): Promise<Box | undefined> },
): Promise<StaticView> {
  const [zoom, lng, lat] = [query.zoom, query.lon, query.lat].map(numberOf);
  if (zoom !== undefined && lng !== undefined && lat !== undefined) return { zoom: zoomOf(zoom), lng, lat };
  const box = boxOf(query.bbox ?? "");
  if (box) return viewOfBox(box, size);
  const center = view?.center;
  const ofView = zoom ?? numberOf(view?.zoom);
  const middle = { lng: numberOf(center?.lng), lat: numberOf(center?.lat) };
  if (ofView !== undefined && middle.lng !== undefined && middle.lat !== undefined) {
    return { zoom: zoomOf(ofView), lng: middle.lng, lat: middle.lat };
  }
  const { west, south, east, north } = view?.bounds ?? {};
  const bounds = boxOf([west, south, east, north].join());
  if (bounds) return viewOfBox(bounds, size);
  const found = await extent();
  return found ? viewOfBox(found, size) : { zoom: 1, lng: 0, lat: 0 };
}

const MOST_ZOOM = 30;

const zoomOf = (zoom: number): number => Math.max(0, Math.min(MOST_ZOOM, Math.trunc(zoom)));

function boxOf(text: string): Box | undefined {
  const numbers = text.split(",").map(numberOf);
  const [west, south, east, north] = numbers;
  if (west === undefined || south === undefined || east === undefined || north === undefined) return undefined;
  return numbers.length === 4 ? [west, south, east, north] : undefined;
}

/** A degree or a zoom; undefined for what is none. */
function numberOf(value: unknown): number | undefined {
  const isGiven = typeof value === "number" || (typeof value === "string" && value.trim() !== "");
  const number = isGiven ? Number(value) : Number.NaN;
  return Number.isFinite(number) && Math.abs(number) <= MOST_DEGREES ? number : undefined;
}

/** Several times around the world. */
const MOST_DEGREES = 3_600;
