import { expect, test } from "vitest";
import { fillTemplate } from "./fill-template.ts";
import { formatTemplate, hashTemplate, parseTemplate } from "./template.ts";

const LAYER = {
  type: "cartodb",
  options: {
    sql: "select * from test_table",
    cartocss: "#layer { marker-fill: <%= color %>; }",
    cartocss_version: "2.3.0",
  },
};
const TEMPLATE = {
  version: "0.0.1",
  name: "tpl1",
  auth: { method: "open" },
  placeholders: { color: { type: "css_color", default: "red" } },
  layergroup: { version: "1.8.0", layers: [LAYER] },
};

test("a template is kept, and hashed, as the original does", () => {
  const text = formatTemplate(parseTemplate({ ...TEMPLATE, api_key: "secret", client: "cps-1.11.3" }));
  expect(text).toBe(
    '{"auth":{"method":"open"},"version":"0.0.1","name":"tpl1","placeholders":{"color":{"type":"css_color","default":"red"}},"layergroup":{"version":"1.8.0","layers":[{"type":"cartodb","options":{"sql":"select * from test_table","cartocss":"#layer { marker-fill: <%= color %>; }","cartocss_version":"2.3.0"}}]}}',
  );
  expect(hashTemplate(text)).toBe("d97b2b3a");
});

test.each<[object, string]>([
  [{ version: undefined }, "Unsupported template version undefined"],
  [{ name: undefined }, "Missing template name"],
  [{ name: "x y" }, "Invalid characters in template name 'x y'"],
  [{ name: "__proto__" }, "Invalid characters in template name '__proto__'"],
  [{ layergroup: undefined }, "Missing layergroup"],
  [{ layergroup: { layers: [] } }, "Missing or empty layers array from layergroup config"],
  [{ layergroup: { layers: [{}, LAYER, null] } }, "Missing `options` in layergroup config for layers: 0, 2"],
  [{ placeholders: JSON.parse('{"__proto__":{}}') }, "Invalid characters in placeholder name '__proto__'"],
  [{ placeholders: { a: {} } }, "Missing default for placeholder 'a'"],
  [{ placeholders: { a: { default: 1 } } }, "Missing type for placeholder 'a'"],
  [{ auth: { method: "token" } }, "Invalid 'token' authentication: missing valid_tokens"],
  [{ auth: { method: "token", valid_tokens: [] } }, "Invalid 'token' authentication: no valid_tokens"],
  [{ auth: { method: "magic" } }, "Unsupported authentication method: magic"],
])("a template with %j is refused", (change, message) => {
  expect(() => parseTemplate({ ...TEMPLATE, ...change })).toThrow(message);
});

test("a template of too many levels is refused", () => {
  const view = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
  expect(() => parseTemplate({ ...TEMPLATE, view })).toThrow("The template is nested deeper than 64 levels");
});

test("styles and buffersize of the parameters win", () => {
  const placeholders = { constructor: { type: "number", default: 16 } };
  const layergroup = { ...TEMPLATE.layergroup, buffersize: { png: 8, mvt: "<%= constructor %>" } };
  const template = parseTemplate({ ...TEMPLATE, placeholders, layergroup, view: null });
  expect(fillTemplate(template, {})).toMatchObject({ buffersize: { png: 8, mvt: 16 } });
  expect(fillTemplate(template, { buffersize: { png: 1 }, styles: { 0: "#l{}" } })).toMatchObject({
    buffersize: { png: 1 },
    layers: [{ options: { cartocss: "#l{}" } }],
  });
});

test("a text in a style can't become another rule", () => {
  const layer = { options: { cartocss: "#l [n='<%= a %>'] { marker-width: 1; }" } };
  const placeholders = { a: { type: "sql_literal", default: "" } };
  const template = parseTemplate({ ...TEMPLATE, placeholders, layergroup: { layers: [layer] } });
  expect(fillTemplate(template, { a: "it's $&" })).toMatchObject({
    layers: [{ options: { cartocss: "#l [n='it''s $&'] { marker-width: 1; }" } }],
  });
  expect(() => fillTemplate(template, { a: "\\'] { line-width: 1 }" })).toThrow("sql_literal placeholder 'a'");
});
