import { PNG } from "pngjs";

/** A colour as a picture has it. */
export type Colour = readonly [red: number, green: number, blue: number, opacity: number];

/** A picture that was decoded. */
export class Picture {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Buffer;

  /** @throws Error where the bytes are no PNG */
  constructor(bytes: Uint8Array) {
    const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
    this.width = width;
    this.height = height;
    this.#pixels = data;
  }

  /** The colour at a pixel, counted from the upper left corner. */
  at(x: number, y: number): Colour {
    const from = (y * this.width + x) * 4;
    const [red = 0, green = 0, blue = 0, opacity = 0] = this.#pixels.subarray(from, from + 4);
    return [red, green, blue, opacity];
  }

  /** How many pixels are such. */
  count(is: (colour: Colour) => boolean): number {
    let found = 0;
    for (let y = 0; y < this.height; y++) for (let x = 0; x < this.width; x++) if (is(this.at(x, y))) found++;
    return found;
  }

  /** How many pixels anything is drawn on. */
  get painted(): number {
    return this.count(([, , , opacity]) => opacity > 0);
  }
}
