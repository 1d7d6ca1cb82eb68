import { expect, test } from "vitest";
import { encodingOf } from "./encoding.ts";
import { encodingInName } from "./encoding-name.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

test("text that is UTF-8 is UTF-8, also where the sample ends within a character", () => {
  expect(encodingOf(Buffer.from("id\n1\n"))).toBe("utf-8");
  expect(encodingOf(Buffer.from("Málaga"))).toBe("utf-8");
  expect(encodingOf(Buffer.from("Málaga 東").subarray(0, -1))).toBe("utf-8");
  expect(encodingOf(Buffer.from("Málaga 😀").subarray(0, -2))).toBe("utf-8");
});

test("a few bytes of another encoding leave it UTF-8", () => {
  const good = Buffer.from("Málaga, Cádiz, Ávila, León\n");

  expect(encodingOf(Buffer.concat([good, bytes("e1"), Buffer.from("\n")]))).toBe("utf-8");
  expect(encodingOf(Buffer.concat([Buffer.from("Málaga\n"), bytes("e1 20 e9 20 f3")]))).not.toBe("utf-8");
});

test.each([
  ["windows-1252", "4d e1 6c 61 67 61", "Málaga"],
  ["windows-1252", "32 30 b0 43", "20°C"],
  ["macintosh", "4d 87 6c 61 67 61", "Málaga"],
  ["windows-1250", "4c f3 64 9f 20 a3 f3 64 9f", "Lódź Łódź"],
  ["windows-1251", "cc ee f1 ea e2 e0", "Москва"],
  ["koi8-r", "ed cf d3 cb d7 c1", "Москва"],
  ["ibm866", "8c ae e1 aa a2 a0", "Москва"],
  ["iso-8859-7", "c1 e8 de ed e1", "Αθήνα"],
  ["big5", "a5 78 a5 5f a5 ab 0a b0 aa b6 af a5 ab", "台北市 高雄市"],
])("%s is told by %s, which is %s", (encoding, hex) => {
  expect(encodingOf(bytes(hex))).toBe(encoding);
});

test.each([
  ["x_encoding_LATIN1_encoding_y.csv", "windows-1252"],
  ["x_encoding_latin2_encoding_y.csv", "iso-8859-2"],
  ["x_encoding_LATIN9_encoding_y.csv", "iso-8859-15"],
  ["x_encoding_WIN1251_encoding_y.csv", "windows-1251"],
  ["x_encoding_UTF8_encoding_y.csv", "utf-8"],
  ["x_encoding_UTF-16LE_encoding_y.csv", "utf-16le"],
  ["x_encoding_ISO_8859_1_encoding_y.csv", "windows-1252"],
  ["x_encoding_SJIS_encoding_y.csv", "shift_jis"],
  ["x_encoding_EUC_JP_encoding_y.csv", "euc-jp"],
  ["encoding.csv", undefined],
])("the name %s asks for %s", (name, encoding) => {
  expect(encodingInName(name)).toBe(encoding);
});

test("a name that asks for an unknown encoding is refused", () => {
  expect(() => encodingInName("x_encoding_KLINGON_encoding_y.csv")).toThrow(
    expect.objectContaining({ code: 2002, message: expect.stringContaining("KLINGON") }),
  );
});
