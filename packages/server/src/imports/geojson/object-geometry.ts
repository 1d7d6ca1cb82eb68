import { geometryRole } from "../geometry-names.ts";
import type { StagedGeometry } from "../reader.ts";
import type { FeatureReader } from "./feature-reader.ts";
import { type JsonScanner, NESTED, NULL, STRING } from "./json-scanner.ts";

type TextKind = Exclude<StagedGeometry["kind"], "lonlat">;

const WKT = /^\s*(?:SRID\s*=\s*\d+\s*;\s*)?(?:(?:multi)?(?:point|linestring|polygon)|geometrycollection)\b/i;
const HEX_WKB = /^\s*0[01][0-9a-f]{8}/i;
const KML = /^\s*<(?:\w+:)?(?:Point|LineString|LinearRing|Polygon|MultiGeometry)[\s>]/;
const GEOJSON = /^\s*\{[\s\S]*\\?"type\\?"/;
/** Bytes that a value shows its kind in. */
const LOOKED_AT = 400;

/**
 * Finds the geometries of rows that are no features: a member named as one, written as its first value is.
 */
export class ObjectGeometry {
  readonly #scanner: JsonScanner;
  readonly #reader: FeatureReader;
  /** Members named as a geometry, by their slots, and how their first value is written. */
  readonly #kinds = new Map<number, TextKind | "none" | undefined>();
  /** Names that were looked at. */
  #known = 0;

  constructor(scanner: JsonScanner, reader: FeatureReader) {
    this.#scanner = scanner;
    this.#reader = reader;
  }

  /** Looks at the row that was read last. */
  look(): void {
    const { names } = this.#reader.keys;
    for (; this.#known < names.length; this.#known++) {
      if (geometryRole(names[this.#known] as string) === "geometry") this.#kinds.set(this.#known, undefined);
    }
    for (const [slot, kind] of this.#kinds) if (kind === undefined) this.#kinds.set(slot, this.#kindAt(slot));
  }

  /** The first member that holds geometries. */
  found(): { slot: number; kind: TextKind } | undefined {
    for (const [slot, kind] of this.#kinds) if (kind !== undefined && kind !== "none") return { slot, kind };
    return undefined;
  }

  #kindAt(slot: number): TextKind | "none" | undefined {
    const { slots } = this.#reader;
    const kind = slots.kindOf(slot);
    const start = slots.starts[slot] as number;
    const end = slots.ends[slot] as number;
    if (kind === NULL || (kind === STRING && end - start === 2)) return undefined;
    const from = kind === STRING ? start + 1 : start;
    const text = this.#scanner.bytes.toString("latin1", from, Math.min(end, from + LOOKED_AT));
    if (kind === NESTED) return GEOJSON.test(text) ? "geojson" : "none";
    if (kind !== STRING) return "none";
    if (WKT.test(text)) return "wkt";
    if (HEX_WKB.test(text)) return "wkb";
    if (KML.test(text)) return "kml";
    return GEOJSON.test(text) ? "geojson" : "none";
  }
}
