import { describe, expect, it } from "vitest";
import { defaultDataDir } from "./data-dir.ts";
import { checkExposure } from "./exposure.ts";
import { parseKeySpec } from "./key-spec.ts";
import { shellQuote } from "./shell-quote.ts";

describe("parseKeySpec", () => {
  it("gathers the rights on each table", () => {
    expect(parseKeySpec("app:t0ken:select@places,insert@places,select@public.roads")).toEqual({
      name: "app",
      token: "t0ken",
      grants: [
        { table: "places", permissions: ["select", "insert"] },
        { table: "public.roads", permissions: ["select"] },
      ],
    });
  });

  it.each(["", "app", "app:", "app:t", "app:t:", "app:t:select", "app:t:drop@places", "app:t:select@"])(
    "refuses %j",
    (text) => {
      expect(() => parseKeySpec(text)).toThrow(/NAME:TOKEN|is no right/);
    },
  );

  it("never repeats the token", () => {
    expect(() => parseKeySpec("app:s3cr3t:nope@t")).not.toThrow("s3cr3t");
    expect(() => parseKeySpec("app:s3cr3t")).not.toThrow("s3cr3t");
  });
});

describe("checkExposure", () => {
  it.each(["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]", "dev.localhost"])("lets %s have any key", (host) => {
    expect(() => checkExposure(host, undefined, false)).not.toThrow();
    expect(() => checkExposure(host, "1234", false)).not.toThrow();
  });

  it.each([
    undefined,
    "1234",
    "aaaaaaaaaaaaaaaaaaaaaaaa",
    "changeme-changeme-changeme",
    "default_public",
    "123456789012345678901234567890",
  ])("refuses to open to others with the key %j", (key) => {
    expect(() => checkExposure("0.0.0.0", key, false)).toThrow("can be reached from other machines");
    expect(() => checkExposure("::", key, false)).toThrow();
    expect(() => checkExposure("0.0.0.0", key, true)).not.toThrow();
  });

  it("takes a long random key", () => {
    expect(() => checkExposure("0.0.0.0", "9f2c1b7de04a4f3c8a51c0ffee123456", false)).not.toThrow();
  });
});

describe("paths and words", () => {
  it("keeps data where the system wants it", () => {
    expect(defaultDataDir({ HOME: "/home/ana" }, "dev")).toBe("/home/ana/.local/share/carto-ts/dev");
    expect(defaultDataDir({ XDG_DATA_HOME: "/data" }, "dev")).toBe("/data/carto-ts/dev");
  });

  it("quotes for the shell only where needed", () => {
    expect(shellQuote("http://127.0.0.1:8080/user/dev")).toBe("http://127.0.0.1:8080/user/dev");
    expect(shellQuote("a b'c$")).toBe("'a b'\\''c$'");
  });
});
