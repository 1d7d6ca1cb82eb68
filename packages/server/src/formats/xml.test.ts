import fc from "fast-check";
import { expect, test } from "vitest";
import { parseXml } from "../../../../test/support/xml.ts";
import { escapeXml } from "./xml.ts";

test("what means something to XML is escaped, what it can't hold becomes U+FFFD", () => {
  expect(escapeXml('<a b="c"> & \'\t\n\r\0\x01\x1f\uffff é😀')).toBe(
    "&lt;a b=&quot;c&quot;&gt; &amp; '\t\n&#13;\ufffd\ufffd\ufffd\ufffd é😀",
  );
});

test("any text comes back, in an element and in an attribute", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const escaped = escapeXml(text);
      const { text: element, attributes } = parseXml(`<a b="${escaped}">${escaped}</a>`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML can't hold.
      const expected = text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
      expect([element, attributes["b"]]).toEqual([expected, expected]);
    }),
  );
});
