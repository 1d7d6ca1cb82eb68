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
