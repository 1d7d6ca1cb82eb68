import type { TableOutcomes } from "../../support/import-outcome.ts";

/** Files with layers and sheets. */
export const OGR_DATABASES: Readonly<Record<string, TableOutcomes>> = {
  "ogr/areas.fgb": {
    areas: {
      columns:
        "name text, people integer, area double precision, big bigint, day timestamp with time zone, seen timestamp with time zone, open boolean",
      rows: ['(Málaga,3,1.5,9007199254740993,"2024-02-29 00:00:00+00","2024-02-29 10:00:00+00",t)', "(,,,,,,)"],
      geometries: [
        "MULTIPOLYGON(((-4.5 36.7,-4.4 36.7,-4.4 36.8,-4.5 36.7)))",
        "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((2 2,3 2,3 3,2 2)))",
      ],
    },
  },
  "ogr/areas.gpkg": {
    areas: {
      columns:
        "name text, people integer, area double precision, big bigint, day date, seen timestamp with time zone, open boolean",
      rows: [
        '(Málaga,3,1.5,9007199254740993,2024-02-29,"2024-02-29 10:00:00+00",t)',
        "(,,,,,,)",
        '("Cádiz\tbay",-7,0.1,2,1999-12-31,"1999-12-31 22:00:00.5+00",f)',
      ],
      geometries: [
        "POLYGON((-4.5 36.7,-4.4 36.7,-4.4 36.8,-4.5 36.7))",
        "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((2 2,3 2,3 3,2 2)))",
        null,
      ],
    },
  },
  "ogr/areas.sqlite": {
    areas: {
      columns:
        "name text, people integer, area double precision, big bigint, day date, seen timestamp with time zone, open boolean",
      rows: [
        '(Málaga,3,1.5,9007199254740993,2024-02-29,"2024-02-29 10:00:00+00",t)',
        "(,,,,,,)",
        '("Cádiz\tbay",-7,0.1,2,1999-12-31,"1999-12-31 22:00:00.5+00",f)',
      ],
      geometries: [
        "POLYGON((-4.5 36.7,-4.4 36.7,-4.4 36.8,-4.5 36.7))",
        "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((2 2,3 2,3 3,2 2)))",
        null,
      ],
    },
  },
  "ogr/collection-first.gpkg": {
    code: 3201,
    says: "The first geometry is a GeometryCollection, which a table can't show on a map. Split it into one feature per geometry and import the file again.",
  },
  "ogr/corrupt.gpkg": {
    code: 1002,
    says: "The GeoPackage can't be read: database disk image is malformed. It may be damaged or cut off: export it once more, or as GeoPackage or GeoJSON.",
  },
  "ogr/curves-zm.gpkg": {
    curves_zm: {
      columns: "n integer",
      rows: ["(1)", "(2)", "(3)", "(4)", "(5)"],
      geometries: [
        "LINESTRING(0 0,0.001205 0.049068,0.004815 0.098017,0.010823 …",
        "POINT(1 2)",
        "POINT EMPTY",
        "MULTILINESTRING((0 0,1 1),(2 0,2.001205 0.049068,2.004815 0.…",
        "LINESTRING(0 0,1 1)",
      ],
      unmapped: [3],
    },
  },
  "ogr/geodatabase.zip": {
    my_data: {
      columns:
        "name text, people integer, area double precision, big double precision, day timestamp with time zone, seen timestamp with time zone, open integer",
      rows: [
        '(Málaga,3,1.5,9.00719925474099e+15,"2024-02-29 00:00:00+00","2024-02-29 10:00:00+00",1)',
        "(,,,,,,)",
        '("Cádiz\tbay",-7,0.1,2,"1999-12-31 00:00:00+00","1999-12-31 22:00:01+00",0)',
      ],
      geometries: [
        "MULTIPOLYGON(((-4.5 36.7,-4.4 36.8,-4.4 36.7,-4.5 36.7)))",
        "MULTIPOLYGON(((0 0,1 1,1 0,0 0)),((2 2,3 3,3 2,2 2)))",
        null,
      ],
    },
  },
  "ogr/layers.gpkg": {
    layers_areas: {
      columns:
        "name text, people integer, area double precision, big bigint, day date, seen timestamp with time zone, open boolean",
      rows: ['(Málaga,3,1.5,9007199254740993,2024-02-29,"2024-02-29 10:00:00+00",t)'],
      geometries: ["POLYGON((-4.5 36.7,-4.4 36.7,-4.4 36.8,-4.5 36.7))"],
    },
    layers_cities_of_it: {
      columns: "name text, people integer",
      rows: ["(Madrid,3223334)", "(París,2102650)"],
      ids: [10, 20],
      geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
    },
  },
  "ogr/lonlat.xlsx": {
    lonlat: {
      columns: "name text, lon double precision, lat double precision, code integer",
      rows: ["(Madrid,-3.7038,40.4168,7)", "(Paris,2.3522,48.8566,8)"],
      geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
    },
  },
  "ogr/no-system.gpkg": {
    code: 3008,
    says: "no-system.gpkg doesn't say which coordinate system it is in, and its coordinates (440290, 4474257) are no degrees: name the system it is in, such as srs=EPSG:25830 (--srs EPSG:25830 on the command line).",
  },
  "ogr/old.xls": {
    code: 1002,
    says: "The file is an old Excel workbook, or one with a password, which can't be imported: save it as XLSX.",
  },
  "ogr/plain.db": {
    plain: {
      columns: "name text, lon double precision, lat double precision, photo bytea",
      rows: ['(a,1.5,2.5,"\\\\x00ff")', "(b,3,4,)"],
      ids: [7, 9],
      geometries: ["POINT(1.5 2.5)", "POINT(3 4)"],
    },
  },
  "ogr/sheet.ods": {
    sheet: {
      columns:
        "name text, people integer, area double precision, big bigint, day date, seen timestamp with time zone, open boolean",
      rows: [
        '(Málaga,3,1.5,9007199254740993,2024-02-29,"2024-02-29 10:00:00+00",t)',
        "(,,,,,,)",
        '("Cádiz\tbay",-7,0.1,2,1999-12-31,"2000-01-01 00:00:00.5+00",f)',
      ],
    },
  },
  "ogr/sheet.xlsx": {
    sheet: {
      columns:
        "name text, people integer, area double precision, big bigint, day date, seen timestamp with time zone, open boolean",
      rows: [
        '(Málaga,3,1.5,9007199254740993,2024-02-29,"2024-02-29 10:00:00+00",t)',
        "(,,,,,,)",
        '("Cádiz\tbay",-7,0.1,2,1999-12-31,"2000-01-01 00:00:00.5+00",f)',
      ],
    },
  },
  "ogr/texts.ods": { texts: { columns: "name text, note text", rows: ["(a,b)", "(c,d)"] } },
  "ogr/texts.xlsx": { texts: { columns: "name text, note text", rows: ["(a,b)", "(c,d)"] } },
  "ogr/truncated.fgb": {
    code: 1002,
    says: "The FlatGeobuf file can't be read: Unexpected I/O failure: reading feature Fatal error parsing feature. It may be damaged or cut off: export it once more, or as GeoPackage or GeoJSON.",
  },
  "ogr/truncated.gpkg": {
    code: 1002,
    says: "The GeoPackage can't be read: database disk image is malformed. It may be damaged or cut off: export it once more, or as GeoPackage or GeoJSON.",
  },
  "ogr/wkt.xlsx": { wkt: { columns: "name text", rows: ["(a)", "(b)"], geometries: ["POINT(1 2)", "POINT(3 4)"] } },
};
