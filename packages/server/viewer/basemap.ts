import type { LayerSpecification, StyleSpecification } from "./maplibre-gl.mjs";

/** Colours of everything on the map that isn't data. */
interface Tones {
  sea: string;
  land: string;
  border: string;
  label: string;
  /** Around points and under labels, so that they stand out. */
  halo: string;
}

const LIGHT: Tones = { sea: "#dde5ea", land: "#f8f7f4", border: "#d2d1cb", label: "#85847e", halo: "#fbfaf8" };
const DARK: Tones = { sea: "#13171b", land: "#20262c", border: "#39424b", label: "#828d97", halo: "#171b20" };

/** What the reader's system asks for. */
export const darkMode: MediaQueryList = matchMedia("(prefers-color-scheme: dark)");

/** The tones in force. */
export const tones = (): Tones => (darkMode.matches ? DARK : LIGHT);

/** Layer that data is put below. */
export const LABELS = "label";

/**
 * The map without data: land, borders and names of countries, from this server. Has no glyphs, so that letters are drawn
 * from the reader's own fonts.
 */
export function basemap(): StyleSpecification {
  return {
    version: 8,
    sources: {
      background: {
        type: "geojson",
        data: `${location.origin}/viewer/assets/background.json`,
        attribution: "Natural Earth",
        maxzoom: 8,
      },
    },
    layers: basemapLayers(tones()),
  };
}

/** The layers of {@link basemap} in the tones given. */
export function basemapLayers({ sea, land, border, label, halo }: Tones): LayerSpecification[] {
  const source = "background";
  return [
    { id: "sea", type: "background", paint: { "background-color": sea } },
    { id: "land", type: "fill", source, filter: ["==", ["get", "kind"], "land"], paint: { "fill-color": land } },
    {
      id: "border",
      type: "line",
      source,
      filter: ["==", ["get", "kind"], "border"],
      paint: { "line-color": border, "line-width": ["interpolate", ["linear"], ["zoom"], 0, 0.5, 6, 1.2] },
    },
    {
      id: LABELS,
      type: "symbol",
      source,
      filter: ["==", ["get", "kind"], "label"],
      layout: {
        "text-field": ["get", "name"],
        "text-font": ["sans-serif"],
        "text-size": ["interpolate", ["linear"], ["zoom"], 0, 10, 6, 14],
        "text-max-width": 7,
        "text-padding": 6,
        "symbol-sort-key": ["get", "rank"],
      },
      paint: { "text-color": label, "text-halo-color": halo, "text-halo-width": 1.2 },
    },
  ];
}
