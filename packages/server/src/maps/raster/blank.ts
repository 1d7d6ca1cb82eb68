import { crc32, deflateSync } from "node:zlib";

const TILE = 256;
/** Cells of a grid's side. */
const CELLS = 64;
const BYTES_PER_PIXEL = 4;
const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
/** 8 bits, red, green, blue and opacity, and no interlacing. */
const RGBA = [8, 6, 0, 0, 0];

type Pixel = readonly [red: number, green: number, blue: number, opacity: number];

const NOTHING: Pixel = [0, 0, 0, 0];
const STRIPED: Pixel = [180, 60, 60, 60];

const EMPTY_GRID = Buffer.from(
  JSON.stringify({ grid: Array.from({ length: CELLS }, () => " ".repeat(CELLS)), keys: [""], data: {} }),
);
const EMPTY = png(TILE, () => NOTHING);
const EMPTY_TWICE = png(2 * TILE, () => NOTHING);
/** Pixels of the stripes that stand for a picture which could not be drawn in time. */
const STRIPE = 16;
const LATE = png(TILE, striped);
const LATE_TWICE = png(2 * TILE, striped);

/** What stands for a tile with nothing in it: a picture of nothing, or a grid of nothing. */
export function blankPicture({ format, scale }: { format: string; scale: number }): Buffer {
  if (format === "grid.json") return EMPTY_GRID;
  return scale === 1 ? EMPTY : EMPTY_TWICE;
}

/** The picture that stands for one which took too long. */
export const latePicture = (scale: number): Buffer => (scale === 1 ? LATE : LATE_TWICE);

function striped(x: number, y: number): Pixel {
  return Math.floor((x + y) / STRIPE) % 2 === 0 ? STRIPED : NOTHING;
}

function png(size: number, pixelAt: (x: number, y: number) => Pixel): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // Each row begins with how it is filtered: not at all.
  const rowBytes = 1 + size * BYTES_PER_PIXEL;
  const pixels = Buffer.alloc(size * rowBytes);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) pixels.set(pixelAt(x, y), y * rowBytes + 1 + x * BYTES_PER_PIXEL);
  }
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", Buffer.concat([header, Buffer.from(RGBA)])),
    chunk("IDAT", deflateSync(pixels, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
