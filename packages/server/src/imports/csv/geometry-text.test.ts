import { expect, test } from "vitest";
import { geometryText } from "./geometry-text.ts";

const kind = (text: string): string | undefined => {
  const bytes = Buffer.from(`x,${text},x`);
  return geometryText(bytes, 2, bytes.length - 2);
};

test.each([
  ["wkt", ["POINT(1 2)", "point (1 2)", "POINT Z (1 2 3)", "POINTZM(1 2 3 4)", "MULTIPOLYGON EMPTY"]],
  ["wkt", ["SRID=4326;POINT(1 2)", " LINESTRING(0 0, 1 1)", "GEOMETRYCOLLECTION(POINT(1 2))", "CURVEPOLYGON((0 0))"]],
  ["wkb", ["0101000000000000000000F03F0000000000000040", "0101000020E6100000000000000000F03F0000000000000040"]],
  [
    "wkb",
    [
      "01E9030000000000000000F03F00000000000000400000000000000840",
      "010700000000000000",
      "000000000140140000000000004018000000000000",
    ],
  ],
  ["geojson", ['{"type":"Point","coordinates":[1,2]}', '{ "coordinates" : [1,2] , "type" : "Point" }']],
  ["geojson", ['{""type"":""Point"",""coordinates"":[1,2]}', '{"type":"GeometryCollection","geometries":[]}']],
  ["geojson", [`{"coordinates":[${"[0,0],".repeat(1000)}[1,1]],"type":"LineString"}`]],
  ["kml", ["<Point><coordinates>1,2</coordinates></Point>", "<kml:Polygon >", "<MultiGeometry>"]],
  [undefined, ["", "Pointe Noire", "POINT", "Pointer (dog)", "LINE(1 2)", "polygonal", "MULTI(1)"]],
  [undefined, ["0101", "01010000000000000000", "0199000000000000000000F03F", "0034911223344556677889", "01x1000000"]],
  [undefined, ['{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}', '{"a":1}', "{}", "<p>Point</p>"]],
])("%s: %j", (expected, texts) => {
  expect(texts.map((text) => [text, kind(text)])).toEqual(texts.map((text) => [text, expected]));
});
