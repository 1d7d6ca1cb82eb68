import { expect, test } from "vitest";
import {
  collect,
  columnsOf,
  cut,
  encodeOptions,
  resultOf,
  toCopyText,
} from "../../../../test/support/result-stream.ts";
import { geojson } from "./geojson.ts";

const POINT = '{"type":"Point","coordinates":[33,16]}';

test("rows become features, geometry first, wherever the_geom stands", async () => {
  const columns = columnsOf({ cartodb_id: "int4", the_geom: "text", name: "text" });
  const result = resultOf(
    columns,
    cut(
      toCopyText([
        ["-1", POINT, "Test"],
        ["1", null, null],
      ]),
      [7, 20, 60],
    ),
  );

  const document = await collect(geojson.encode(result, encodeOptions()));

  expect(document).toBe(
    '{"type": "FeatureCollection", "features": [' +
      `{"type":"Feature","geometry":${POINT},"properties":{"cartodb_id":-1,"name":"Test"}},\n` +
      '{"type":"Feature","geometry":null,"properties":{"cartodb_id":1,"name":null}}]}',
  );
});

test("the_geom_webmercator is no property; other geometries are, as text", async () => {
  const columns = columnsOf({ the_geom_webmercator: "text", the_geom: "text", other_geom: "text" });
  const result = resultOf(columns, [toCopyText([["0101", POINT, "0102"]])]);

  const document = JSON.parse(await collect(geojson.encode(result, encodeOptions())));

  expect(document.features[0]).toEqual({
    type: "Feature",
    geometry: JSON.parse(POINT),
    properties: { other_geom: "0102" },
  });
});

test("of two columns the_geom the last one is the geometry", async () => {
  const [the_geom] = columnsOf({ the_geom: "text" });
  const columns = [the_geom, ...columnsOf({ id: "int4" }), the_geom].filter((column) => column !== undefined);
  const result = resultOf(columns, [toCopyText([["0101000020E6100000", "1", POINT]])]);

  const document = JSON.parse(await collect(geojson.encode(result, encodeOptions())));

  expect(document.features).toEqual([{ type: "Feature", geometry: JSON.parse(POINT), properties: { id: 1 } }]);
});

test("a skipped the_geom leaves the geometry null; skipped columns are no properties", async () => {
  const columns = columnsOf({ the_geom: "text", a: "int4", b: "int4" });
  const result = resultOf(columns, [toCopyText([[POINT, "1", "2"]])]);

  const document = await collect(geojson.encode(result, encodeOptions(["the_geom", "a"])));

  expect(document).toBe(
    '{"type": "FeatureCollection", "features": [{"type":"Feature","geometry":null,"properties":{"b":2}}]}',
  );
});

test("no rows make an empty collection", async () => {
  const document = await collect(geojson.encode(resultOf(columnsOf({ the_geom: "text" }), []), encodeOptions()));

  expect(document).toBe('{"type": "FeatureCollection", "features": []}');
});

test("an error after features closes the document", async () => {
  const columns = columnsOf({ the_geom: "text", d: "int4" });
  const result = resultOf(columns, [toCopyText([[POINT, "1"]])], { error: new Error("division by zero") });

  const document = await collect(geojson.encode(result, encodeOptions(["d"])));

  expect(document).toBe(
    '{"type": "FeatureCollection", "features": [' +
      `{"type":"Feature","geometry":${POINT},"properties":{}}],"error":["division by zero"]}`,
  );
});
