import type { MapTemplate, PlaceholderType } from "@carto-ts/protocol";
import { expect, test } from "vitest";
import { fillTemplate } from "./fill-template.ts";

function templateOf(options: object, type: PlaceholderType = "number", layers = 1): MapTemplate {
  return {
    version: "0.0.1",
    name: "a",
    placeholders: { n: { type, default: type === "number" ? 1 : "x" } },
    layergroup: { layers: Array.from({ length: layers }, () => ({ options: { ...options } })) },
  };
}

test("values that make a map of many times their length are refused", () => {
  const value = "x".repeat(100_000);
  const message = "The placeholders' values make more than 2097152 characters of the template";

  for (const template of [
    templateOf({ sql: "select '<%= n %>'".repeat(5_000) }, "sql_literal"),
    templateOf({ sql: "select '<%= n %>'" }, "sql_literal", 100),
    templateOf({ cartocss: "#a { b: '<%= n %>'; }".repeat(5_000) }, "sql_literal"),
  ]) {
    expect(() => fillTemplate(template, { n: value })).toThrow(message);
  }
});

test("a value nested deeper than the stack is refused like any other that is no value", () => {
  const deep: unknown = JSON.parse("[".repeat(500_000) + "]".repeat(500_000));

  expect(() => fillTemplate(templateOf({ sql: "select <%= n %>" }), { n: deep })).toThrow(
    "Invalid number value for template parameter 'n': …",
  );
});

test.each([
  ["names with dollars", "a$b$ ".repeat(100_000)],
  ["dollars", "a$b$".repeat(100_000)],
  ["words beside holes", `${"a".repeat(990)} <%= n %> `.repeat(500)],
  ["a word of holes", "<%= n %>".repeat(50_000)],
  ["literals", "'a' <%= n %> ".repeat(30_000)],
  ["comments", "/* */ <%= n %> ".repeat(30_000)],
])("a long template of %s is filled without others waiting for it", (_name, text) => {
  const started = performance.now();
  fillTemplate(templateOf({ sql: `${text} <%= n %>`, cartocss: text }), { n: 5 });
  expect(performance.now() - started).toBeLessThan(2_000);
});
