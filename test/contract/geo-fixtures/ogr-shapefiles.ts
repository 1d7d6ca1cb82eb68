import type { TableOutcomes } from "../../support/import-outcome.ts";

/** Shapefiles, whole and not. */
export const OGR_SHAPEFILES: Readonly<Record<string, TableOutcomes>> = {
  "ogr/alone.shp": {
    code: 1006,
    says: "A shapefile is made of several files, and alone.shp came without its .dbf and .shx: pack the .shp with all files of its name (.dbf, .shx, .prj, .cpg) into one zip archive.",
  },
  "ogr/cst.zip": {
    cities: {
      columns: "name text, people integer",
      rows: ["(Мадрид,3223334)", "(Париж,2102650)"],
      geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
    },
  },
  "ogr/dbf-language.zip": {
    cities: {
      columns: "name text, people integer",
      rows: ["(Madrid,3223334)", "(París,2102650)"],
      geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
    },
  },
  "ogr/latin1-no-cpg.zip": {
    cities: {
      columns: "name text, people integer",
      rows: ["(Madrid,3223334)", "(París,2102650)"],
      geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
    },
  },
  "ogr/no-dbf.zip": {
    code: 1006,
    says: "A shapefile is made of several files, and areas.shp came without its .dbf: pack the .shp with all files of its name (.dbf, .shx, .prj, .cpg) into one zip archive.",
  },
  "ogr/no-prj-degrees.zip": {
    areas: {
      columns: "name text, people integer, area double precision, big bigint, day date, seen date, open integer",
      rows: [
        "(Málaga,3,1.5,9007199254740993,2024-02-29,2024-02-29,1)",
        "(,,,,,,)",
        '("Cádiz\tbay",-7,0.1,2,1999-12-31,2000-01-01,0)',
      ],
      geometries: [
        "POLYGON((-4.5 36.7,-4.4 36.8,-4.4 36.7,-4.5 36.7))",
        "MULTIPOLYGON(((0 0,1 1,1 0,0 0)),((2 2,3 3,3 2,2 2)))",
        null,
      ],
    },
  },
  "ogr/no-prj-metres.zip": {
    code: 3101,
    says: "cities.shp has no .prj, and its coordinates (892519.3227878957, 5425339.901401951) are no degrees: name the system it is in, such as srs=EPSG:25830 (--srs EPSG:25830 on the command line) or add the .prj.",
  },
  "ogr/no-rows.zip": { none: { columns: "name text, people integer", rows: [] } },
  "ogr/no-shx.zip": {
    code: 1006,
    says: "A shapefile is made of several files, and areas.shp came without its .shx: pack the .shp with all files of its name (.dbf, .shx, .prj, .cpg) into one zip archive.",
  },
  "ogr/not-a-shapefile.zip": {
    code: 1006,
    says: "areas.shp is no shapefile, as its name says: look what it is, and export it anew.",
  },
  "ogr/own-projection.zip": {
    own: {
      columns: "name text, people integer",
      rows: ["(Madrid,3223334)", "(París,2102650)"],
      geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
    },
  },
  "ogr/shapefile.zip": {
    areas: {
      columns: "name text, people integer, area double precision, big bigint, day date, seen date, open integer",
      rows: [
        "(Málaga,3,1.5,9007199254740993,2024-02-29,2024-02-29,1)",
        "(,,,,,,)",
        '("Cádiz\tbay",-7,0.1,2,1999-12-31,2000-01-01,0)',
      ],
      geometries: [
        "POLYGON((-4.5 36.7,-4.4 36.8,-4.4 36.7,-4.5 36.7))",
        "MULTIPOLYGON(((0 0,1 1,1 0,0 0)),((2 2,3 3,3 2,2 2)))",
        null,
      ],
    },
  },
  "ogr/shapefiles.zip": {
    areas: {
      columns: "name text, people integer, area double precision, big bigint, day date, seen date, open integer",
      rows: [
        "(Málaga,3,1.5,9007199254740993,2024-02-29,2024-02-29,1)",
        "(,,,,,,)",
        '("Cádiz\tbay",-7,0.1,2,1999-12-31,2000-01-01,0)',
      ],
      geometries: [
        "POLYGON((-4.5 36.7,-4.4 36.8,-4.4 36.7,-4.5 36.7))",
        "MULTIPOLYGON(((0 0,1 1,1 0,0 0)),((2 2,3 3,3 2,2 2)))",
        null,
      ],
    },
    cities: {
      columns: "name text, people integer",
      rows: ["(Madrid,3223334)", "(París,2102650)"],
      geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
    },
  },
  "ogr/truncated-dbf.zip": {
    code: 1006,
    says: "The shapefile is cut off: areas.dbf has 40 of the 704 bytes that it says it has. Send it whole.",
  },
  "ogr/truncated-shp.zip": {
    code: 1006,
    says: "The shapefile is cut off: areas.shp has 150 of the 420 bytes that it says it has. Send it whole.",
  },
  "ogr/utf8-no-cpg.zip": {
    areas: {
      columns: "name text, people integer, area double precision, big bigint, day date, seen date, open integer",
      rows: [
        "(Málaga,3,1.5,9007199254740993,2024-02-29,2024-02-29,1)",
        "(,,,,,,)",
        '("Cádiz\tbay",-7,0.1,2,1999-12-31,2000-01-01,0)',
      ],
      geometries: [
        "POLYGON((-4.5 36.7,-4.4 36.8,-4.4 36.7,-4.5 36.7))",
        "MULTIPOLYGON(((0 0,1 1,1 0,0 0)),((2 2,3 3,3 2,2 2)))",
        null,
      ],
    },
  },
};
