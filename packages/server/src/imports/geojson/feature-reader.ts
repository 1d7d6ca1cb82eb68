import { isUtf8 } from "node:buffer";
import { ImportError } from "../error.ts";
import { BEYOND_ASCII, type JsonScanner, NULL } from "./json-scanner.ts";
import { KeyTable } from "./key-table.ts";
import { type Members, walkMembers } from "./members.ts";
import { ID_SLOT, MAX_COLUMNS, Slots } from "./slots.ts";

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;

// Numbers of a feature's members.
const TYPE = 0;
const PROPERTIES = 1;
const GEOMETRY = 2;
const ID = 3;
const CONTENT = (1 << PROPERTIES) | (1 << GEOMETRY);
const SHAPE = (1 << 4) | (1 << 5);
const FEATURE_MEMBERS = ["type", "properties", "geometry", "id", "coordinates", "geometries"];
const GEOMETRY_MEMBERS = ["type", "coordinates", "geometries"];

// Numbers of types; all others are geometries.
const FEATURE = 0;
const GEOMETRY_COLLECTION = 1;
const NO_TYPE = -2;
const TYPES = ["Feature", "GeometryCollection"].concat(
  ["Point", "LineString", "Polygon"].flatMap((type) => [type, `Multi${type}`]),
);

/** Why a row isn't taken whose bytes aren't UTF-8. */
export const NOT_UTF8 = "it is not UTF-8";

/** What the rows of a file are: features, or objects whose members are the columns. */
export type Shape = "features" | "objects";

/**
 * Reads one row after the other out of a scanner's bytes: not the values, but where they are.
 *
 * A feature is a row with a geometry; so is a geometry that stands alone.
 */
export class FeatureReader {
  /** What the rows are. */
  readonly shape: Shape;
  /** Where the values of the properties are, by the numbers of {@link keys}, and that of the feature's own `id`. */
  readonly slots: Slots = new Slots();
  /** Names of all properties so far. */
  readonly keys: KeyTable;
  /** Where the geometry begins, or -1 where there is none. */
  geometryStart = -1;
  /** Where the geometry ends. */
  geometryEnd = -1;
  /** The geometry's marks. */
  geometryMarks = 0;
  /** Marks of the whole row. */
  marks = 0;
  /** Why the row can't be taken, for people; undefined if it can. */
  problem: string | undefined;
  readonly #scanner: JsonScanner;
  readonly #types: KeyTable;
  readonly #geometryTypes: KeyTable;
  readonly #feature: Members;
  readonly #geometry: Members;
  readonly #properties: Members;
  #type = NO_TYPE;
  #geometryType = NO_TYPE;
  /** Bits of the members that the feature has. */
  #has = 0;

  constructor(scanner: JsonScanner, shape: Shape) {
    this.#scanner = scanner;
    this.shape = shape;
    this.keys = new KeyTable(scanner, [], refuseMore);
    this.#types = new KeyTable(scanner, TYPES);
    this.#geometryTypes = new KeyTable(scanner, TYPES);
    this.#feature = {
      keys: new KeyTable(scanner, FEATURE_MEMBERS),
      take: (key, start) => this.#takeMember(key, start),
    };
    this.#geometry = {
      keys: new KeyTable(scanner, GEOMETRY_MEMBERS),
      take: (key, start) => this.#takeOfGeometry(key, start),
    };
    this.#properties = { keys: this.keys, take: (key, start) => this.#takeProperty(key, start) };
  }

  /** Whether the geometry is a GeometryCollection. */
  get isCollection(): boolean {
    return this.#geometryType === GEOMETRY_COLLECTION;
  }

  /** Whether the row says that it is a feature or a geometry. */
  get isGeojson(): boolean {
    return this.problem === undefined && this.#type >= 0;
  }

  /**
   * Reads the row at `start`.
   *
   * @returns Position behind it.
   * @throws {@link Unexpected} where it is no JSON; {@link ImportError} 2004 when there are too many properties.
   */
  read(start: number): number {
    this.#clear();
    const scanner = this.#scanner;
    const { bytes } = scanner;
    let end: number;
    if (bytes[start] !== OPEN_BRACE) {
      end = scanner.skipValue(start, 0);
      this.problem = "it is not an object";
    } else if (this.shape === "objects") {
      end = walkMembers(scanner, start + 1, this.#properties);
    } else {
      end = walkMembers(scanner, start + 1, this.#feature);
      this.problem ??= this.#judge(start, end);
    }
    this.marks = scanner.marks | scanner.earlierMarks;
    if ((this.marks & BEYOND_ASCII) !== 0 && !isUtf8(bytes.subarray(start, end))) this.problem = NOT_UTF8;
    return end;
  }

  #clear(): void {
    this.slots.clear();
    this.geometryStart = -1;
    this.problem = undefined;
    this.#type = NO_TYPE;
    this.#geometryType = NO_TYPE;
    this.#has = 0;
    this.#scanner.marks = 0;
    this.#scanner.earlierMarks = 0;
  }

  #takeMember(key: number, start: number): number {
    const scanner = this.#scanner;
    if (key >= 0) {
      if ((this.#has & (1 << key)) !== 0) this.problem = "it has a member twice";
      this.#has |= 1 << key;
    }
    if (key === TYPE && scanner.bytes[start] === QUOTE) {
      this.#type = this.#types.read(start + 1, -1);
      return this.#types.end + 1;
    }
    if (key === PROPERTIES) return this.#takeProperties(start);
    if (key === GEOMETRY) return this.#takeGeometry(start);
    scanner.nextMarks();
    const end = scanner.skipValue(start, 1);
    if (key === ID && scanner.kind !== NULL) this.slots.set(ID_SLOT, start, end, scanner);
    return end;
  }

  #takeProperties(start: number): number {
    const scanner = this.#scanner;
    if (scanner.bytes[start] === OPEN_BRACE) return walkMembers(scanner, start + 1, this.#properties);
    const end = scanner.skipValue(start, 1);
    // PHP writes an object without members as [].
    const isEmpty =
      scanner.bytes[start] === OPEN_BRACKET && scanner.bytes[scanner.skipSpace(start + 1)] === CLOSE_BRACKET;
    if (scanner.kind !== NULL && !isEmpty) this.problem = "its properties are not an object";
    return end;
  }

  #takeProperty(key: number, start: number): number {
    const scanner = this.#scanner;
    scanner.nextMarks();
    const end = scanner.skipValue(start, 2);
    if (key >= 0) this.slots.set(key, start, end, scanner);
    return end;
  }

  #takeGeometry(start: number): number {
    const scanner = this.#scanner;
    if (scanner.bytes[start] !== OPEN_BRACE) {
      const end = scanner.skipValue(start, 1);
      if (scanner.kind !== NULL) this.problem = "its geometry is not an object";
      return end;
    }
    scanner.nextMarks();
    const end = walkMembers(scanner, start + 1, this.#geometry);
    if (this.#geometryType === NO_TYPE) this.problem = "its geometry has no type";
    this.geometryStart = start;
    this.geometryEnd = end;
    this.geometryMarks = scanner.marks;
    return end;
  }

  #takeOfGeometry(key: number, start: number): number {
    const scanner = this.#scanner;
    if (key !== TYPE || scanner.bytes[start] !== QUOTE) return scanner.skipValue(start, 2);
    this.#geometryType = this.#geometryTypes.read(start + 1, -1);
    return this.#geometryTypes.end + 1;
  }

  /** What is wrong with an object that should be a feature, or a geometry. */
  #judge(start: number, end: number): string | undefined {
    if (this.#type === FEATURE) return undefined;
    if (this.#type === NO_TYPE) return (this.#has & CONTENT) === 0 ? "it has no type" : undefined;
    if (this.#type < 0) return `its type is neither "Feature" nor that of a geometry`;
    if ((this.#has & SHAPE) === 0) return "it has no coordinates";
    this.#geometryType = this.#type;
    this.geometryStart = start;
    this.geometryEnd = end;
    this.geometryMarks = this.#scanner.marks | this.#scanner.earlierMarks;
    return undefined;
  }
}

function refuseMore(count: number): void {
  if (count < MAX_COLUMNS) return;
  const message = `The features have more than ${MAX_COLUMNS} different properties, and a table can't have more columns. Leave out what isn't needed, or make two files of it.`;
  throw new ImportError(2004, message);
}
