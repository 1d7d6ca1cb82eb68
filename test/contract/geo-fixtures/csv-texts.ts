import type { Outcome } from "../../support/import-outcome.ts";

/** CSV by its encoding, its delimiter and the shape of its rows. */
export const CSV_TEXTS: Readonly<Record<string, Outcome>> = {
  "csv/utf8.csv": {
    columns: "id integer, name text, note text",
    rows: ["(1,Málaga,niño)", '(2,"A Coruña",pingüino)', "(3,Cádiz,corazón)"],
  },
  "csv/utf8-bom.csv": {
    columns: "id integer, name text, note text",
    rows: ["(1,Málaga,niño)", '(2,"A Coruña",pingüino)', "(3,Cádiz,corazón)"],
  },
  "csv/utf16le-bom.csv": {
    columns: "id integer, name text, note text",
    rows: ["(1,Málaga,niño)", '(2,"A Coruña",pingüino)', "(3,Cádiz,corazón)"],
  },
  "csv/utf16be-bom.csv": {
    columns: "id integer, name text, note text",
    rows: ["(1,Málaga,niño)", '(2,"A Coruña",pingüino)', "(3,Cádiz,corazón)"],
  },
  "csv/utf16le.csv": {
    columns: "id integer, name text, note text",
    rows: ["(1,Málaga,niño)", '(2,"A Coruña",pingüino)', "(3,Cádiz,corazón)"],
  },
  "csv/utf32le-bom.csv": {
    code: 2002,
    says: "written in UTF-32, which can't be read. Save it as UTF-8",
  },
  "csv/latin1.csv": {
    columns: "id integer, name text, note text",
    rows: ["(1,Málaga,niño)", '(2,"A Coruña",pingüino)', "(3,Cádiz,corazón)"],
  },
  "csv/windows-1252.csv": {
    columns: "id integer, name text, note text",
    rows: ['(1,"Hôtel “Étoile”","100 € – élevé")', "(2,Café,l’été)", '(3,"Crème brûlée",…)'],
  },
  "csv/windows-1250.csv": {
    columns: "id integer, name text",
    rows: ["(1,Łódź)", "(2,Kraków)", "(3,Gdańsk)", "(4,Poznań)", '(5,"Święty Jerzy")'],
  },
  "csv/windows-1251.csv": {
    columns: "id integer, name text",
    rows: ["(1,Москва)", "(2,Санкт-Петербург)", "(3,Казань)"],
  },
  "csv/koi8-r.csv": { columns: "id integer, name text", rows: ["(1,Москва)", "(2,Санкт-Петербург)", "(3,Казань)"] },
  "csv/macintosh.csv": { columns: "id integer, name text", rows: ["(1,Málaga)", '(2,"A Coruña")', "(3,Cádiz)"] },
  "csv/iso-8859-7.csv": { columns: "id integer, name text", rows: ["(1,Αθήνα)", "(2,Θεσσαλονίκη)", "(3,Πάτρα)"] },
  "csv/shift_jis.csv": {
    columns: "id integer, name text",
    rows: ["(1,東京都)", "(2,大阪府)", "(3,さっぽろ)", "(4,ソウル表示)"],
  },
  "csv/euc-kr.csv": { columns: "id integer, name text", rows: ["(1,서울특별시)", "(2,부산광역시)", "(3,대구)"] },
  "csv/gb18030.csv": { columns: "id integer, name text", rows: ["(1,北京市)", "(2,上海市)", "(3,广东省深圳市)"] },
  "csv/forced_encoding_LATIN2_encoding_cities.csv": {
    columns: "id integer, name text",
    rows: ["(1,Málaga)", "(2,Ľubľana)"],
  },
  "csv/forced_encoding_KLINGON_encoding_cities.csv": {
    code: 2002,
    says: "encoding KLINGON, which is not known. Save the file as UTF-8",
  },
  "csv/mixed-encodings.csv": {
    columns: "id integer, name text",
    rows: [
      '(1,"Málaga 1")',
      '(2,"Málaga 2")',
      '(3,"Málaga 3")',
      '(4,"Málaga 4")',
      '(6,"Málaga 6")',
      '(7,"Málaga 7")',
      '(8,"Málaga 8")',
      '(9,"Málaga 9")',
    ],
    rejectedRows: ["6: it is not valid UTF-8"],
  },
  "csv/semicolon.csv": { columns: "id integer, name text, price text", rows: ['(1,a;b,"1,5")', '(2,"c, d","2,5")'] },
  "csv/tabs.tsv": { columns: "id integer, name text, note text", rows: ['(1,"a, b",c)', '(2,d,"e; f")'] },
  "csv/tabs.csv": { columns: "id integer, name text, note text", rows: ['(1,"a, b",c)', '(2,d,"e; f")'] },
  "csv/pipes.csv": { columns: "id integer, name text, note text", rows: ['(1,"a, b",c)', "(2,d,e|f)"] },
  "csv/spaces.csv": {
    columns: "id integer, lat double precision, lon double precision",
    rows: ["(1,40.4,-3.7)", "(2,41.4,2.2)"],
    geometries: ["POINT(-3.7 40.4)", "POINT(2.2 41.4)"],
  },
  "csv/sep-line.csv": { columns: "id integer, name text", rows: ['(1,"a,b,c")', "(2,d)"] },
  "csv/one-column.csv": { columns: "name text", rows: ["(Madrid)", "(Lugo)", "(Vigo)"] },
  "csv/one-column-commas.csv": {
    columns: "address text",
    rows: ['("Calle Mayor 1, Madrid")', '("Plaza Nueva")', '("Rúa 3, 2º, Vigo")'],
  },
  "csv/ragged.csv": {
    columns: "a integer, b integer, c integer",
    rows: ["(1,2,3)", "(4,5,)", "(7,8,9)", "(14,15,16)"],
    rejectedRows: ["4: it has 1 field, the header has 3", "6: it has 4 fields, the header has 3"],
  },
  "csv/blank-lines.csv": { columns: "a integer, b integer", rows: ["(1,2)", "(3,4)"] },
  "csv/crlf.csv": { columns: "a integer, b text", rows: ["(1,x)", '(2,"y\r\nz")'] },
  "csv/lone-cr.csv": { columns: "a integer, b text", rows: ["(1,x)", '(2,"y\rz")', "(3,w)"] },
  "csv/mixed-line-ends.csv": { columns: "a integer, b text", rows: ["(1,x)", "(2,y)", "(3,z)", "(4,w)"] },
  "csv/quoted-newlines.csv": {
    columns: "a integer, b text",
    rows: ['(1,"two\nlines")', '(2,"a ""quote"", a comma\nand\n\nmore")', "(3,x)"],
    rejectedRows: ["9: it has 3 fields, the header has 2"],
  },
  "csv/odd-quotes.csv": {
    columns: "id integer, name text",
    rows: [
      '(1,"5"" pipe")',
      '(2,"b, c")',
      '(3,"he said ""no"" again")',
      '(4,"""Foo"" Ltd.")',
      '(5,"a""""b")',
      '(6,"")',
      "(7,d)",
    ],
  },
  "csv/unclosed-quote.csv": {
    columns: "id integer, name text",
    rows: ["(1,a)", "(3,c)", "(4,d)"],
    rejectedRows: ["3: its quote is never closed", "6: its quote is never closed"],
  },
  "csv/end-marker.csv": { columns: "path text", rows: ["(a)", '("\\\\.")', "(b)"] },
  "csv/end-marker-columns.csv": {
    columns: "path text, b integer",
    rows: ["(a,1)", '("\\\\.",)', '("\n\\\\.\n",2)'],
    rejectedRows: ["4: it has 1 field, the header has 2"],
  },
  "csv/nul.csv": {
    columns: "id integer, name text",
    rows: ["(1,a)", "(3,d)"],
    rejectedRows: ["3: it holds a NUL character"],
  },
  "csv/all-bad.csv": {
    code: 2003,
    says: "The first is line 2: it has 3 fields, the header has 2. Look whether the first line names all",
  },
  "csv/empty.csv": { code: 1005, says: "The file is empty: it has 0 bytes. Look whether it was saved whole." },
  "csv/blank.csv": { code: 1005, says: "The file is empty. The first line of a CSV file names its columns." },
  "csv/header-only.csv": { columns: "id text, name text", rows: [] },
};
