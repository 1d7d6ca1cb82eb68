import { promisify } from "node:util";
import type { Image, Mapnik } from "./mapnik.ts";
import type { BlendJob, Piece } from "./render-job.ts";

/** Pixels of a side of a picture that is put into another; a small file can be a large one. */
const MOST_SIDE = 2_048;
const BYTES_PER_PIXEL = 4;

/** Puts pictures together. Runs in a process with Mapnik. */
export class Blender {
  readonly #mapnik: Mapnik;

  constructor(mapnik: Mapnik) {
    this.#mapnik = mapnik;
  }

  /** @throws Error in Mapnik's words on what is no picture, or no colour */
  async draw({ width, height, pieces, encoding }: BlendJob): Promise<Buffer[]> {
    const canvas = new this.#mapnik.Image(width, height);
    if (encoding.startsWith("jpeg")) canvas.fillSync(new this.#mapnik.Color("white"));
    canvas.premultiplySync();
    const composite = promisify(canvas.composite.bind(canvas));
    for (const piece of pieces) {
      const image = this.#imageOf(piece, width, height);
      image.premultiplySync();
      await composite(image, piece.kind === "image" ? { dx: piece.x, dy: piece.y } : { dx: 0, dy: 0 });
    }
    canvas.demultiplySync();
    return [await promisify(canvas.encode.bind(canvas))(encoding)];
  }

  #imageOf(piece: Piece, width: number, height: number): Image {
    switch (piece.kind) {
      case "colour": {
        const image = new this.#mapnik.Image(width, height);
        image.fillSync(new this.#mapnik.Color(piece.colour));
        return image;
      }
      case "pattern":
        return this.#mapnik.Image.fromBufferSync(width, height, repeat(this.#decode(piece), piece, { width, height }));
      case "image": {
        const image = this.#decode(piece);
        if (image.width() === piece.size && image.height() === piece.size) return image;
        image.premultiplySync();
        const resized = image.resizeSync(piece.size, piece.size);
        resized.demultiplySync();
        return resized;
      }
    }
  }

  #decode({ bytes }: { bytes: Uint8Array }): Image {
    const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#mapnik.Image.fromBytesSync(data, { max_size: MOST_SIDE });
  }
}

/** Pixels of a picture again and again, one of them with its corner at `x`, `y`. */
function repeat(image: Image, { x, y }: { x: number; y: number }, to: { width: number; height: number }): Buffer {
  const [width, height] = [image.width(), image.height()];
  const from = new Uint32Array(copyOf(image.data()));
  const pixels = new Uint32Array(to.width * to.height);
  for (let row = 0; row < to.height; row++) {
    const start = modulo(row - y, height) * width;
    for (let column = 0; column < to.width; column++) {
      pixels[row * to.width + column] = from[start + modulo(column - x, width)] ?? 0;
    }
  }
  return Buffer.from(pixels.buffer, 0, pixels.length * BYTES_PER_PIXEL);
}

/** At an address that four bytes can be read from at once. */
const copyOf = (data: Buffer): ArrayBuffer => new Uint8Array(data).buffer;

const modulo = (a: number, b: number): number => ((a % b) + b) % b;
