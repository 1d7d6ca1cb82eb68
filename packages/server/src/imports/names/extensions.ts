/** Extensions of files with data, without the dot, in lower case. Not all of them can be imported. */
export const DATA_EXTENSIONS: readonly string[] = [
  ..."csv tsv txt json js geojson geojsonl geojsons ndjson topojson shp kml gpx gml gpkg fgb gdb fgdb".split(" "),
  ..."osm pbf tab mif sqlite dxf".split(" "),
  ..."xls xlsx xlsb ods tif tiff parquet geoparquet".split(" "),
];

/** Extensions of files that have others in them, likewise. */
export const ARCHIVE_EXTENSIONS: readonly string[] = "zip gz tgz bz2 tar kmz rar carto".split(" ");
