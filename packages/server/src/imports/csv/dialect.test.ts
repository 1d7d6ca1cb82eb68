import { expect, test } from "vitest";
import { detectDelimiter } from "./dialect.ts";

function delimiterOf(text: string, { tabs = false, last = true } = {}): string {
  const bytes = Buffer.from(`${text}\n`);
  return String.fromCharCode(detectDelimiter({ bytes, end: bytes.length - 1, last }, 0, tabs));
}

test.each([
  [",", "a,b\n1,2\n"],
  [";", "a;b\n1,5;2,5\n"],
  ["\t", "a\tb\n1,5\tx y\n"],
  ["|", "a|b\n1;2|3;4\n"],
  [" ", "a b\n1 2\n"],
  [";", "name;lat,lon;id\nx;1,2;3\ny;1,2,3;4\n"],
  [",", 'a,"b;c;d",e\n1,"x;y",2\n'],
  [",", 'a,"b\n;;;\n",c\n1,2,3\n'],
  [",", "a,b\n"],
  ["|", "a|b|c,d"],
])("%j is the delimiter of %j", (expected, text) => {
  expect(delimiterOf(text)).toBe(expected);
});

test("the most regular byte is the delimiter, though another occurs more often", () => {
  expect(delimiterOf("id,a;b;c;d\n1,x\n2,y;z\n3,w;;;;\n")).toBe(",");
});

test("spaces in words are none, unless all records have as many and nothing else is there", () => {
  expect(delimiterOf("id,site name\n1,Puerta del Sol,,\n2,a b\n")).toBe(",");
  expect(delimiterOf("site name\nPuerta del Sol\nRetiro\n")).toBe("|");
});

test("a file of one column gets a byte that it does not hold", () => {
  expect(delimiterOf("name\na|b\nc,d\n")).toBe("\t");
  expect(delimiterOf("name\na|b;\tc\n")).toBe(",");
});

test("the name of a file says that it has tabs, unless its header has none", () => {
  expect(delimiterOf("a,b,c\td\n1,2,3\t4\n", { tabs: true })).toBe("\t");
  expect(delimiterOf("a;b\n1;2\n", { tabs: true })).toBe(";");
});

test("a record that may go on behind the sample does not count", () => {
  expect(delimiterOf("a,b;c\n1,2;3\n1,2,3,4,5,6", { last: false })).toBe(",");
});
