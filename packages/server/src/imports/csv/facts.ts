import { geometryRole } from "../geometry-names.ts";
import type { LayerFacts, StagedAt, StagedColumn, StagedGeometry } from "../reader.ts";
import type { ColumnRole, GuessedColumn } from "./column-guess.ts";

/** Made anew from `the_geom`, whatever a file says. */
const WEBMERCATOR = "the_geom_webmercator";
const THE_GEOM = "the_geom";
/** Name of a column called `the_geom` that holds no geometries. */
const INVALID_GEOM = "invalid_the_geom";

/** The name in the staging table of the `index`-th column, from 0. */
export const stagedName = (index: number): string => `c${index + 1}`;

const plainName = (header: string): string => header.trim().toLowerCase();

/** What a column's header says about it. */
export function roleOf(header: string): ColumnRole {
  const role = geometryRole(header);
  if (role === "geometry") return "geometry";
  return role === undefined ? "ordinary" : "coordinate";
}

/**
 * The columns and the geometry of a table, as its headers and rows say together.
 *
 * A column named as a geometry comes first, then coordinates, then the one column whose values are all geometries.
 */
export function tableFacts(
  headers: readonly string[],
  guessed: readonly GuessedColumn[],
  { typeGuessing }: { typeGuessing: boolean },
): Pick<LayerFacts, "columns" | "geometry"> {
  const named = headers.findIndex((header, i) => roleOf(header) === "geometry" && guessed[i]?.geometry !== undefined);
  const geometry =
    textGeometry(guessed, named) ??
    (typeGuessing ? (coordinates(headers, guessed) ?? textGeometry(guessed, onlyGeometry(guessed))) : undefined);
  const columns = headers.flatMap((header, i) => stagedColumn(header, i, guessed[i], geometry) ?? []);
  return { columns, geometry };
}

const at = (index: number): { column: string } => ({ column: stagedName(index) });

const isAt = (where: StagedAt, index: number): boolean => where.column === stagedName(index);

function textGeometry(guessed: readonly GuessedColumn[], index: number): StagedGeometry | undefined {
  const kind = guessed[index]?.geometry;
  return kind && { kind, at: at(index) };
}

/** Column whose values are all geometries; -1 where there is none, or more than one. */
function onlyGeometry(guessed: readonly GuessedColumn[]): number {
  const found = guessed.flatMap(({ geometry }, i) => (geometry === undefined ? [] : [i]));
  return found.length === 1 ? (found[0] ?? -1) : -1;
}

function coordinates(headers: readonly string[], guessed: readonly GuessedColumn[]): StagedGeometry | undefined {
  const longitude = headers.findIndex((header) => geometryRole(header) === "longitude");
  const latitude = headers.findIndex((header) => geometryRole(header) === "latitude");
  // Without a number among them, words would be thrown away for nothing.
  if (!guessed[longitude]?.numbers || !guessed[latitude]?.numbers) return undefined;
  return { kind: "lonlat", longitude: at(longitude), latitude: at(latitude) };
}

function stagedColumn(
  header: string,
  index: number,
  guessed: GuessedColumn | undefined,
  geometry: StagedGeometry | undefined,
): StagedColumn | undefined {
  const name = plainName(header);
  const type = guessed?.type ?? "text";
  if (name === WEBMERCATOR) return undefined;
  if (geometry?.kind === "lonlat") {
    const isCoordinate = isAt(geometry.longitude, index) || isAt(geometry.latitude, index);
    if (isCoordinate) return { header, at: at(index), type: type === "text" ? "text" : "double precision" };
  } else if (geometry && isAt(geometry.at, index)) {
    return undefined;
  }
  if (name !== THE_GEOM) return { header, at: at(index), type };
  return guessed?.empty ? undefined : { header: INVALID_GEOM, at: at(index), type };
}
