import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";

/** A feature of a vector tile. */
export interface DecodedFeature {
  /** 1 for points, 2 for lines, 3 for polygons. */
  type: number;
  properties: Record<string, string | number | boolean>;
  /** Its points, lines or rings, each a list of vertices. */
  paths: [x: number, y: number][][];
}

/** A layer of a vector tile. */
export interface DecodedLayer {
  name: string;
  version: number;
  extent: number;
  features: DecodedFeature[];
}

/** Reads a vector tile by Mapbox' decoder. */
export function decodeTile(bytes: Uint8Array): DecodedLayer[] {
  // A Buffer may be a part of a larger one, whose beginning the decoder would take for its own.
  const { layers } = new VectorTile(new PbfReader(new Uint8Array(bytes)));
  return Object.values(layers).map((layer) => ({
    name: layer.name,
    version: layer.version,
    extent: layer.extent,
    features: Array.from({ length: layer.length }, (_, i) => {
      const feature = layer.feature(i);
      const paths = feature.loadGeometry().map((path) => path.map(({ x, y }): [number, number] => [x, y]));
      return { type: feature.type, properties: { ...feature.properties }, paths };
    }),
  }));
}
