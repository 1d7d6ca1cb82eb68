const words = (list: string): readonly string[] => list.trim().split(/\s+/);

/** PostgreSQL's keywords that are no name of a column or table without quotes, as of versions 14 to 18. */
const KEYWORDS = words(`
  all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column
  concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from
  full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
  localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
  returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
  unique user using variadic verbose when where window with
`);

/** Words that are no column's name: keywords, names of PostgreSQL's own columns, and those that the original avoids. */
export const RESERVED_COLUMNS: ReadonlySet<string> = new Set([
  ...KEYWORDS,
  ...words("tableoid xmin cmin xmax cmax ctid between new off old format controller action"),
]);

/** Words that are no table's name: keywords, names in CARTO's addresses, and tables of PostGIS and CARTO. */
export const RESERVED_TABLES: ReadonlySet<string> = new Set([
  ...KEYWORDS,
  ...words("layergroup all public spatial_ref_sys geography_columns geometry_columns raster_columns raster_overviews"),
  ...words("cdb_tablemetadata geometry raster"),
]);
