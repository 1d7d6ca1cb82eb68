import { type FileMetaData, parquetSchema, type SchemaElement, type SchemaTree } from "hyparquet";
import { geometryRole } from "../geometry-names.ts";
import type { LayerFacts, StagedGeometry } from "../reader.ts";
import { copyJson } from "./copy-value.ts";
import { findGeoColumn } from "./geo-metadata.ts";
import { type LeafValues, leafValues } from "./leaf-values.ts";

const WEBMERCATOR = "the_geom_webmercator";
const THE_GEOM = "the_geom";
const INVALID_GEOM = "invalid_the_geom";

/** A column that is read. */
export interface PlannedColumn extends LeafValues {
  name: string;
  /** Whether its values have parts: lists, structs, maps. */
  isNested: boolean;
}

/** What is read of a file, and what becomes of it. */
export interface TablePlan {
  columns: readonly PlannedColumn[];
  /** How the geometry is written, and the number of its column, once that is known. */
  geometry: { index: number; kind: "wkb" | "wkt" | "geojson" | "kml"; srid?: number } | undefined;
}

/**
 * Decides what is read, by what the file says of itself. Afterwards the metadata say nothing of the values' meaning, so
 * that hyparquet gives them as they are stored: it would round decimals, and cut timestamps to milliseconds.
 *
 * @throws ImportError as {@link findGeoColumn}
 */
export function planTable(metadata: FileMetaData): TablePlan {
  const geo = findGeoColumn(metadata);
  const names = new Set<string>();
  const columns: PlannedColumn[] = [];
  for (const { element, children } of parquetSchema(metadata).children) {
    const { name } = element;
    if (names.has(name) || name === geo?.covering || name.toLowerCase() === WEBMERCATOR) continue;
    names.add(name);
    columns.push({ name, ...valuesOf({ element, children }) });
  }
  const index = columns.findIndex(({ name }) => name === geo?.name);
  const srid = geo?.srid === undefined ? {} : { srid: geo.srid };
  return { columns, geometry: index < 0 ? undefined : { index, kind: "wkb", ...srid } };
}

function valuesOf({ element, children }: Pick<SchemaTree, "element" | "children">): Omit<PlannedColumn, "name"> {
  if (children.length > 0 || element.repetition_type === "REPEATED")
    return { type: "text", write: copyJson, isNested: true };
  const values = leafValues(element);
  strip(element);
  return { ...values, isNested: false };
}

function strip(element: SchemaElement): void {
  delete element.converted_type;
  delete element.logical_type;
}

/** Number of the column that may be the geometry by its name; -1 where there is none. */
export const namedGeometry = ({ columns }: TablePlan): number =>
  columns.findIndex(({ name, type, isNested }) => !isNested && type === "text" && geometryRole(name) === "geometry");

/** Name of a column in the staging table. */
export const stagedName = (index: number): string => `c${index + 1}`;

/** What a table is made of. */
export function tableFacts(plan: TablePlan, typeGuessing: boolean): Pick<LayerFacts, "columns" | "geometry"> {
  const geometry = geometryOf(plan, typeGuessing);
  const columns = plan.columns.flatMap(({ name, type }, index) => {
    if (index === plan.geometry?.index) return [];
    const header = name.toLowerCase() === THE_GEOM ? INVALID_GEOM : name;
    return [{ header, at: { column: stagedName(index) }, type }];
  });
  return { columns, geometry };
}

function geometryOf({ columns, geometry }: TablePlan, typeGuessing: boolean): StagedGeometry | undefined {
  if (geometry) {
    const { index, ...how } = geometry;
    return { ...how, at: { column: stagedName(index) } };
  }
  if (!typeGuessing) return undefined;
  const [longitude, latitude] = (["longitude", "latitude"] as const).map((role) =>
    columns.findIndex(({ name, type }) => geometryRole(name) === role && NUMBERS.has(type)),
  );
  if (longitude === undefined || latitude === undefined || longitude < 0 || latitude < 0) return undefined;
  return {
    kind: "lonlat",
    longitude: { column: stagedName(longitude) },
    latitude: { column: stagedName(latitude) },
  };
}

const NUMBERS: ReadonlySet<string> = new Set(["integer", "bigint", "numeric", "double precision"]);
