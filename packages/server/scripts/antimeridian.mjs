// Cuts polygons and lines that go round a sphere where a flat map ends: at ±180°, and over the poles.

/**
 * Polygons of a flat map for one polygon on a sphere.
 *
 * Rings may step over ±180° and may go round a pole; rings of the answer do neither, and end at ±90° where a pole was
 * inside.
 */
export function cutPolygon(rings) {
  const [outside = [], ...holes] = rings.map(unroll);
  const pieces = windowsOf(outside).map((ring) => [ring]);
  for (const hole of holes.flatMap(windowsOf)) {
    pieces.find(([ring]) => contains(boxOf(ring), boxOf(hole)))?.push(hole);
  }
  return pieces;
}

/** Lines of a flat map for one line on a sphere. */
export function cutLine(line) {
  const parts = [];
  let part = [];
  let before;
  for (const point of line) {
    if (before && Math.abs(point[0] - before[0]) > 180) {
      const side = before[0] > 0 ? 180 : -180;
      const latitude = latitudeAt(side, before, [point[0] + 2 * side, point[1]]);
      parts.push([...part, [side, latitude]]);
      part = [[-side, latitude]];
    }
    part.push(point);
    before = point;
  }
  return [...parts, part].filter(({ length }) => length > 1);
}

/** The ring with longitudes that go on beyond ±180° instead of jumping, closed over the pole where it goes round one. */
function unroll(ring) {
  const points = straighten(ring);
  const turned = points.at(-1)[0] - points[0][0];
  if (Math.abs(turned) < 180) return points;
  // From ±180° to ±180°, so that no seam is left elsewhere.
  const at = ring.findIndex(([longitude], index) => index > 0 && Math.abs(longitude - ring[index - 1][0]) > 180);
  const first = ring[at][0] < 0 ? -180 : 180;
  const latitude = latitudeAt(first, [ring[at - 1][0] + 2 * first, ring[at - 1][1]], ring[at]);
  const pole = ring.reduce((sum, [, each]) => sum + each, 0) > 0 ? 90 : -90;
  const open = straighten([...ring.slice(at, -1), ...ring.slice(0, at)]);
  const start = [first, latitude];
  return [start, ...open, [-first, latitude], [-first, pole], [first, pole], start];
}

function straighten(ring) {
  const points = [];
  let turns = 0;
  for (const [longitude, latitude] of ring) {
    const step = longitude + 360 * turns - (points.at(-1)?.[0] ?? longitude);
    if (Math.abs(step) > 180) turns -= Math.sign(step);
    points.push([longitude + 360 * turns, latitude]);
  }
  return points;
}

/** The parts of an unrolled ring in each turn of the globe, moved into the one from -180° to 180°. */
function windowsOf(ring) {
  const [west, , east] = boxOf(ring);
  const parts = [];
  for (let turn = Math.floor((west + 180) / 360); turn * 360 - 180 < east; turn++) {
    const middle = turn * 360;
    const part = clip(clip(ring, middle - 180, 1), middle + 180, -1);
    if (part.length > 3) parts.push(part.map(([longitude, latitude]) => [longitude - middle, latitude]));
  }
  return parts;
}

/** The part of a ring on one side of a meridian: east of it for 1, west for -1. */
function clip(ring, meridian, side) {
  const part = [];
  const isIn = ([longitude]) => (longitude - meridian) * side >= 0;
  for (const [at, point] of ring.slice(1).entries()) {
    const before = ring[at];
    if (isIn(before)) part.push(before);
    if (isIn(point) !== isIn(before)) part.push([meridian, latitudeAt(meridian, before, point)]);
  }
  if (part.length > 0) part.push(part[0]);
  return part;
}

const latitudeAt = (meridian, [x1, y1], [x2, y2]) => (x1 === x2 ? y1 : y1 + ((y2 - y1) * (meridian - x1)) / (x2 - x1));

function boxOf(ring) {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [longitude, latitude] of ring) {
    west = Math.min(west, longitude);
    south = Math.min(south, latitude);
    east = Math.max(east, longitude);
    north = Math.max(north, latitude);
  }
  return [west, south, east, north];
}

const contains = (outer, inner) =>
  outer[0] <= inner[0] && outer[1] <= inner[1] && outer[2] >= inner[2] && outer[3] >= inner[3];
