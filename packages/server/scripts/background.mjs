// The viewer's background map, of Natural Earth's data (public domain) as `world-atlas` has it: land, borders, names.
import { createRequire } from "node:module";
import { cutLine, cutPolygon } from "./antimeridian.mjs";

const require = createRequire(import.meta.url);
const { feature, mesh } = require("topojson-client");

/** GeoJSON: one feature of land, one of borders, and a point for each country, `name` and `rank` (0 is the largest). */
export function makeBackground() {
  const atlas = require("world-atlas/countries-50m.json");
  const { land, countries } = atlas.objects;
  const borders = mesh(atlas, countries, (a, b) => a !== b);
  return {
    type: "FeatureCollection",
    features: [
      toFeature("land", { type: "MultiPolygon", coordinates: polygonsOf(feature(atlas, land)).flatMap(cutPolygon) }),
      toFeature("border", { type: "MultiLineString", coordinates: borders.coordinates.flatMap(cutLine) }),
      ...labels(feature(atlas, countries).features),
    ],
  };
}

const polygonsOf = ({ features = [], geometry }) => {
  if (geometry === undefined) return features.flatMap(polygonsOf);
  if (geometry === null) return [];
  return geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
};

/** Names at the middle of the countries' largest parts. */
function labels(countries) {
  return countries
    .map((country) => {
      const parts = polygonsOf(country)
        .flatMap(cutPolygon)
        .map(([ring]) => measure(ring));
      return { name: country.properties.name, ...parts.sort((a, b) => b.area - a.area)[0] };
    })
    .sort((a, b) => b.area - a.area)
    .map(({ name, middle }, rank) => toFeature("label", { type: "Point", coordinates: middle }, { name, rank }));
}

/** Area of a ring, in square degrees at its latitudes, and its centre of mass. */
function measure(ring) {
  let [twice, x, y] = [0, 0, 0];
  for (const [at, [x2, y2]] of ring.slice(1).entries()) {
    const [x1, y1] = ring[at];
    const cross = x1 * y2 - x2 * y1;
    twice += cross;
    x += (x1 + x2) * cross;
    y += (y1 + y2) * cross;
  }
  const middle = [x / (3 * twice), y / (3 * twice)];
  return { area: Math.abs(twice / 2) * Math.cos((middle[1] * Math.PI) / 180), middle };
}

const toFeature = (kind, { type, coordinates }, properties = {}) => ({
  type: "Feature",
  properties: { kind, ...properties },
  geometry: { type, coordinates: round(coordinates) },
});

/** A thousandth of a degree is a hundred metres, less than the data knows. */
const round = (value) => (Array.isArray(value) ? value.map(round) : Math.round(value * 1000) / 1000);
