/** Who can do something about a failed import. */
export type ImportErrorSource = "user" | "cartodb" | "external";

/** A kind of failed import: its title, as clients know it, and who can mend it. */
export interface ImportErrorKind {
  title: string;
  source: ImportErrorSource;
}

const user = (title: string): ImportErrorKind => ({ title, source: "user" });
const server = (title: string): ImportErrorKind => ({ title, source: "cartodb" });
const external = (title: string): ImportErrorKind => ({ title, source: "external" });

/** Every `error_code` of an import. @see docs/protocol/imports.md#errors */
export const IMPORT_ERRORS: Readonly<Record<number, ImportErrorKind>> = {
  1: server("Install error"),
  1000: server("File I/O error"),
  1001: user("Download error"),
  1002: user("Unsupported/Unrecognized file type"),
  1003: user("Decompression error"),
  1004: user("XLS/XLSX Error"),
  1005: user("Empty file"),
  1006: user("Invalid SHP file"),
  1007: user("Too many nodes"),
  1008: user("GDrive access forbidden"),
  1009: external("Twitter Server Error"),
  1011: user("Error retrieving data from datasource"),
  1012: external("Error connecting to datasource"),
  1013: user("Invalid ArcGIS version"),
  1014: user("Invalid name"),
  1015: user("No results"),
  1016: user("Dropbox permission revoked"),
  1017: user("GDrive file was deleted"),
  1018: user("File is password protected"),
  1019: user("Too Many Layers"),
  1020: user("Download timeout"),
  1021: user("Box permission revoked"),
  1022: user("All tables were skipped"),
  1023: user("ArcGIS server misconfiguration"),
  1100: user("Download file not found"),
  1101: user("Forbidden file URL"),
  1102: user("Unknown server URL"),
  1103: user("Partial file error"),
  1500: user("Connector error"),
  1501: user("Connectors disabled"),
  1502: user("Connector invalid parameters"),
  2001: user("Unable to load data"),
  2002: user("Encoding detection error"),
  2003: user("Malformed CSV"),
  2004: user("Too many columns"),
  2005: user("Duplicated column"),
  2006: user("Encoding error"),
  2007: user("Encoding error"),
  2008: user("Malformed XLS"),
  2009: user("KML without style Id"),
  2010: user("Incompatible CARTO table"),
  2011: user("Invalid cartodb_id column"),
  2012: user("Incompatible schemas"),
  2013: user("Cannot overwrite table"),
  2014: user("Invalid geometries"),
  3007: user("JSON may not be valid GeoJSON"),
  3008: user("Unknown SRID"),
  3009: user("SHP Normalization error"),
  3101: user("Missing projection (.prj) file"),
  3201: user("Geometry Collection not supported"),
  3202: user("Empty KML"),
  6666: user("Dataset too big"),
  6667: server("Import timed out"),
  6668: user("Too many table rows"),
  6669: user("Too many concurrent imports"),
  6670: user("Too many named map templates"),
  6671: server("Stuck import job"),
  8001: user("Over account storage limit, please upgrade"),
  8002: user("You have reached the limit of datasets for your plan. Upgrade your account to get unlimited datasets"),
  8003: user("Error creating table from SQL query"),
  8004: user("Merge with unmatching column types"),
  8005: user("Max layers per map reached"),
  8006: user("Not enough Twitter credits"),
  8007: user("Over account maps limit, please upgrade"),
  8008: user("Over account datasets limit or publication is disabled in your account"),
  99999: server("Unknown"),
};

/** Code of an import that failed for a reason that has none. */
export const UNKNOWN_IMPORT_ERROR = 99999;
