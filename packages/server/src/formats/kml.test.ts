import { expect, test } from "vitest";
import {
  collect,
  columnsOf,
  cut,
  encodeOptions,
  resultOf,
  toCopyText,
} from "../../../../test/support/result-stream.ts";
import { type Element, parseXml } from "../../../../test/support/xml.ts";
import { kml } from "./kml.ts";

const POINT = "<Point><coordinates>1,2</coordinates></Point>";

function find(element: Element, name: string): Element[] {
  return [element, ...element.children.flatMap((child) => find(child, name))].filter(
    (one, index) => one.name === name && (index > 0 || one === element),
  );
}

test("rows become Placemarks with their data by a schema", async () => {
  const columns = columnsOf({ the_geom: "text", id: "int4", Name: "text", ok: "bool", "a<b": "text" });
  const rows = toCopyText([
    [POINT, "1", "A & B", "t", "x\ty"],
    [null, "2", null, null, null],
  ]);

  const document = await collect(kml.encode(resultOf(columns, cut(rows, [5, 50])), encodeOptions()));

  expect(document).toBe(`<?xml version="1.0" encoding="utf-8" ?>
<kml xmlns="http://www.opengis.net/kml/2.2">
<Document id="root_doc">
<Schema name="cartodb_query" id="cartodb_query">
\t<SimpleField name="id" type="int"></SimpleField>
\t<SimpleField name="ok" type="bool"></SimpleField>
\t<SimpleField name="a&lt;b" type="string"></SimpleField>
</Schema>
<Folder><name>cartodb_query</name>
  <Placemark>
\t<name>A &amp; B</name>
\t<ExtendedData><SchemaData schemaUrl="#cartodb_query">
\t\t<SimpleData name="id">1</SimpleData>
\t\t<SimpleData name="ok">1</SimpleData>
\t\t<SimpleData name="a&lt;b">x\ty</SimpleData>
\t</SchemaData></ExtendedData>
      ${POINT}
  </Placemark>
  <Placemark>
\t<ExtendedData><SchemaData schemaUrl="#cartodb_query">
\t\t<SimpleData name="id">2</SimpleData>
\t</SchemaData></ExtendedData>
  </Placemark>
</Folder>
</Document></kml>
`);
});

test("numbers have KML's types and all their digits, infinities XML's names", async () => {
  const columns = columnsOf({ the_geom: "text", a: "int8", b: "float8", c: "numeric", d: "int2", e: "bpchar" });
  const rows = toCopyText([[POINT, "9007199254740993", "-Infinity", "0.1234567890123456789", "1", "x  "]]);

  const document = parseXml(await collect(kml.encode(resultOf(columns, [rows]), encodeOptions())));

  expect(find(document, "SimpleField").map(({ attributes }) => attributes["type"])).toEqual([
    "double",
    "double",
    "double",
    "short",
    "string",
  ]);
  expect(find(document, "SimpleData").map(({ text }) => text)).toEqual([
    "9007199254740993",
    "-INF",
    "0.1234567890123456789",
    "1",
    "x",
  ]);
});

test("a folder bears the file's name, and no rows are an empty one", async () => {
  const options = { ...encodeOptions(), filename: "my-<places>" };
  const document = parseXml(await collect(kml.encode(resultOf(columnsOf({ the_geom: "text" }), []), options)));

  expect(find(document, "Folder")[0]?.children.map(({ name, text }) => [name, text])).toEqual([
    ["name", "my_<places>"],
  ]);
});

test("an error can't be told in the file", () => {
  expect(kml.encode(resultOf([], []), encodeOptions()).fail(["late"])).toBeUndefined();
});
