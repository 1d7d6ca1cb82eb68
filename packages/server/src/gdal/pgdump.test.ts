import { expect, test } from "vitest";
import { readDump } from "./pgdump.ts";

const HEAD = `SET standard_conforming_strings = ON;
DROP TABLE IF EXISTS "public"."rows" CASCADE;
BEGIN;
CREATE TABLE "public"."rows"();
ALTER TABLE "public"."rows" ADD COLUMN "ogc_fid" SERIAL CONSTRAINT "rows_pk" PRIMARY KEY;
SELECT AddGeometryColumn('public','rows','ogr_geometry',4326,'POINT',2);
ALTER TABLE "public"."rows" ADD COLUMN "a;""b" VARCHAR(80) NOT NULL DEFAULT 'x';
ALTER TABLE "public"."rows" ADD COLUMN "n" NUMERIC(9,0);
`;
const COPY = `COPY "public"."rows" ("ogr_geometry", "a;""b", "n") FROM STDIN;\n`;
const COLUMNS = [
  { name: "ogr_geometry", type: "geometry" },
  { name: 'a;"b', type: "VARCHAR(80)" },
  { name: "n", type: "NUMERIC(9,0)" },
];
const TAIL = "\\.\nCOMMIT;\n";

/** Reads a dump that comes in pieces of `size` bytes. */
async function read(text: string, size: number, marker?: string) {
  const bytes = Buffer.from(text);
  const source = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  const { columns, chunks } = await readDump(source(), marker);
  const pieces: Buffer[] = [];
  for await (const piece of chunks) pieces.push(piece);
  return { columns, rows: Buffer.concat(pieces).toString() };
}

test.each([1, 2, 3, 7, 100_000])("columns and rows are taken out of pieces of %d bytes", async (size) => {
  const rows = "0101\tx\\ty\t1\n\\N\t\\\\.\t\\N\nñ\t\\\n\\\\.\t\t2\n";
  expect(await read(`${HEAD}${COPY}${rows}${TAIL}`, size)).toEqual({ columns: COLUMNS, rows });
});

test.each([1, 5, 100_000])("the marker ends it, wherever it comes, in pieces of %d bytes", async (size) => {
  const marker = "\n3f2a-end\n";
  expect(await read(`${HEAD}${COPY}1\t2\t3\n${TAIL}${marker}`, size, marker)).toEqual({
    columns: COLUMNS,
    rows: "1\t2\t3\n",
  });
  expect((await read(`${HEAD}${COPY}1\t2\n3\t${marker}`, size, marker)).rows).toMatch(/^(1\t2\n?)?$/);
  expect((await read(marker, size, marker)).columns).toEqual([]);
});

test("without a row all columns are told but the one that counts", async () => {
  expect(await read(`${HEAD}COMMIT;\n`, 10)).toEqual({ columns: COLUMNS, rows: "" });
  expect(await read(`${HEAD}${COPY}${TAIL}`, 10)).toEqual({ columns: COLUMNS, rows: "" });
});

test("the key of older versions is known", async () => {
  const head = `CREATE TABLE "public"."rows" ( "fid" SERIAL, CONSTRAINT "rows_pk" PRIMARY KEY ("fid") );\n`;
  const { columns } = await read(`${head}COPY "public"."rows" ("fid") FROM STDIN;\n1\n${TAIL}`, 10);
  expect(columns).toEqual([{ name: "fid", type: "SERIAL" }]);
});

test("a head without end is refused", async () => {
  await expect(read(`SET "${"x".repeat(5 * 1024 ** 2)}`, 65_536)).rejects.toThrow("too many columns");
});
