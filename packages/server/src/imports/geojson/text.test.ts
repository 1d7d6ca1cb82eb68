import fc from "fast-check";
import { expect, test } from "vitest";
import { unescapeCopy } from "../../formats/copy-text.ts";
import { mendText, writeJson, writeUnescaped } from "./text.ts";

type Write = typeof writeUnescaped;

/** What the database makes of what `write` writes, which must be one field of one row. */
function copied(write: Write, text: string): string {
  const bytes = Buffer.from(`x${text}x`);
  const out = Buffer.alloc(2 * bytes.length);
  const end = write(bytes, { start: 1, end: bytes.length - 1 }, { out, at: 0 });
  expect(out.subarray(0, end).toString("latin1")).not.toMatch(/[\n\r\t]/);
  return unescapeCopy(out, 0, end).toString();
}

/** Writes every character of a JSON string as `\u`. */
function escaped(json: string): string {
  return json.replace(/\\u.{4}|\\.|[^\\]/gs, (found) =>
    found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const strings = fc.array(
  fc.constantFrom(
    "a",
    "é",
    "漢",
    "😀",
    "\ud800",
    "\udfff",
    "\0",
    "\n",
    "\r",
    "\t",
    "\v",
    "\b",
    "\f",
    "\\",
    "\\N",
    '"',
    "/",
  ),
  { maxLength: 8 },
);

test("a JSON string becomes the text it stands for, as COPY writes it", () => {
  fc.assert(
    fc.property(strings, fc.boolean(), (parts, everywhere) => {
      const text = parts.join("");
      const json = JSON.stringify(text).slice(1, -1);
      expect(copied(writeUnescaped, everywhere ? escaped(json) : json)).toBe(mendText(text));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["\\u0041\\u00e9\\u6f22\\uD83D\\uDE00", "Aé漢😀"],
  ["\\u0000", "\ufffd"],
  ["\\ud83d", "\ufffd"],
  ["\\ud83dx", "\ufffdx"],
  ["\\ud83d\\ud83d\\ude00", "\ufffd😀"],
  ["\\ude00\\ud83d", "\ufffd\ufffd"],
  ["\\ud83d\\n", "\ufffd\n"],
  ["\\u005cN", "\\N"],
  ["\\\\N", "\\N"],
])("%s becomes %j", (json, text) => {
  expect(copied(writeUnescaped, json)).toBe(text);
});

test("JSON loses the whitespace between its tokens, and none in its strings", () => {
  expect(copied(writeJson, '{\n\t"a b" : [ 1,\r\n "\\"x  \\\\" ],\n "c":"\\u0000\\n" }')).toBe(
    '{"a b":[1,"\\"x  \\\\"],"c":"\\u0000\\n"}',
  );
});

test("JSON stays the same value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, "\t"), (value, space) => {
      expect(copied(writeJson, JSON.stringify(value, null, space))).toBe(JSON.stringify(value));
    }),
  );
});
