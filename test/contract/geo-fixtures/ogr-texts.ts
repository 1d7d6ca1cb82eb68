import type { TableOutcomes } from "../../support/import-outcome.ts";

/** Markup, JSON, exchange formats and drawings. */
export const OGR_TEXTS: Readonly<Record<string, TableOutcomes>> = {
  "ogr/alone.tab": {
    code: 1002,
    says: "A MapInfo table is made of several files, and alone.tab came without its .dat: pack the .tab with all files of its name (.dat, .map, .id) into one zip archive.",
  },
  "ogr/areas.gml": {
    areas: {
      columns:
        "gml_id text, lowercorner text, uppercorner text, name text, people integer, area double precision, big bigint, day text, seen text, open boolean",
      rows: [
        '(src.0,"36.7 -4.5","36.8 -4.4",Málaga,3,1.5,9007199254740993,2024-02-29,2024-02-29T10:00:00Z,t)',
        '(src.1,"0 0","3 3",,,,,,,)',
        '(src.2,,,"Cádiz\tbay",-7,0.1,2,1999-12-31,2000-01-01T00:00:00.500+02:00,f)',
      ],
      geometries: [
        "POLYGON((-4.5 36.7,-4.4 36.7,-4.4 36.8,-4.5 36.7))",
        "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((2 2,3 2,3 3,2 2)))",
        null,
      ],
    },
  },
  "ogr/drawing-metres.zip": {
    code: 3008,
    says: "drawing.dxf doesn't say which coordinate system it is in, and its coordinates (440290.458053946, 4474257.38189173) are no degrees: name the system it is in, such as srs=EPSG:25830 (--srs EPSG:25830 on the command line).",
  },
  "ogr/drawing.zip": {
    drawing: {
      columns: "layer text, paperspace boolean, subclasses text, linetype text, entityhandle text, text text",
      rows: ["(0,,AcDbEntity:AcDbPoint,,20000,)", "(0,,AcDbEntity:AcDbPoint,,20001,)"],
      geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
    },
  },
  "ogr/empty.gpx": { code: 1005, says: "There are no rows in empty.gpx: there is nothing in it to import." },
  "ogr/esri.json": {
    esri: {
      columns: "objectid integer, name text",
      rows: ["(5,Madrid)"],
      ids: [5],
      geometries: ["POINT(-3.703805 40.41677)"],
    },
  },
  "ogr/gml-with-xsd.zip": {
    areas: {
      columns:
        "gml_id text, name text, people integer, area double precision, big bigint, day date, seen timestamp with time zone, open boolean",
      rows: [
        '(src.0,Málaga,3,1.5,9007199254740993,2024-02-29,"2024-02-29 10:00:00+00",t)',
        "(src.1,,,,,,,)",
        '(src.2,"Cádiz\tbay",-7,0.1,2,1999-12-31,"1999-12-31 22:00:00.5+00",f)',
      ],
      geometries: [
        "POLYGON((-4.5 36.7,-4.4 36.7,-4.4 36.8,-4.5 36.7))",
        "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((2 2,3 2,3 3,2 2)))",
        null,
      ],
    },
  },
  "ogr/map.topojson": {
    map: {
      columns: "id text, ref text",
      rows: ["(,C-17)", "(,N-2)"],
      geometries: ["LINESTRING(0 0,1 1)", "LINESTRING(1 1,2 0)"],
    },
  },
  "ogr/mapinfo-mif.zip": {
    cities: {
      columns: "name text, people integer",
      rows: ["(Madrid,3223334)", "(París,2102650)"],
      geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
    },
  },
  "ogr/mapinfo-tab.zip": {
    cities: {
      columns: "name text, people integer",
      rows: ["(Madrid,3223334)", "(París,2102650)"],
      geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
    },
  },
  "ogr/town.osm": {
    town_points: {
      columns:
        "osm_id text, name text, barrier text, highway text, ref text, address text, is_in text, place text, man_made text, other_tags text",
      rows: ['(4,Café,,,,,,,,"""amenity""=>""cafe""")'],
      geometries: ["POINT(2.2 42.2)"],
    },
    town_lines: {
      columns:
        "osm_id text, name text, highway text, waterway text, aerialway text, barrier text, man_made text, railway text, z_order integer, other_tags text",
      rows: ["(10,,path,,,,,,0,)"],
      geometries: ["LINESTRING(2 42,2.1 42,2.1 42.1)"],
    },
    town_multipolygons: {
      columns:
        "osm_id text, osm_way_id text, name text, type text, aeroway text, amenity text, admin_level text, barrier text, boundary text, building text, craft text, geological text, historic text, land_area text, landuse text, leisure text, man_made text, military text, _natural text, office text, place text, shop text, sport text, tourism text, other_tags text",
      rows: ["(,11,,,,,,,,yes,,,,,,,,,,,,,,,)"],
      geometries: ["MULTIPOLYGON(((2 42,2.1 42,2.1 42.1,2 42)))"],
    },
  },
  "ogr/town.osm.pbf": {
    town_points: {
      columns:
        "osm_id text, name text, barrier text, highway text, ref text, address text, is_in text, place text, man_made text, other_tags text",
      rows: ['(4,Café,,,,,,,,"""amenity""=>""cafe""")'],
      geometries: ["POINT(2.2 42.2)"],
    },
    town_lines: {
      columns:
        "osm_id text, name text, highway text, waterway text, aerialway text, barrier text, man_made text, railway text, z_order integer, other_tags text",
      rows: ["(10,,path,,,,,,0,)"],
      geometries: ["LINESTRING(2 42,2.1 42)"],
    },
  },
  "ogr/track.gpx": {
    track_waypoints: {
      columns:
        'ele double precision, "time" timestamp with time zone, magvar double precision, geoidheight double precision, name text, cmt text, _desc text, src text, link1_href text, link1_text text, link1_type text, link2_href text, link2_text text, link2_type text, sym text, type text, fix text, sat integer, hdop double precision, vdop double precision, pdop double precision, ageofdgpsdata double precision, dgpsid integer',
      rows: ['(12.5,"2024-01-31 10:00:00+00",,,Hut,,,,,,,,,,,,,,,,,,)'],
      geometries: ["POINT(2.1 42.1)"],
    },
    track_tracks: {
      columns:
        "name text, cmt text, _desc text, src text, link1_href text, link1_text text, link1_type text, link2_href text, link2_text text, link2_type text, number integer, type text",
      rows: ["(Walk,,,,,,,,,,,)"],
      geometries: ["MULTILINESTRING((2 42,2.5 42.5))"],
    },
    track_track_points: {
      columns:
        'track_fid integer, track_seg_id integer, track_seg_point_id integer, ele double precision, "time" timestamp with time zone, magvar double precision, geoidheight double precision, name text, cmt text, _desc text, src text, link1_href text, link1_text text, link1_type text, link2_href text, link2_text text, link2_type text, sym text, type text, fix text, sat integer, hdop double precision, vdop double precision, pdop double precision, ageofdgpsdata double precision, dgpsid integer',
      rows: ["(0,0,0,1,,,,,,,,,,,,,,,,,,,,,,)", "(0,0,1,,,,,,,,,,,,,,,,,,,,,,,)"],
      geometries: ["POINT(2 42)", "POINT(2.5 42.5)"],
    },
  },
  "ogr/truncated.gpx": {
    code: 1002,
    says: "The GPX file can't be read: `truncated.gpx' not recognized as a supported file format. It may be damaged or cut off: export it once more, or as GeoPackage or GeoJSON.",
  },
  "ogr/waypoints.gpx": {
    waypoints: {
      columns:
        'ele double precision, "time" timestamp with time zone, magvar double precision, geoidheight double precision, name text, cmt text, _desc text, src text, url text, urlname text, sym text, type text, fix text, sat integer, hdop double precision, vdop double precision, pdop double precision, ageofdgpsdata double precision, dgpsid integer',
      rows: ["(,,,,Hut,,,,,,,,,,,,,,)"],
      geometries: ["POINT(2.1 42.1)"],
    },
  },
};
