import type { AbortSource } from "../../db/engine.ts";
import { textsOf } from "../map-config/fields.ts";
import type { OtherLayer } from "../map-config/map-config.ts";
import { mapError } from "../map-error.ts";
import type { TileAddress } from "../tiles/tile.ts";
import type { Piece } from "./render-job.ts";
import { fetchTile, TileFetchError, type TileFetcher } from "./tile-fetcher.ts";

const TILE = 256;

/** A layer's place in a picture. */
export interface BackdropOrder {
  address: TileAddress;
  /** Pixels of the picture's side for each of 256. */
  scale: number;
  /** Whether the picture has nothing else in it, so that what is missing must be told. */
  isAlone: boolean;
  signal: AbortSource;
}

/**
 * What a layer shows that is no query: a tile from elsewhere, a colour, or an image again and again.
 *
 * @returns undefined for a tile that can't be had, unless it is all that there would be.
 * @throws MapError 400 on options that are wrong, and on servers that don't answer in time
 */
export async function drawBackdrop(
  layer: OtherLayer,
  order: BackdropOrder,
  fetcher: TileFetcher,
): Promise<Piece | undefined> {
  return layer.type === "http" ? drawTile(layer, order, fetcher) : drawPlain(layer, order, fetcher);
}

async function drawTile(layer: OtherLayer, order: BackdropOrder, fetcher: TileFetcher): Promise<Piece | undefined> {
  const url = tileUrl(layer, order.address);
  try {
    const bytes = await fetchTile(url, fetcher, order.signal);
    return { kind: "image", bytes, x: 0, y: 0, size: TILE * order.scale };
  } catch (error) {
    if (order.isAlone || !(error instanceof TileFetchError) || error.isLate) throw error;
    return undefined;
  }
}

const SUBDOMAINS = ["a", "b", "c"];

function tileUrl({ options }: OtherLayer, { z, x, y }: TileAddress): string {
  const { urlTemplate: template, subdomains: given, tms } = options;
  if (typeof template !== "string" || template === "") throw mapError('Missing mandatory "urlTemplate" option');
  const listed = typeof given === "string" ? [...given] : textsOf(given);
  const subdomains = listed ?? (template.includes("{s}") ? SUBDOMAINS : []);
  const values: Readonly<Record<string, string>> = {
    z: String(z),
    x: String(x),
    y: String(tms === true ? 2 ** z - 1 - y : y),
    s: subdomains[Math.abs(x + y) % subdomains.length] ?? "",
  };
  return template.replace(/\{ *([zxys]) *\}/g, (_, name: string) => values[name] ?? "");
}

async function drawPlain(
  { options }: OtherLayer,
  { address, scale, signal }: BackdropOrder,
  fetcher: TileFetcher,
): Promise<Piece> {
  const { color, imageUrl } = options;
  if (color !== undefined && color !== null && color !== "") return { kind: "colour", colour: readColour(color) };
  if (typeof imageUrl !== "string" || imageUrl === "") {
    throw mapError("Plain layer: at least one of the options, `color` or `imageUrl`, must be provided.");
  }
  const bytes = await fetchTile(imageUrl, fetcher, signal).catch((error: unknown) => {
    if (!(error instanceof TileFetchError)) throw error;
    throw mapError(`Invalid imageUrl for 'plain' layer: ${error.message}`);
  });
  // The world's corner is one of the image's, so that neighbouring tiles fit.
  return { kind: "pattern", bytes, x: -address.x * TILE * scale, y: -address.y * TILE * scale };
}

const NAMED = /^[a-z]{3,30}$/i;
const HEX = /^#(?:[0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})$/i;
const FUNCTION = /^(?:rgb|hsl)a?\([\d\s.,%/]{5,60}\)$/i;

function readColour(color: unknown): string {
  if (typeof color === "string") {
    if ([NAMED, HEX, FUNCTION].some((form) => form.test(color))) return color;
    throw mapError(`Invalid color for 'plain' layer: ${color.slice(0, 100)}`);
  }
  const parts: unknown[] = Array.isArray(color) ? color : [];
  const isPart = (part: unknown): boolean => Number.isInteger(part) && Number(part) >= 0 && Number(part) <= 255;
  if ((parts.length !== 3 && parts.length !== 4) || !parts.every(isPart)) {
    throw mapError("Invalid color for 'plain' layer: invalid integer array");
  }
  const [red, green, blue, opacity = 255] = parts.map(Number);
  return `rgba(${red}, ${green}, ${blue}, ${opacity / 255})`;
}
