import type { Outcome } from "../../support/import-outcome.ts";

const MANY = Array.from({ length: 1597 }, (_, i) => `c${i}`);

/** CSV by its header and its values. */
export const CSV_VALUES: Readonly<Record<string, Outcome>> = {
  "csv/headers-duplicate.csv": { columns: "name text, name_1 text, name_2 text, name_3 text", rows: ["(a,b,c,d)"] },
  "csv/headers-empty.csv": { columns: "id integer, field_2 integer, field_3 integer, name text", rows: ["(1,2,3,a)"] },
  "csv/headers-emoji.csv": { columns: "id integer, _ text, naive text, _1 text", rows: ["(1,a,b,c)"] },
  "csv/headers-reserved.csv": {
    columns: "_select integer, _table integer, _user integer, _xmin integer, ogc_fid integer, gid integer",
    rows: ["(1,2,3,4,6,7)"],
    ids: [5],
  },
  "csv/headers-long.csv": {
    columns:
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa integer, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_1 integer, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_2 integer",
    rows: ["(1,2,3)"],
  },
  "csv/headers-quoted.csv": { columns: "a_b integer, two_lines integer, a_quote integer", rows: ["(1,2,3)"] },
  "csv/columns-1597.csv": {
    columns: MANY.map((name) => `${name} integer`).join(", "),
    rows: [`(${MANY.map(() => 1).join(",")})`],
  },
  "csv/columns-1598.csv": {
    code: 2004,
    says: "has 1598 columns, but a table can have 1597. Leave some out",
  },
  "csv/columns-1600.csv": {
    code: 2004,
    says: "has 1600 columns, but a table can have 1597. Leave some out",
  },
  "csv/integers.csv": {
    columns:
      "small integer, edge integer, big bigint, edge_big bigint, huge numeric, wide_real numeric, signed integer",
    rows: [
      "(1,2147483647,9007199254740993,9223372036854775807,9223372036854775808,9007199254740993,5)",
      "(-2,-2147483648,-9007199254740993,-9223372036854775808,123456789012345678901234567890,1.5,0)",
    ],
  },
  "csv/leading-zeros.csv": { columns: "zip integer, phone bigint", rows: ["(1234,34911223344)", "(0,1)"] },
  "csv/reals.csv": {
    columns: "a double precision, b double precision, c double precision, d text, e double precision",
    rows: ["(1.5,100000,0.5,1e400,1)", "(-2,-0.0025,5,1e5,2.5)"],
  },
  "csv/decimal-comma.csv": {
    columns: "id integer, price text, mixed text, code text",
    rows: ['(1,"1,5","1,5","1,2,3")', '(2,"-2,25",2.5,4)', "(3,3,3,5)"],
  },
  "csv/booleans.csv": {
    columns: "a boolean, b boolean, c boolean, d boolean, e integer",
    rows: ["(t,t,t,t,1)", "(f,f,f,f,0)"],
  },
  "csv/booleans-mixed.csv": { columns: "a text, b text", rows: ["(true,yes)", "(1,maybe)"] },
  "csv/dates.csv": {
    columns:
      'day date, slashes date, short date, stamp timestamp with time zone, zone timestamp with time zone, mixed timestamp with time zone, "time" time without time zone',
    rows: [
      '(2024-02-29,2024-01-31,2024-01-05,"2024-01-31 10:00:00+00","2024-01-31 08:00:00+00","2024-01-31 00:00:00+00",10:00:00)',
      '(0001-01-01,1999-12-31,2024-12-31,"2024-01-31 10:00:00.123+00","2024-01-31 10:00:00+00","2024-01-31 23:59:59+00",09:30:00)',
    ],
  },
  "csv/dates-invalid.csv": {
    columns: "day text, leap text, us text, zero text, hour text, zone text",
    rows: [
      '(2024-02-30,2023-02-29,02/01/2020,0000-01-01,"2024-01-01 25:00:00","2024-01-01 10:00:00+16")',
      '(2024-02-28,2023-02-28,31/12/2020,2024-01-01,"2024-01-01 10:00:00","2024-01-01 10:00:00Z")',
    ],
  },
  "csv/mixed-types.csv": {
    columns: "a text, b double precision, c text, d text, e text, f text, g text",
    rows: ["(1,1,true,2024-01-01,$5,5%,)", "(x,1.5,1,10:00:00,$6,6%,)"],
  },
  "csv/quoted-numbers.csv": { columns: "a integer, b integer, c text", rows: ["(1,1,x)", "(2,2,y)", '(3,3,"")'] },
  "csv/blanks.csv": { columns: "a integer, b integer, c text", rows: ['(1,2," x")', "(3,4,y)"] },
  "csv/empty-cells.csv": { columns: "a integer, b text, c text", rows: ['(1,,"")', "(,x,)", '(3,"",)'] },
};
