import { expect, test } from "vitest";
import { withPlainOpacity } from "./plain-opacity.ts";

test.each([
  [
    '<MarkersSymbolizer opacity="0.5" width="3" />',
    '<MarkersSymbolizer fill-opacity="0.5" stroke-opacity="0.5" width="3" />',
  ],
  [
    '<MarkersSymbolizer fill-opacity="0.5" opacity="0.5" stroke-width="1" />',
    '<MarkersSymbolizer fill-opacity="0.25" stroke-opacity="0.5" stroke-width="1" />',
  ],
])("opacity becomes that of the fill and of a thin outline: %s", (xml, expected) => {
  expect(withPlainOpacity(xml)).toBe(expected);
});

test.each([
  '<MarkersSymbolizer opacity="0.5" stroke-width="2" />',
  '<MarkersSymbolizer opacity="[a]" />',
  '<MarkersSymbolizer opacity="0.5" file="/x.svg" />',
  '<MarkersSymbolizer opacity="0.5" comp-op="multiply" />',
  '<MarkersSymbolizer fill-opacity="0.5" width="3" />',
  '<LineSymbolizer opacity="0.5" />',
])("%s stays as it is", (xml) => {
  expect(withPlainOpacity(xml)).toBe(xml);
});
