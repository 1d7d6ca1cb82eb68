/** Longitude and latitude, in degrees. */
type Point = readonly [longitude: number, latitude: number];
type Line = readonly Point[];

export function cutPolygon(rings: readonly Line[]): Line[][];
export function cutLine(line: Line): Line[];
