/**
 * Settings that every connection starts with.
 *
 * The codecs read these forms, and the guard's parser reads SQL as it is with `standard_conforming_strings` on.
 */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  standard_conforming_strings: "on",
  DateStyle: "ISO",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  bytea_output: "hex",
  extra_float_digits: "1",
  client_encoding: "UTF8",
};

/**
 * Where the server's own statements look for names: nowhere that a key may write to. An operator or a function of a
 * user's that fits better than PostgreSQL's would run with the server's rights.
 */
export const SYSTEM_SEARCH_PATH = "pg_catalog, pg_temp";
