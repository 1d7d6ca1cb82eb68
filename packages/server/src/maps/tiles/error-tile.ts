const EXTENT = 4096;
/** Width of a stripe, and of what is between two. */
const STRIPE = 512;

const MOVE_TO = 1;
const LINE_TO = 2;
const CLOSE_PATH = 15;
const POLYGON = 3;
const MVT_VERSION = 2;

/** Corners of a ring, clockwise where y goes down. */
type Ring = readonly (readonly [x: number, y: number])[];

/**
 * The vector tile that stands for one which could not be made in time: a square in one layer, stripes in another, as
 * maps of the original's are styled to show it.
 */
export function errorTile(): Buffer {
  const square: Ring = [
    [0, 0],
    [EXTENT, 0],
    [EXTENT, EXTENT],
    [0, EXTENT],
  ];
  return Buffer.concat([layer("errorTileSquareLayer", [square]), layer("errorTileStripesLayer", stripes())]);
}

/** Bands from the upper right to the lower left. */
function stripes(): Ring[] {
  const rings: Ring[] = [];
  for (let from = 0; from < 2 * EXTENT; from += 2 * STRIPE) {
    const to = from + STRIPE;
    rings.push(from < EXTENT ? upperBand(from, to) : lowerBand(from - EXTENT, to - EXTENT));
  }
  return rings;
}

const upperBand = (from: number, to: number): Ring => [
  [from, 0],
  [to, 0],
  [0, to],
  [0, from],
];

const lowerBand = (from: number, to: number): Ring => [
  [EXTENT, from],
  [EXTENT, to],
  [to, EXTENT],
  [from, EXTENT],
];

function layer(name: string, rings: readonly Ring[]): Buffer {
  const features = rings.map((ring) =>
    field(2, Buffer.concat([varint(3 << 3), varint(POLYGON), field(4, Buffer.concat(commands(ring).map(varint)))])),
  );
  const version = Buffer.concat([varint(15 << 3), varint(MVT_VERSION)]);
  const extent = Buffer.concat([varint(5 << 3), varint(EXTENT)]);
  return field(3, Buffer.concat([version, field(1, Buffer.from(name)), ...features, extent]));
}

function commands(ring: Ring): number[] {
  const steps = ring.map(([x, y], i) => {
    const [fromX, fromY] = ring[i - 1] ?? [0, 0];
    return [zigzag(x - fromX), zigzag(y - fromY)];
  });
  const [first = [], ...others] = steps;
  return [command(MOVE_TO, 1), ...first, command(LINE_TO, others.length), ...others.flat(), CLOSE_PATH];
}

const command = (id: number, count: number): number => (count << 3) | id;
const zigzag = (value: number): number => (value << 1) ^ (value >> 31);

/** A field of bytes. */
const field = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}
