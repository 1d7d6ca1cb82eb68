import { expect, test } from "vitest";
import { isLoopback, resolveAccount } from "./base-url.ts";
import { ConfigError } from "./errors.ts";

test.each([
  ["https://bob.carto.com", "https://bob.carto.com/", "bob"],
  ["https://bob.carto.com/", "https://bob.carto.com/", "bob"],
  ["https://bob.carto.com/a/b/c", "https://bob.carto.com/", "bob"],
  ["https://www.bob.carto.com", "https://bob.carto.com/", "bob"],
  ["http://www.bob.carto.com/a/b/c", "http://bob.carto.com/", "bob"],
  ["https://carto.com/user/bob", "https://carto.com/user/bob/", "bob"],
  ["https://www.carto.com/user/bob/a/b/c", "https://www.carto.com/user/bob/", "bob"],
  ["https://org.carto.com/user/bob", "https://org.carto.com/user/bob/", "bob"],
  ["https://org.carto.com/u/bob/dashboard", "https://org.carto.com/user/bob/", "bob"],
  ["https://carto.example.com/user/bob/", "https://carto.example.com/user/bob/", "bob"],
  ["https://example.com/maps/user/bob", "https://example.com/maps/user/bob/", "bob"],
  ["https://10.0.0.7/user/bob", "https://10.0.0.7/user/bob/", "bob"],
  ["http://localhost:8080/user/dev", "http://localhost:8080/user/dev/", "dev"],
  ["http://dev.localhost:8080", "http://dev.localhost:8080/", "dev"],
  ["http://[::1]:8080/user/dev", "http://[::1]:8080/user/dev/", "dev"],
  ["https://org.carto.com/user/jos%C3%A9", "https://org.carto.com/user/jos%C3%A9/", "josé"],
])("%s is the account %s %s", (baseUrl, expected, username) => {
  expect(resolveAccount({ baseUrl })).toEqual({ baseUrl: expected, username });
});

test.each([
  ["http://localhost:8080", "dev", "http://localhost:8080/user/dev/"],
  ["http://127.0.0.1:8080", "dev", "http://127.0.0.1:8080/user/dev/"],
  ["https://carto.com", "bob", "https://carto.com/user/bob/"],
  ["https://org.carto.com", "bob", "https://org.carto.com/user/bob/"],
  ["https://bob.carto.com", "bob", "https://bob.carto.com/"],
  ["https://example.com/carto/api/v2/sql", "bob", "https://example.com/carto/user/bob/"],
  ["https://org.carto.com/user/bob", "bob", "https://org.carto.com/user/bob/"],
])("%s with the username %s is %s", (baseUrl, username, expected) => {
  expect(resolveAccount({ baseUrl, username })).toEqual({ baseUrl: expected, username });
});

test("without a base URL the name, the organization and the domain make one", () => {
  expect(resolveAccount({ username: "bob" }).baseUrl).toBe("https://bob.carto.com/");
  expect(resolveAccount({ username: "bob", organization: "org" }).baseUrl).toBe("https://org.carto.com/user/bob/");
  expect(resolveAccount({ username: "bob", domain: "carto.example.com" }).baseUrl).toBe(
    "https://bob.carto.example.com/",
  );
});

test.each([
  "https://localhost",
  "https://wrongurl",
  "http://127.0.0.1:8080",
  "https://[::1]/",
  "https://carto.com",
  "https://www.carto.com",
  "https://gcp-us-east1.api.carto.com",
  "nonsense",
  "ftp://bob.carto.com",
])("%s is refused, with the forms that would be accepted", (baseUrl) => {
  expect(() => resolveAccount({ baseUrl })).toThrow(ConfigError);
  expect(() => resolveAccount({ baseUrl })).toThrow(/https:\/\/org\.carto\.com\/user\/bob/);
});

test("a base URL with a password or a query is refused without repeating it", () => {
  expect(() => resolveAccount({ baseUrl: "https://bob:canary@bob.carto.com" })).toThrow(/^((?!canary).)*$/s);
  expect(() => resolveAccount({ baseUrl: "https://bob.carto.com?api_key=canary" })).toThrow(/^((?!canary).)*$/s);
  expect(() => resolveAccount({ baseUrl: "canary key" })).toThrow(/^((?!canary).)*$/s);
});

test("a username that contradicts the base URL, or can't be one, is refused", () => {
  expect(() => resolveAccount({ baseUrl: "https://org.carto.com/user/bob", username: "eve" })).toThrow(/"bob".*"eve"/);
  expect(() => resolveAccount({ baseUrl: "http://localhost", username: "a:b" })).toThrow(ConfigError);
  expect(() => resolveAccount({ baseUrl: "http://localhost", username: ".." })).toThrow(ConfigError);
  expect(() => resolveAccount({ baseUrl: "http://localhost/user/a%2Fb" })).toThrow(ConfigError);
  expect(() => resolveAccount({ baseUrl: "http://localhost/user/%ff" })).toThrow(ConfigError);
});

test("only addresses of this machine are loopback", () => {
  expect(isLoopback("http://localhost:1/")).toBe(true);
  expect(isLoopback("http://dev.localhost/")).toBe(true);
  expect(isLoopback("http://127.1.2.3/")).toBe(true);
  expect(isLoopback("http://[::1]/")).toBe(true);
  expect(isLoopback("http://127.0.0.1.example.com/")).toBe(false);
  expect(isLoopback("http://localhost.example.com/")).toBe(false);
});
