import { expect, test } from "vitest";
import { AddressGuard } from "./address-guard.ts";
import { parseSourceUrl, shownUrl } from "./source-url.ts";

const guard = new AddressGuard();

test.each([
  ["https://example.org/cities.csv", "https://example.org/cities.csv"],
  ["  HTTP://EXAMPLE.org:80/a b.csv#x\n", "http://example.org/a%20b.csv#x"],
  ["https://exämple.org/a.csv?q=1", "https://xn--exmple-cua.org/a.csv?q=1"],
])("%j is the address %s", (text, href) => {
  expect(parseSourceUrl(text, guard).href).toBe(href);
});

test.each([
  ["cities.csv", "can't be read"],
  ["//example.org/a.csv", "can't be read"],
  ["http://", "can't be read"],
  ["http://1.2.3.4.5/", "can't be read"],
  ["", "can't be read"],
  [`http://example.org/${"x".repeat(10_000)}`, "longer than 8192 characters"],
  ["ftp://example.org/a.csv", "not by ftp"],
  ["file:///etc/passwd", "not by file"],
  ["gopher://example.org/", "not by gopher"],
  ["data:text/csv,a", "not by data"],
  ["javascript:alert(1)", "not by javascript"],
  ["http://user@example.org/a.csv", "has a user's name in it"],
  ["http://user:s3cret@example.org/a.csv", "has a user's name in it"],
  ["http://8.8.8.8@127.0.0.1/a.csv", "has a user's name in it"],
  ["http://example.org:8080/a.csv", "port 8080 is not allowed; those allowed are 80, 443"],
  ["http://example.org:22/", "port 22 is not allowed"],
  ["http://127.0.0.1/a.csv?token=s3cret", "http://127.0.0.1/a.csv?… can't be fetched: address not allowed"],
  ["http://0x7f.1/", "address not allowed"],
  ["http://2130706433/", "address not allowed"],
  ["http://①②⑦.⓪.⓪.①/", "address not allowed"],
  ["http://[::ffff:169.254.169.254]/latest/meta-data/", "address not allowed"],
  ["http://[fd00::1]/", "address not allowed"],
])("%j is refused", (text, why) => {
  expect(() => parseSourceUrl(text, guard)).toThrow(
    expect.objectContaining({ code: 1102, message: expect.stringContaining(why) }),
  );
  expect(() => parseSourceUrl(text, guard)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("s3cret") }),
  );
});

test("messages show an address without its query, and cut", () => {
  expect(shownUrl(new URL("https://example.org/a.csv?api_key=s3cret#s3cret"))).toBe("https://example.org/a.csv?…");
  expect(shownUrl(new URL("https://example.org:444/a.csv"))).toBe("https://example.org:444/a.csv");
  expect(shownUrl(new URL(`https://example.org/${"x".repeat(500)}`))).toBe(`https://example.org/${"x".repeat(119)}…`);
});
