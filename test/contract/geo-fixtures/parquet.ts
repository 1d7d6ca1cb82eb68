import type { Outcome } from "../../support/import-outcome.ts";

const PLACES: Outcome = {
  columns: "name text",
  rows: ["(Vic)", "(none)", "(Madrid)"],
  geometries: ["POINT(2.25 41.93)", null, "POINT(-3 40)"],
};

const UP_TO_299: Outcome = { columns: "n bigint", rows: Array.from({ length: 300 }, (_, n) => `(${n})`) };

const ONE_AND_TWO: Outcome = { columns: "", rows: ["()", "()"], geometries: ["POINT(1 2)", null] };

const DAMAGED = "The file can't be read as Parquet, it is damaged or cut off";

/** Parquet, mostly as Apache Arrow writes it. */
export const PARQUET: Readonly<Record<string, Outcome>> = {
  "parquet/types.parquet": {
    columns:
      "i8 integer, u32 bigint, i64 bigint, u64 numeric, f32 double precision, f64 double precision, yes boolean, " +
      "text text, day date, ms timestamp with time zone, us timestamp with time zone, ns timestamp with time zone, " +
      '"time" time without time zone, "dec" numeric, small time without time zone, cents numeric, bytes text, ' +
      "id16 text, kind text, list text, struct text, map text, nothing text",
    rows: [
      '(1,4294967295,9007199254740993,18446744073709551615,0.5,0.1,t,"tab\t, line\n, back\\\\slash",2020-02-29,' +
        '"2020-01-02 03:04:05.678+00","2020-01-02 03:04:05.678901+00","2020-01-02 03:04:05.678901+00",' +
        "01:02:03.000004,12345678901234567890.12,01:02:03,1.05,00ff,000102030405060708090a0b0c0d0e0f,a," +
        '"[1,2]","{""a"":1,""b"":""x""}","{""k"":1}",)',
      '(-2,0,-9223372036854775808,0,NaN,Infinity,f,"",0001-01-01,"1969-12-31 23:59:59.999+00",' +
        '"0001-01-01 00:00:00+00","1969-12-31 23:59:59.999999+00",23:59:59.999999,-0.01,,-7.00,"",' +
        'ffffffffffffffffffffffffffffffff,b,[],"{""a"":null,""b"":null}",{},)',
      "(,,,,,,,\ufffd,,,,,,,,,,,a,,,,)",
    ],
  },
  "parquet/int96.parquet": {
    columns: "t timestamp with time zone",
    rows: ['("2020-01-02 03:04:05.678901+00")', "()"],
  },
  "parquet/names.parquet": {
    columns: "invalid_the_geom text, poblacion bigint, _select bigint",
    rows: ["(x,1,2)"],
    ids: [7],
  },
  "parquet/geo.parquet": PLACES,
  "parquet/no-crs.parquet": PLACES,
  "parquet/null-crs.parquet": PLACES,
  "parquet/wkb.parquet": PLACES,
  "parquet/two-geometries.parquet": {
    columns: "a text",
    rows: ["(01010000000000000000000240d7a3703d0af74440)", "()", "(010100000000000000000008c00000000000004440)"],
    geometries: ["POINT(2.25 41.93)", null, "POINT(-3 40)"],
  },
  "parquet/crs-25830.parquet": { columns: "name text", rows: ["(x)"], geometries: ["POINT(-3.707199 40.41446)"] },
  "parquet/geometry-type.parquet": { columns: "n integer", rows: ["(1)", "(2)"], geometries: ["POINT(1 2)", null] },
  "parquet/geometry-type-srid.parquet": { columns: "", rows: ["()"], geometries: ["POINT(1 2)"] },
  "parquet/geography-type.parquet": ONE_AND_TWO,
  "parquet/bad-wkb.parquet": {
    columns: "name text",
    rows: ["(Vic)", "(none)", "(Madrid)"],
    geometries: ["POINT(1 2)", null, null],
    rejectedValues: ["2: 010100000000000000"],
  },
  "parquet/wkt.parquet": {
    columns: "name text",
    rows: ["(Vic)", "(none)", "(Madrid)"],
    geometries: ["POINT(1 2)", null, null],
    rejectedValues: ["3: nowhere"],
  },
  "parquet/not-wkb.parquet": { columns: "name text, geometry text", rows: ["(Vic,616263)", "(none,)", "(Madrid,78)"] },
  "parquet/lonlat.parquet": {
    columns: "lon double precision, lat double precision, name text",
    rows: ["(1.5,2.5,a)", "(,3.5,b)"],
    geometries: ["POINT(1.5 2.5)", null],
  },
  "parquet/uncompressed.parquet": UP_TO_299,
  "parquet/gzip.parquet": UP_TO_299,
  "parquet/brotli.parquet": UP_TO_299,
  "parquet/lz4.parquet": UP_TO_299,
  "parquet/zstd.parquet": UP_TO_299,
  "parquet/no-rows.parquet": { columns: "name text, n integer", rows: [] },
  "parquet/no-columns.parquet": { code: 1005, says: "There are no columns in the file" },
  "parquet/crs-unknown.parquet": { code: 3008, says: "in a reference system without a code: Our yard" },
  "parquet/geoarrow.parquet": { code: 2001, says: "The geometries of the column geometry are written as point" },
  "parquet/bad-geo.parquet": { code: 2001, says: 'What the file says of its geometries ("geo") is no JSON' },
  "parquet/huge-date.parquet": { code: 2001, says: "it has a date 2147483647 days from 1970" },
  "parquet/cut-off.parquet": { code: 2001, says: DAMAGED },
  "parquet/no-middle.parquet": { code: 2001, says: DAMAGED },
  "parquet/damaged.parquet": { code: 2001, says: DAMAGED },
};
