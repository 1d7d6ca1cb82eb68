import type { Outcome } from "../../support/import-outcome.ts";

const PLACA: Outcome = { columns: "name text", rows: ["(Plaça)"], geometries: ["POINT(1 2)"] };

/** KML of one layer each. */
export const KML: Readonly<Record<string, Outcome>> = {
  "kml/placemarks.kml": {
    columns: "name text, description text, address text, phonenumber text, id text",
    rows: [
      '("Vic & Olot","<b>Plain</b> of </Placemark> Vic","Plaça Major",123,a1)',
      "(2012,,,,)",
      '("No place",,,,)',
      "(,,,,)",
    ],
    geometries: ["POINT(2.25 41.93)", "POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 2,1 1))", null, null],
  },
  "kml/extended-data.kml": {
    columns:
      "name text, code text, people integer, huge bigint, open boolean, day date, ratio double precision, stroke text, " +
      "name_1 text, owner text",
    rows: ["(a,01234,12,9007199254740993,t,2020-02-29,0.5,none,A,)", "(b,x,-3,7,f,,2,,,me)"],
    geometries: ["POINT(1 1)", "POINT(2 2)"],
  },
  "kml/times.kml": {
    columns: 'name text, "timestamp" timestamp with time zone, begin date, _end timestamp with time zone',
    rows: ['(stamp,"2020-01-02 03:04:05+00",,)', '(span,,2019-01-01,"2019-12-31 10:00:00+00")', "(open,,2018-05-06,)"],
    geometries: ["POINT(1 1)", "POINT(2 2)", "POINT(3 3)"],
  },
  "kml/track.kml": {
    columns: "name text, times text",
    rows: ['(track,"[""2010-05-28T02:02:09Z"",""2010-05-28T02:02:35Z""]")'],
    geometries: ["LINESTRING(-122.2 37.3,-122.3 37.4)"],
  },
  "kml/multi-geometry.kml": {
    columns: "name text",
    rows: ["(points)", "(lines)", "(polygons)", "(one)", "(mixed)"],
    geometries: [
      "MULTIPOINT((1 2),(3 4))",
      "MULTILINESTRING((0 0,1 1),(0 0,1 1,1 0,0 0))",
      "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 0,6 0,6 1,5 0)))",
      "MULTIPOINT((5 6))",
      "GEOMETRYCOLLECTION(POINT(7 8),POLYGON((9 0,10 0,10 1,9 0)))",
    ],
  },
  "kml/bad-coordinates.kml": {
    columns: "name text",
    rows: ["(word)", "(one)", "(spaces)", '("short ring")', '("not a number")'],
    geometries: [null, null, "POINT(1 2)", null, null],
  },
  "kml/one-folder.kml": { columns: "name text", rows: ["(x)"], geometries: ["POINT(1 2)"] },
  "kml/overlay.kml": { columns: "name text", rows: ["(x)"], geometries: ["POINT(1 2)"] },
  "kml/old-namespace.kml": { columns: "name text", rows: ["(old)"], geometries: ["POINT(1 2)"] },
  "kml/prefixed.kml": { columns: "name text", rows: ["(prefixed)"], geometries: ["POINT(1 2)"] },
  "kml/undeclared.kml": { columns: "name text", rows: ['("a&nbsp;b é")'], geometries: ["POINT(1 2)"] },
  "kml/places.kmz": { columns: "name text", rows: ["(packed)"], geometries: ["POINT(1 2)"] },
  "kml/bom.kml": PLACA,
  "kml/latin-1.kml": PLACA,
  "kml/utf-16-le.kml": PLACA,
  "kml/utf-16-be.kml": PLACA,
  "kml/wrong-encoding.kml": { code: 2002, says: "The file is not in utf-8, which it should be in: save it as UTF-8" },
  "kml/unknown-encoding.kml": { code: 2002, says: "in the encoding klingon, which is not known" },
  "kml/collection-first.kml": { code: 3201, says: "Split it into one feature per geometry" },
  "kml/network-link.kml": { code: 3202, says: "The file only links to other documents" },
  "kml/no-placemarks.kml": { code: 3202, says: "There is no Placemark in the file" },
  "kml/only-root.kml": { code: 3202, says: "There is no Placemark in the file" },
  "kml/no-document.kmz": { code: 1002, says: "There is no file with data in the archive" },
  "kml/empty.kml": { code: 1005, says: "The file is empty" },
  "kml/doctype.kml": { code: 2001, says: "The file has a DOCTYPE, which KML has no use for" },
  "kml/mismatch.kml": { code: 2001, says: "line 6: </Document> closes <Folder> of line 4" },
  "kml/mismatch-placemark.kml": { code: 2001, says: "line 6: " },
  "kml/unquoted.kml": { code: 2001, says: "line 4: Attribute id redefined" },
  "kml/cut-off.kml": { code: 2001, says: "line 5: the file ends in the middle of a tag" },
};
