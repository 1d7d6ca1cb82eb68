/** A layer's style on its way to Mapnik. */
export interface LayerStyle {
  /** Name that Mapnik knows the layer by. */
  id: string;
  /** Number of the layer in the map. */
  index: number;
  css: string;
  /** Version of CartoCSS that it was written for; undefined for the latest. */
  version: string | undefined;
}

/** Values that divide a column's. */
export interface Ramp {
  column: string;
  buckets: number;
  /** As the style has it: `jenks`, or what is no method. */
  method: string;
}

/** What the database said of one: the values, or why there are none. */
export type KnownRamp = Ramp & ({ ramp: readonly (string | number)[]; stats: RampStats } | { error: string });

/** What legends are told of a column. */
export interface RampStats {
  min_val?: number;
  max_val?: number;
  avg_val?: number;
}

/** What became of the functions in a style. */
export type FilledStyle =
  /** They need these first. */
  | { kind: "missing"; ramps: readonly Ramp[] }
  | { kind: "filled"; css: string; rules: readonly object[] }
  | { kind: "failed"; message: string; context: object | undefined };

/** What became of styles: Mapnik's XML, or what is wrong with each of the layers that are. */
export type CompiledStyle =
  | { kind: "compiled"; xml: string; columns: Readonly<Record<string, readonly string[]>>; buffer: number | undefined }
  | { kind: "failed"; errors: readonly { index: number; message: string }[] };

/** What a style may ask for besides the features. */
export interface StyleContext {
  /** Fonts that Mapnik has; undefined where that is not known, and any will do. */
  faces: readonly string[] | undefined;
  /** Images, by their URLs. */
  images: Readonly<Record<string, { file: string } | { problem: string }>>;
}
