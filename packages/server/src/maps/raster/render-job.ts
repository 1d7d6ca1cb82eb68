/** What is drawn. */
export type RenderJob = TileJob | BlendJob;

/** Tiles of one map. */
export interface TileJob {
  kind: "tile";
  /** Mapnik's XML; its layers are called like those of `mvt`. */
  xml: string;
  /** The features; empty for none. */
  mvt: Uint8Array;
  z: number;
  x: number;
  y: number;
  /** Pixels of a side of the picture. */
  size: number;
  /** How many times as large everything is drawn. */
  scale: number;
  /** Pixels around the picture, before scaling, in which there are features as well. */
  buffer: number;
  /** Units of a side of the tile in `mvt`. */
  extent: number;
  as: RenderFormat;
}

/** A picture of several, one over the other. */
export interface BlendJob {
  kind: "blend";
  /** Pixels. */
  width: number;
  height: number;
  /** From below. */
  pieces: readonly Piece[];
  /** `png` or `jpeg85`, as Mapnik calls it. What JPEG can't show through is white. */
  encoding: string;
}

/** A part of a {@link BlendJob}: where its upper left corner is counts from that of the picture. */
export type Piece =
  /** A picture, brought to `size` pixels a side where it has others. */
  | { kind: "image"; bytes: Uint8Array; x: number; y: number; size: number }
  /** A picture again and again, over all of it. */
  | { kind: "pattern"; bytes: Uint8Array; x: number; y: number }
  /** A colour of CSS over all of it. */
  | { kind: "colour"; colour: string };

/** What comes of a tile: a picture, several that it is cut into (row by row), or a grid of the features' values. */
export type RenderFormat =
  | { kind: "png"; encoding: string; cut: number }
  | { kind: "grid"; layer: number; fields: readonly string[] };

/** What a child says: once how it is, then an answer to each job. */
export type ChildMessage =
  | { kind: "ready"; faces: readonly string[] }
  | { kind: "unusable"; message: string }
  | { kind: "done"; id: number; pieces: readonly Uint8Array[]; rss: number }
  | { kind: "failed"; id: number; message: string };
