import type { DecodedFeature } from "./decode-tile.ts";

type Vertex = readonly [x: number, y: number];

/** How far the vertices of two features lie from each other's lines at most, in units. */
export function distance(one: DecodedFeature, other: DecodedFeature): number {
  return Math.max(reach(one, other), reach(other, one));
}

/** How far the vertex of `one` that is farthest from `other` is from it. */
function reach(one: DecodedFeature, other: DecodedFeature): number {
  const pieces = other.paths.flatMap(piecesOf);
  const nearest = (vertex: Vertex): number => Math.min(...pieces.map((piece) => toPiece(vertex, piece)));
  return Math.max(...one.paths.flat().map(nearest));
}

/** The straight pieces of a path; of a point, the point. */
function piecesOf(path: readonly Vertex[]): [Vertex, Vertex][] {
  if (path.length === 1) return path.map((vertex) => [vertex, vertex]);
  return path.slice(1).map((vertex, i) => [path[i] as Vertex, vertex]);
}

function toPiece([x, y]: Vertex, [[x1, y1], [x2, y2]]: [Vertex, Vertex]): number {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / length));
  return Math.hypot(x - x1 - along * dx, y - y1 - along * dy);
}
