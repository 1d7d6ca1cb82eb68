import { geometryRole } from "../geometry-names.ts";
import type { Layer, LayerFacts, StagedAt, StagedColumn, StagedGeometry } from "../reader.ts";
import type { FeatureReader, Shape } from "./feature-reader.ts";
import type { ObjectGeometry } from "./object-geometry.ts";
import { ID_SLOT } from "./slots.ts";
import type { TypeGuess } from "./type-guess.ts";

const GEOMETRY = "geometry";
const FEATURE_ID = "feature_id";
/** Column of those properties that have none of their own. */
const OTHERS = "others";

/** Made anew from `the_geom`, whatever a file says. */
const WEBMERCATOR = "the_geom_webmercator";
const THE_GEOM = "the_geom";
/** Name of a column called `the_geom` that isn't the geometry. */
const INVALID_GEOM = "invalid_the_geom";

const columnOf = (slot: number): string => `p${slot + 1}`;

/** Columns of the staging table, as the rows are written. @param slots Those of the properties that have one. */
export function stagingColumns(shape: Shape, slots: readonly number[]): Layer["staging"] {
  const lead = shape === "features" ? [GEOMETRY, FEATURE_ID] : [];
  const texts = [...lead, ...slots.map(columnOf)];
  return [...texts.map((name) => ({ name, type: "text" as const })), { name: OTHERS, type: "jsonb" }];
}

/** What was found out about the rows. */
export interface Findings {
  reader: FeatureReader;
  types: TypeGuess;
  /** Geometries of rows that are no features. */
  objects: ObjectGeometry;
  /** SRID of features that aren't in 4326. */
  srid: number | undefined;
  typeGuessing: boolean;
}

/** The columns of the table to be made, and its geometry. */
export function tableFacts(findings: Findings): Pick<LayerFacts, "columns" | "geometry"> {
  const geometry = findGeometry(findings);
  const columns = listColumns(findings).filter(({ at }) => geometry?.kind === "lonlat" || !isSame(at, geometry?.at));
  if (geometry?.kind !== "lonlat") return { columns, geometry };
  const coordinates = columns.map((column) => {
    const isCoordinate = isSame(column.at, geometry.longitude) || isSame(column.at, geometry.latitude);
    return isCoordinate && column.type !== "text" ? { ...column, type: "double precision" as const } : column;
  });
  return { columns: coordinates, geometry };
}

function listColumns({ reader, types, typeGuessing }: Findings): StagedColumn[] {
  const typeOf = (slot: number): StagedColumn["type"] => (typeGuessing ? types.typeOf(slot) : "text");
  const columns: StagedColumn[] = [];
  for (const [slot, name] of reader.keys.names.entries()) {
    if (!types.isUsed(slot) || name.toLowerCase() === WEBMERCATOR) continue;
    const header = name.toLowerCase() === THE_GEOM ? INVALID_GEOM : name;
    columns.push({ header, at: placeOf(reader, slot), type: typeOf(slot) });
  }
  const hasId = columns.some(({ header }) => header === "id");
  if (types.isUsed(ID_SLOT) && !hasId)
    columns.push({ header: "id", at: { column: FEATURE_ID }, type: typeOf(ID_SLOT) });
  return columns;
}

function placeOf({ keys, slots }: FeatureReader, slot: number): StagedAt {
  return slots.isStaged(slot) ? { column: columnOf(slot) } : { column: OTHERS, key: keys.names[slot] as string };
}

function findGeometry({ reader, objects, srid, typeGuessing }: Findings): StagedGeometry | undefined {
  if (reader.shape === "features") {
    const at = { column: GEOMETRY };
    return srid === undefined ? { kind: "geojson", at } : { kind: "geojson", at, srid };
  }
  const found = objects.found();
  if (found !== undefined) return { kind: found.kind, at: placeOf(reader, found.slot) };
  const { names } = reader.keys;
  const longitude = names.findIndex((name) => geometryRole(name) === "longitude");
  const latitude = names.findIndex((name) => geometryRole(name) === "latitude");
  if (!typeGuessing || longitude < 0 || latitude < 0) return undefined;
  return { kind: "lonlat", longitude: placeOf(reader, longitude), latitude: placeOf(reader, latitude) };
}

function isSame(one: StagedAt, other: StagedAt | undefined): boolean {
  if (other === undefined || one.column !== other.column) return false;
  return ("key" in one ? one.key : undefined) === ("key" in other ? other.key : undefined);
}
