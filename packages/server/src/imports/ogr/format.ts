/** A format that GDAL reads. */
export interface OgrFormat {
  /** What people call it. */
  name: string;
  /** GDAL's drivers that may open it; no others are tried. */
  drivers: readonly string[];
  openOptions?: readonly string[];
  /** Extension that the file gets for GDAL, which tells some formats by it. */
  extension: string;
  /** Code of the error when it can't be read. */
  code: number;
  /** Extensions of files that it can't be read without, and of others that belong to it. */
  needs?: readonly string[];
  may?: readonly string[];
  /** Whether only the first layer with rows is a table: the sheet that one sees. */
  firstOnly?: boolean;
  /** Whether it may hold what leads out of it, and is read in the sandbox alone. */
  sandboxed?: boolean;
  /** Whether it says nothing of coordinate systems: it is in degrees. */
  isWgs84?: boolean;
  /** Whether geometry collections are what it is about. */
  hasCollections?: boolean;
}

/** The formats that there are. */
export type OgrFormatName =
  | ("shapefile" | "gpkg" | "sqlite" | "fgb" | "gdb" | "xlsx" | "ods" | "topojson" | "esrijson")
  | ("gpx" | "gml" | "osm" | "pbf" | "tab" | "mif" | "dxf");

const UNSUPPORTED = 1002;
const INVALID_SHAPEFILE = 1006;
const SPREADSHEET = 1004;

const WORKBOOK = {
  name: "workbook",
  // As the first line of a CSV, whatever is below it.
  openOptions: ["HEADERS=FORCE"],
  code: SPREADSHEET,
  firstOnly: true,
  // Options that older programs lack.
  sandboxed: true,
} as const;

const OSM = {
  name: "OpenStreetMap file",
  drivers: ["OSM"],
  code: UNSUPPORTED,
  isWgs84: true,
  hasCollections: true,
} as const;

/** The formats. */
export const OGR_FORMATS: Readonly<Record<OgrFormatName, OgrFormat>> = {
  shapefile: {
    name: "shapefile",
    drivers: ["ESRI Shapefile"],
    extension: "shp",
    code: INVALID_SHAPEFILE,
    needs: ["dbf", "shx"],
    may: ["prj", "cpg"],
  },
  gpkg: { name: "GeoPackage", drivers: ["GPKG"], extension: "gpkg", code: UNSUPPORTED, sandboxed: true },
  sqlite: { name: "SQLite database", drivers: ["SQLite"], extension: "sqlite", code: UNSUPPORTED, sandboxed: true },
  fgb: { name: "FlatGeobuf file", drivers: ["FlatGeobuf"], extension: "fgb", code: UNSUPPORTED },
  gdb: { name: "file geodatabase", drivers: ["OpenFileGDB"], extension: "gdb", code: UNSUPPORTED },
  xlsx: { ...WORKBOOK, drivers: ["XLSX"], extension: "xlsx" },
  ods: { ...WORKBOOK, drivers: ["ODS"], extension: "ods" },
  topojson: {
    name: "TopoJSON file",
    drivers: ["TopoJSON"],
    extension: "topojson",
    code: UNSUPPORTED,
    isWgs84: true,
  },
  esrijson: { name: "Esri JSON file", drivers: ["ESRIJSON"], extension: "json", code: UNSUPPORTED },
  gpx: { name: "GPX file", drivers: ["GPX"], extension: "gpx", code: UNSUPPORTED, isWgs84: true },
  gml: {
    name: "GML file",
    drivers: ["GML"],
    openOptions: ["DOWNLOAD_SCHEMA=NO", "WRITE_GFS=NO"],
    extension: "gml",
    code: UNSUPPORTED,
  },
  osm: { ...OSM, extension: "osm" },
  pbf: { ...OSM, extension: "pbf" },
  tab: {
    name: "MapInfo table",
    drivers: ["MapInfo File"],
    extension: "tab",
    code: UNSUPPORTED,
    needs: ["dat"],
    may: ["map", "id"],
    sandboxed: true,
  },
  mif: { name: "MapInfo file", drivers: ["MapInfo File"], extension: "mif", code: UNSUPPORTED },
  dxf: { name: "DXF drawing", drivers: ["DXF"], extension: "dxf", code: UNSUPPORTED },
};
