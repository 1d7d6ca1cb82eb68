import { describe, expect, it } from "vitest";
import { copyToStatement, parseTableName } from "./statement.ts";

describe("parseTableName", () => {
  it.each([
    ["places", { table: "places" }],
    ["Places", { table: "places" }],
    ["public.places", { schema: "public", table: "places" }],
    ['"My ""table"""', { table: 'My "table"' }],
    ['geo."Größe"', { schema: "geo", table: "Größe" }],
    ["größe", { table: "größe" }],
  ])("reads %s", (text, name) => expect(parseTableName(text)).toEqual(name));

  it.each(["select 1", "a b", "a.b.c", "1a", "", "a;", "a--"])("takes %j for a query", (text) => {
    expect(parseTableName(text)).toBeUndefined();
  });
});

describe("copyToStatement", () => {
  const csv = { format: "csv", header: true } as const;

  it("copies a table, quoted", () => {
    expect(copyToStatement("public.Places", csv)).toBe(
      'COPY "public"."places" TO STDOUT WITH (FORMAT csv, HEADER true)',
    );
    expect(copyToStatement("places", { ...csv, columns: ["a", 'b"'] })).toBe(
      'COPY "places" ("a", "b""") TO STDOUT WITH (FORMAT csv, HEADER true)',
    );
  });

  it("wraps a query, whatever it ends with", () => {
    expect(copyToStatement("select 1 -- one", csv)).toBe("COPY (select 1) TO STDOUT WITH (FORMAT csv, HEADER true)");
    expect(copyToStatement("select 1 ; -- one;\n /* two */ ;\n", { format: "text", header: true })).toBe(
      "COPY (select 1) TO STDOUT WITH (FORMAT text)",
    );
  });

  it("leaves a COPY statement as it is", () => {
    expect(copyToStatement(" copy t to stdout ", csv)).toBe("copy t to stdout");
  });

  it("quotes what options hold", () => {
    expect(copyToStatement("t", { format: "csv", header: false, delimiter: "'", null: "\\N" })).toBe(
      `COPY "t" TO STDOUT WITH (FORMAT csv, DELIMITER '''', NULL E'\\\\N')`,
    );
  });
});
