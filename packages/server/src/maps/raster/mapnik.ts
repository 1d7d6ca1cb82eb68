/** What is used of Mapnik's addon, which has no types of its own. */
export interface Mapnik {
  register_fonts(folder: string, options: { recurse: boolean }): boolean;
  fonts(): string[];
  Map: new (width: number, height: number) => MapnikMap;
  VectorTile: new (z: number, x: number, y: number, options: { tile_size: number; buffer_size: number }) => VectorTile;
  Image: {
    new (width: number, height: number): Image;
    fromBufferSync(width: number, height: number, data: Buffer): Image;
    fromBytesSync(data: Buffer, options: { max_size: number }): Image;
  };
  Color: new (css: string) => object;
  Grid: new (width: number, height: number) => Grid;
}

/** Styles, ready to be drawn; by one at a time. */
export interface MapnikMap {
  fromString(xml: string, options: { strict: boolean }, done: (error: Error | null, map: MapnikMap) => void): void;
}

/** Features of a tile. */
export interface VectorTile {
  setData(mvt: Buffer, done: (error: Error | null) => void): void;
  render<Surface>(
    map: MapnikMap,
    surface: Surface,
    options: object,
    done: (error: Error | null, surface: Surface) => void,
  ): void;
}

/** A picture that is being drawn. */
export interface Image {
  width(): number;
  height(): number;
  data(): Buffer;
  fillSync(colour: object): void;
  premultiplySync(): void;
  demultiplySync(): void;
  resizeSync(width: number, height: number): Image;
  composite(image: Image, options: { dx: number; dy: number }, done: (error: Error | null) => void): void;
  encode(format: string, done: (error: Error | null, bytes: Buffer) => void): void;
}

/** Which feature is where. */
export interface Grid {
  encode(options: { resolution: number }, done: (error: Error | null, grid: EncodedGrid) => void): void;
}

/** A grid as clients read it. */
export interface EncodedGrid {
  grid: string[];
  keys: string[];
  data: Record<string, object>;
}
