import { describe, expect, it } from "vitest";
import { resolveConnection } from "./connection.ts";

const profiles = new Map([
  ["default", { url: "https://home.carto.com", apiKey: "home-key" }],
  ["work", { url: "https://work.carto.com", apiKey: "work-key" }],
  ["open", { url: "https://open.carto.com" }],
]);
const env = { CARTO_API_URL: "https://env.carto.com", CARTO_API_KEY: "env-key" };

describe("resolveConnection", () => {
  it("takes flags first, then the environment, then a profile", () => {
    const flags = { url: "https://flag.carto.com", apiKey: "flag-key" };
    expect(resolveConnection(flags, env, profiles)).toEqual({
      url: "https://flag.carto.com",
      urlFrom: "--url",
      apiKey: "flag-key",
      keyFrom: "--api-key",
    });
    expect(resolveConnection({ profile: "work" }, env, profiles)).toMatchObject({ apiKey: "work-key" });
    expect(resolveConnection({}, env, profiles)).toMatchObject({ url: "https://env.carto.com", apiKey: "env-key" });
    expect(resolveConnection({}, { CARTO_PROFILE: "work" }, profiles)).toMatchObject({ url: "https://work.carto.com" });
    expect(resolveConnection({}, {}, profiles)).toMatchObject({ url: "https://home.carto.com", apiKey: "home-key" });
  });

  it("makes the URL from CARTO_USER and CARTO_ORG", () => {
    expect(resolveConnection({}, { CARTO_USER: "bob" }, new Map()).url).toBe("https://bob.carto.com");
    expect(resolveConnection({}, { CARTO_USER: "bob", CARTO_ORG: "acme" }, new Map()).url).toBe(
      "https://acme.carto.com/user/bob",
    );
  });

  it("never sends a key to a server that it wasn't given for", () => {
    const other = resolveConnection({ url: "https://evil.example/user/x" }, env, profiles);
    expect(other).not.toHaveProperty("apiKey");
    expect(other.keyFrom).toContain("belongs to https://env.carto.com");
    expect(resolveConnection({ url: "https://evil.example/user/x" }, {}, profiles)).not.toHaveProperty("apiKey");
    expect(resolveConnection({ profile: "open" }, env, profiles)).not.toHaveProperty("apiKey");
  });

  it("takes the environment's key for a --url of the same server, or when it names none", () => {
    expect(resolveConnection({ url: "https://env.carto.com/user/a" }, env, profiles).apiKey).toBe("env-key");
    expect(resolveConnection({ url: "https://x.carto.com" }, { CARTO_API_KEY: "k" }, profiles).apiKey).toBe("k");
  });

  it("says what to do when nothing is configured", () => {
    expect(() => resolveConnection({}, { CARTO_API_URL: "" }, new Map())).toThrow("no server is configured");
  });

  it("names the profiles there are when one is missing", () => {
    expect(() => resolveConnection({ profile: "nope" }, {}, profiles)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("default, work, open") }),
    );
  });
});
