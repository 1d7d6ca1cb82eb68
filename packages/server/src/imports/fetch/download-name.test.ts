import { expect, test } from "vitest";
import { type Answered, downloadName } from "./download-name.ts";

/** The name of what `url` gives. */
const nameOf = (
  url: string,
  { type, disposition, isGzip = false, at = url }: Partial<Answered> & { at?: string } = {},
) => downloadName({ urls: [new URL(url), new URL(at)], disposition, type, isGzip });

test.each([
  ["https://example.org/data/cities.csv", "cities.csv"],
  ["https://example.org/data/cities.csv?token=x.json", "cities.csv"],
  ["https://example.org/my%20cities.csv", "my cities.csv"],
  ["https://example.org/a/..%2F..%2Fetc%2Fpasswd.csv", "passwd.csv"],
  ["https://example.org/export?file=cities.csv&x=1", "cities.csv"],
  ["https://example.org/get/cities.csv/download", "cities.csv"],
  ["https://example.org/get?f=ciudades-población.geojson.gz", "ciudades-población.geojson"],
  ["https://www.data.example.org/sql?q=select+1&filename=tornado&format=gpkg", "data_example_org"],
  ["https://data.json.example.org/", "data_json_example_org"],
  ["https://example.org/.csv", "example_org"],
  ["https://example.org/%E0%A4%A", "example_org"],
  ["http://127.0.0.1/", "127_0_0_1"],
  ["http://[::1]/", "1"],
])("what %s gives is named %s", (url, name) => {
  expect(nameOf(url)).toBe(name);
});

test("the server's own name goes first, then the address that was asked for, then the one that answered", () => {
  const asked = "https://example.org/asked.csv";
  const at = "https://cdn.example.net/answered.csv";
  expect(nameOf(asked, { at, disposition: 'attachment; filename="../given name.csv"' })).toBe("given name.csv");
  expect(nameOf(asked, { at, disposition: 'attachment; filename=".."' })).toBe("asked.csv");
  expect(nameOf("https://sho.rt/x?a=b.json", { at })).toBe("answered.csv");
  expect(nameOf("https://sho.rt/x", { at: "https://cdn.example.net/y" })).toBe("sho_rt");
});

test.each([
  ["text/csv", "https://example.org/export", "example_org.csv"],
  ["text/csv; charset=utf-8", "https://example.org/export.php?f=x", "example_org.csv"],
  ["Text/CSV", "https://example.org/cities.txt", "cities.csv"],
  ["text/plain", "https://example.org/cities.csv", "cities.csv"],
  ["text/plain", "https://example.org/cities.json", "cities.json"],
  ["text/plain", "https://example.org/cities", "example_org.txt"],
  ["application/json", "https://example.org/cities.geojson", "cities.geojson"],
  ["application/json", "https://example.org/cities.csv", "cities.json"],
  ["application/geo+json", "https://example.org/items", "example_org.geojson"],
  ["application/vnd.geo+json", "https://example.org/cities.txt", "cities.geojson"],
  ["application/vnd.ms-excel", "https://example.org/cities.csv", "cities.csv"],
  ["application/vnd.ms-excel", "https://example.org/cities.json", "cities.xls"],
  ["application/octet-stream", "https://example.org/cities.csv", "cities.csv"],
  ["text/html", "https://example.org/cities.csv", "cities.csv"],
  ["__proto__", "https://example.org/cities.csv", "cities.csv"],
  ["constructor", "https://example.org/cities.csv", "cities.csv"],
])("a file of type %s at %s is named %s", (type, url, name) => {
  expect(nameOf(url, { type })).toBe(name);
});

test("a name given without a known extension gets the one of the type", () => {
  const given = (name: string): string =>
    nameOf("https://example.org/", { type: "text/csv", disposition: `attachment; filename="${name}"` });
  expect(given("report 2024.05")).toBe("report 2024.05.csv");
  expect(given("report.php")).toBe("report.csv");
  expect(given("report")).toBe("report.csv");
});

test("a name ends with .gz if the file is gzip, and only then", () => {
  const url = "https://example.org/cities.csv.gz";
  expect(nameOf(url, { isGzip: true, type: "application/x-gzip" })).toBe("cities.csv.gz");
  expect(nameOf(url, { isGzip: true, type: "text/csv" })).toBe("cities.csv.gz");
  // Unpacked on its way.
  expect(nameOf(url, { type: "text/csv" })).toBe("cities.csv");
  expect(nameOf("https://example.org/cities.csv", { isGzip: true })).toBe("cities.csv.gz");
  expect(nameOf("https://example.org/cities.tgz", { isGzip: true })).toBe("cities.tgz");
  expect(nameOf("https://example.org/x", { isGzip: true, type: "application/gzip" })).toBe("example_org.gz");
});

test("a long address takes no time", () => {
  const startedAt = performance.now();
  nameOf(`https://example.org/${"a".repeat(200_000)}`);
  nameOf(`https://example.org/${"a.csv".repeat(40_000)}`);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
