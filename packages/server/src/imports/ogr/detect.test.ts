import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { zipOf } from "../../../../../test/support/archives.ts";
import { ogrFormat } from "./detect.ts";

/** What a file with these bytes is taken for. */
async function formatOf(content: string | Buffer, name = "file"): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "carto-ts-detect-"));
  const bytes = Buffer.from(content as string);
  const path = join(folder, "file");
  await writeFile(path, bytes);
  const format = await ogrFormat({ path, name, size: bytes.length }, bytes.subarray(0, 4096));
  await rm(folder, { recursive: true });
  return format?.drivers[0];
}

const sqlite = (application: string): Buffer =>
  Buffer.from(`SQLite format 3\0${"\0".repeat(52)}${application}`.padEnd(100, "\0"), "latin1");

test.each([
  ["<gpx>", "GPX"],
  ["\uFEFF<?xml version='1.0'?>\n<!-- a <kml> -->\n<!DOCTYPE gpx [<!ENTITY a '<b>'>]>\n<gpx xmlns='x'>", "GPX"],
  ["<osm version='0.6'>", "OSM"],
  ["<gml:FeatureCollection>", "GML"],
  ["<wfs:FeatureCollection xmlns:wfs='http://www.opengis.net/wfs'>", "GML"],
  ["<Own xmlns:gml='http://www.opengis.net/gml/3.2'>", "GML"],
  ["<kml xmlns:gml='http://www.opengis.net/gml'>", undefined],
  ["<OGRVRTDataSource>", undefined],
  ["<html><gpx>", undefined],
  ["<constructor>", undefined],
  ["!table\n!version 300\n", "MapInfo File"],
  ["!tables\n", undefined],
  ['Version   450\r\nCharset "WindowsLatin1"\r\n', "MapInfo File"],
  ["version,charset\n1,2\n", undefined],
  ["  0\r\nSECTION\r\n  2\r\nHEADER\r\n", "DXF"],
  ["999\nmade by hand\n0\nSECTION\n", "DXF"],
  ["0,SECTION\n", undefined],
  ['{"type":"Topology","objects":{}', "TopoJSON"],
  ['{"arcs":[[[0,0]]],"objects":{}}', "TopoJSON"],
  ['{"type":"FeatureCollection","features":[{"properties":{"type":"Topology"}}]}', undefined],
  ['{"geometryType":"esriGeometryPoint","features":[]}', "ESRIJSON"],
  ['{"features":[{"attributes":{"a":1}}]}', "ESRIJSON"],
  ['{"features":[{"type":"Feature"}]}', undefined],
  ['{"a":{"type":"Topology","objects":1,"arcs":2}}', undefined],
  [sqlite("GPKG"), "GPKG"],
  [sqlite("GP10"), "GPKG"],
  [sqlite("\0\0\0\0"), "SQLite"],
  [Buffer.from("666762036667620000", "hex"), "FlatGeobuf"],
  [Buffer.from("\0\0\0\x0d\x0a\x09OSMHeader", "latin1"), "OSM"],
  [Buffer.from("0000270a00000000", "hex"), "ESRI Shapefile"],
  [zipOf([{ name: "[Content_Types].xml" }, { name: "xl/workbook.xml" }]), "XLSX"],
  [zipOf([{ name: "mimetype", data: "application/vnd.oasis.opendocument.spreadsheet" }]), "ODS"],
  [zipOf([{ name: "mimetype", data: "application/vnd.oasis.opendocument.text" }]), undefined],
  [zipOf([{ name: "a.csv" }]), undefined],
  ["", undefined],
  ["a,b\n", undefined],
])("a file that begins with %j is for GDAL's driver %s", async (content, driver) => {
  expect(await formatOf(content)).toBe(driver);
});

test("old GeoPackages are told by their name", async () => {
  expect(await formatOf(sqlite("\0\0\0\0"), "Old.GPKG")).toBe("GPKG");
});

test("a binary workbook is told to be saved as another", async () => {
  await expect(formatOf(zipOf([{ name: "xl/workbook.bin" }]))).rejects.toThrow(
    /binary workbook.*save it as XLSX or CSV/,
  );
});
