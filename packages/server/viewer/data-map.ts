import type { Api } from "./api.ts";
import { basemap, basemapLayers, darkMode, LABELS, tones } from "./basemap.ts";
import { type Bounds, boundsOf, pointsOf } from "./bounds.ts";
import { type Colouring, singleColour } from "./colouring.ts";
import { drawingOf, SOURCE } from "./data-layers.ts";
import { byId } from "./dom.ts";
import { type Column, colouringOf, columnsOf, readColouring } from "./facts.ts";
import { showFeature } from "./feature-panel.ts";
import { type LegendEntry, legendEntry } from "./legend.ts";
import {
  type AllPaintProperties,
  AttributionControl,
  type GeoJSONFeature,
  type LayerSpecification,
  type MapGeoJSONFeature,
  Map as MapLibre,
  NavigationControl,
  type PointLike,
  ScaleControl,
  setWorkerUrl,
} from "./maplibre-gl.mjs";
import type { OpenedLayer, OpenedMap } from "./open-map.ts";
import type { Subject } from "./subject.ts";

/** What a map is drawn from. */
export interface DataMapOptions {
  api: Api;
  subject: Subject;
  opened: OpenedMap;
  /** Where the data is, if that is known. */
  bounds: Bounds | undefined;
}

/** Pixels around the pointer in which a feature is found. */
const REACH = 3;

/** Zoom that a map of a single point begins with. */
const CLOSEST = 15;
/** Zooms beyond its own for which a tile tells well enough where its features are. */
const KNOWN_ZOOMS = 4;

/** A map of data, with its legend and the panel of the feature under the pointer. */
export class DataMap {
  readonly #options: DataMapOptions;
  readonly #map: MapLibre;
  readonly #entries = new Map<OpenedLayer, LegendEntry>();
  readonly #colourings = new Map<OpenedLayer, Colouring>();
  readonly #drawnIds: string[] = [];
  /** Whether the map is still on its way to its data. */
  #approaching: boolean;
  #hovered: MapGeoJSONFeature | undefined;
  /** Whether the panel stays as it is when the pointer moves on. */
  #pinned = false;

  constructor(options: DataMapOptions) {
    this.#options = options;
    setWorkerUrl(`${location.origin}/viewer/assets/maplibre-gl-worker.mjs`);
    const looksSomewhere = location.hash.length > 1;
    const { api, bounds } = options;
    this.#map = new MapLibre({
      container: "map",
      style: basemap(),
      hash: true,
      attributionControl: false,
      maxZoom: 20,
      ...(bounds && !looksSomewhere ? { bounds, fitBoundsOptions: this.#fit() } : {}),
      // A key goes to this server's APIs and nowhere else.
      transformRequest: (url) =>
        url.startsWith(`${location.origin}${api.base}/`) ? { url, headers: api.headers } : { url },
    });
    this.#approaching = bounds === undefined && !looksSomewhere;
  }

  /** Draws. @param complain Is told what the server says of tiles that it can't make, and "" when the map moves on. */
  start(complain: (message: string) => void): void {
    const map = this.#map;
    map.addControl(new NavigationControl({ visualizePitch: false }), "top-right");
    map.addControl(new ScaleControl({}), "bottom-right");
    map.addControl(new AttributionControl({ compact: true }), "bottom-right");
    map.on("load", () => this.#addData());
    map.on("idle", () => this.#settle());
    map.on("dataloading", () => map.getContainer().setAttribute("aria-busy", "true"));
    map.on("error", ({ error }) => void sayOf(error).then(complain));
    map.on("movestart", () => complain(""));
    darkMode.addEventListener("change", () => this.#retone());
    this.#watchPointer();
  }

  #fit(): { padding: number; maxZoom: number } {
    const { clientWidth, clientHeight } = document.documentElement;
    return { padding: Math.round(Math.min(clientWidth, clientHeight) / 10), maxZoom: CLOSEST };
  }

  /**
   * Looks at what the tiles in sight hold, where nobody said where the data is. Closer tiles say it better.
   *
   * @returns Whether the map moves, and will be idle again.
   */
  #approach(): boolean {
    const map = this.#map;
    const features = this.#options.opened.layers.flatMap((layer) => this.#featuresOf(layer));
    const bounds = boundsOf(
      features.flatMap(({ geometry }) => ("coordinates" in geometry ? [...pointsOf(geometry.coordinates)] : [])),
    );
    this.#approaching = false;
    if (!bounds) return false;
    const maxZoom = Math.min(CLOSEST, Math.floor(map.getZoom()) + KNOWN_ZOOMS);
    map.fitBounds(bounds, { ...this.#fit(), maxZoom, animate: false });
    map.triggerRepaint();
    this.#approaching = maxZoom < CLOSEST && map.getZoom() >= maxZoom;
    return true;
  }

  #featuresOf(layer: OpenedLayer): GeoJSONFeature[] {
    return this.#map.querySourceFeatures(SOURCE, { sourceLayer: layer.id });
  }

  #addData(): void {
    const { layers, tiles } = this.#options.opened;
    // Where a row has a key, its parts in several tiles are one feature.
    const promoteId = Object.fromEntries(layers.map(({ id }) => [id, "cartodb_id"]));
    this.#map.addSource(SOURCE, { type: "vector", tiles: [tiles], maxzoom: 18, promoteId });
    for (const [index, layer] of layers.entries()) {
      const entry = legendEntry(layer, {
        show: (visible) => this.#show(layer, visible),
        colourBy: (column) => void this.#colourBy(layer, column),
      });
      this.#entries.set(layer, entry);
      for (const drawn of drawingOf(layer, singleColour(index))) {
        this.#map.addLayer(drawn, LABELS);
        this.#drawnIds.push(drawn.id);
      }
      this.#setColouring(layer, singleColour(index));
      if (layer.columns) entry.setColumns(layer.columns);
    }
    // The topmost layer first, as it is seen.
    const legend = byId("layers", HTMLElement);
    legend.replaceChildren(...[...this.#entries.values()].map(({ node }) => node).reverse());
    const card = byId("legend", HTMLDetailsElement);
    card.hidden = false;
    card.open = !matchMedia("(max-width: 40rem)").matches;
  }

  #settle(): void {
    if (this.#approaching && this.#approach()) return;
    this.#map.getContainer().removeAttribute("aria-busy");
    for (const [layer, entry] of this.#entries) {
      if (!layer.columns) entry.setColumns(columnsOf(this.#featuresOf(layer).map(({ properties }) => properties)));
    }
  }

  #show(layer: OpenedLayer, visible: boolean): void {
    for (const { id } of this.#drawn(layer)) {
      this.#map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
    }
  }

  async #colourBy(layer: OpenedLayer, column: Column | undefined): Promise<void> {
    const { api, subject, opened } = this.#options;
    const entry = this.#entries.get(layer);
    if (!column) return this.#setColouring(layer, singleColour(opened.layers.indexOf(layer)));
    entry?.say("reading values …");
    // What can't be read of all rows is taken of those in sight.
    const read = await readColouring(api, subject, column).catch(() => undefined);
    const features = (): Record<string, unknown>[] => this.#featuresOf(layer).map(({ properties }) => properties);
    this.#setColouring(layer, read ?? colouringOf(column, features()));
    entry?.say(read ? "" : "by what is in sight");
  }

  #setColouring(layer: OpenedLayer, colouring: Colouring): void {
    this.#colourings.set(layer, colouring);
    this.#entries.get(layer)?.setColouring(colouring);
    this.#repaint(this.#drawn(layer));
  }

  #drawn(layer: OpenedLayer): LayerSpecification[] {
    return drawingOf(layer, this.#colourings.get(layer) ?? singleColour(0));
  }

  #repaint(layers: readonly LayerSpecification[]): void {
    for (const { id, paint = {} } of layers) {
      for (const [name, value] of Object.entries(paint)) {
        this.#map.setPaintProperty(id, name as keyof AllPaintProperties, value);
      }
    }
  }

  #retone(): void {
    this.#repaint(basemapLayers(tones()));
    for (const layer of this.#entries.keys()) this.#repaint(this.#drawn(layer));
  }

  #watchPointer(): void {
    const map = this.#map;
    map.on("mousemove", ({ point }) => this.#pinned || this.#inspect(point));
    map.on("mouseout", () => this.#pinned || this.#select([]));
    map.on("click", ({ point }) => {
      this.#inspect(point);
      this.#pin(this.#hovered !== undefined);
    });
    const canvas = map.getCanvas();
    canvas.setAttribute("aria-label", "Map. Arrow keys move it, + and - zoom, Enter tells what is in its middle.");
    canvas.addEventListener("keydown", ({ key }) => {
      if (key === "Enter") this.#inspect(map.project(map.getCenter()));
      if (key === "Escape") this.#select([]);
      if (key === "Enter" || key === "Escape") this.#pin(key === "Enter" && this.#hovered !== undefined);
    });
  }

  #pin(pinned: boolean): void {
    this.#pinned = pinned;
    byId("feature", HTMLElement).classList.toggle("pinned", pinned);
  }

  #inspect({ x, y }: { x: number; y: number }): void {
    if (this.#drawnIds.length === 0) return;
    const box: [PointLike, PointLike] = [
      [x - REACH, y - REACH],
      [x + REACH, y + REACH],
    ];
    this.#select(this.#map.queryRenderedFeatures(box, { layers: this.#drawnIds }));
  }

  /** Shows the first of the features found, which is on top. */
  #select(found: readonly MapGeoJSONFeature[]): void {
    const [top] = found;
    if (this.#hovered?.id !== undefined) this.#map.removeFeatureState(this.#hovered, "hovered");
    if (top?.id !== undefined) this.#map.setFeatureState(top, { hovered: true });
    this.#hovered = top;
    this.#map.getCanvas().style.cursor = top ? "pointer" : "";
    // An area is found by its edge as well.
    const different = new Set(
      found.map(({ sourceLayer, id, properties }) => `${sourceLayer} ${id ?? JSON.stringify(properties)}`),
    );
    const layer = this.#options.opened.layers.find(({ id }) => id === top?.sourceLayer)?.title ?? "";
    const shown = top && { layer, properties: top.properties };
    showFeature(byId("feature", HTMLElement), shown, different.size - 1);
  }
}

/** What an error of MapLibre's says; that of a tile has the server's words in its body. */
async function sayOf(error: { message: string; body?: Blob }): Promise<string> {
  if (!(error.body instanceof Blob)) return error.message;
  try {
    const { errors } = JSON.parse(await error.body.text()) as { errors?: string[] };
    return errors?.join("\n") ?? error.message;
  } catch {
    return error.message;
  }
}
