import { GRID, type Topology } from "./topology.ts";

/** Stands in the text of an object where the arcs of its next line belong; JSON has no such byte. */
export const LINE_MARK = "\x01";

/** Where a grid lies: the coordinates of its origin, and of one step. */
export interface Transform {
  scale: readonly [number, number];
  translate: readonly [number, number];
}

type Coordinates = readonly number[];
/** Coordinates of any depth. */
type Nested = readonly (number | Nested)[];

interface GeoJsonGeometry {
  type: string;
  coordinates?: Nested;
  geometries?: readonly GeoJsonGeometry[];
}

/** The grid that reaches from one corner to the other. */
export function transformOf([x0 = 0, y0 = 0]: Coordinates, [x1 = 0, y1 = 0]: Coordinates): Transform {
  const step = (from: number, to: number): number => (to > from ? (to - from) / (GRID - 1) : 1);
  return { scale: [step(x0, x1), step(y0, y1)], translate: [x0, y0] };
}

/** Writes GeoJSON geometries as TopoJSON objects, their lines and rings given to a topology. */
export class ObjectWriter {
  readonly #transform: Transform;
  readonly #topology: Topology;

  constructor(transform: Transform, topology: Topology) {
    this.#transform = transform;
    this.#topology = topology;
  }

  /** The members of an object, with a {@link LINE_MARK} for each line, in the order that the topology got them. */
  membersOf({ type, coordinates = [], geometries = [] }: GeoJsonGeometry): string {
    switch (type) {
      case "Point":
        return coordinates.length === 0 ? '"type":null' : `"type":"Point","coordinates":${this.#point(coordinates)}`;
      case "MultiPoint":
        return `"type":"MultiPoint","coordinates":${listOf(filled(coordinates), (point) => this.#point(point))}`;
      case "LineString":
        return coordinates.length === 0 ? '"type":null' : `"type":"LineString","arcs":${this.#line(coordinates)}`;
      case "MultiLineString":
        return `"type":"MultiLineString","arcs":${listOf(filled(coordinates), (line) => this.#line(line))}`;
      case "Polygon":
        return `"type":"Polygon","arcs":${this.#polygon(coordinates)}`;
      case "MultiPolygon":
        return `"type":"MultiPolygon","arcs":${listOf(filled(coordinates), (rings) => this.#polygon(rings))}`;
      default:
        return `"type":"GeometryCollection","geometries":[${geometries.map((one) => `{${this.membersOf(one)}}`).join(",")}]`;
    }
  }

  #point(coordinates: Nested): string {
    const position = this.#positionOf(coordinates as Coordinates);
    return `[${position % GRID},${Math.floor(position / GRID)}]`;
  }

  #line(coordinates: Nested): string {
    const positions = this.#positionsOf(coordinates);
    if (positions.length === 1) positions.push(positions[0] as number);
    this.#topology.addLine(positions);
    return LINE_MARK;
  }

  #polygon(rings: Nested): string {
    let isHole = false;
    return listOf(filled(rings), (ring) => {
      this.#ring(ring, isHole);
      isHole = true;
      return LINE_MARK;
    });
  }

  /** Outer rings run clockwise, holes the other way. */
  #ring(coordinates: Nested, isHole: boolean): void {
    const positions = this.#positionsOf(coordinates);
    if (areaOf(positions) > 0 !== isHole) positions.reverse();
    // A ring that fell together on the grid keeps the four positions that a ring must have.
    while (positions.length < 4) positions.push(positions[0] as number);
    this.#topology.addRing(positions);
  }

  #positionsOf(coordinates: Nested): number[] {
    const positions: number[] = [];
    for (const point of coordinates) {
      const position = this.#positionOf(point as Coordinates);
      if (position !== positions.at(-1)) positions.push(position);
    }
    return positions;
  }

  #positionOf([x = 0, y = 0]: Coordinates): number {
    const { scale, translate } = this.#transform;
    const column = Math.round((x - translate[0]) / scale[0]);
    return Math.round((y - translate[1]) / scale[1]) * GRID + column;
  }
}

const listOf = (items: Nested, write: (item: Nested) => string): string =>
  `[${items.map((item) => write(item as Nested)).join(",")}]`;

/** Without the parts that hold nothing. */
const filled = (parts: Nested): Nested => parts.filter((part) => (part as Nested).length > 0);

/** Twice the area within a ring on the grid, negative where it runs clockwise. */
function areaOf(positions: readonly number[]): number {
  let area = 0;
  for (let i = 1; i < positions.length; i++) {
    const [a, b] = [positions[i - 1] as number, positions[i] as number];
    area += (a % GRID) * Math.floor(b / GRID) - (b % GRID) * Math.floor(a / GRID);
  }
  return area;
}
