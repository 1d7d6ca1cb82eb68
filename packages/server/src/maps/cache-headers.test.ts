import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type CacheFacts,
  type CacheSources,
  cacheChannel,
  dataHeaders,
  instantiationHeaders,
  templateKey,
} from "./cache-headers.ts";

const sources: CacheSources = {
  database: "test_windshaft_cartodb_user_1_db",
  tables: [{ schema: "public", name: "test_table" }],
  template: undefined,
};
const facts: CacheFacts = {
  channel: cacheChannel(sources),
  changedAt: 1234567890123,
  allTell: true,
  isPrivate: false,
};

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 0, 4, 20) });
});
afterEach(() => {
  vi.useRealTimers();
});

test("an instantiation names its tables to caches", () => {
  expect(instantiationHeaders(facts)).toEqual({
    "Cache-Control": "public,max-age=86400,must-revalidate",
    "X-Cache-Channel": "test_windshaft_cartodb_user_1_db:public.test_table",
    "Surrogate-Key": "t:77pJnX",
    "Last-Modified": "Fri, 13 Feb 2009 23:31:30 GMT",
  });
});

test("what is made of a named map has the template's key first", () => {
  expect(templateKey({ account: "localhost", name: "tpl1" })).toBe("n:aA9OMM");
  const template = { account: "localhost", name: "tpl1" };
  expect(cacheChannel({ ...sources, template }).headers["Surrogate-Key"]).toBe("n:aA9OMM t:77pJnX");
});

test("answers to a key in the header are the caller's own", () => {
  expect(dataHeaders({ ...facts, isPrivate: true }, "1234567890123")["Cache-Control"]).toBe("private,max-age=31536000");
  expect(dataHeaders({ ...facts, isPrivate: true }, "1")["Cache-Control"]).toBe("private,max-age=0,must-revalidate");
});

describe("data", () => {
  const cached = (some: Partial<CacheFacts>, buster?: string) => dataHeaders({ ...facts, ...some }, buster);

  test("is kept for good where its tables tell of changes", () => {
    expect(cached({}, "1234567890123")["Cache-Control"]).toBe("public,max-age=31536000");
    expect(cached({ channel: cacheChannel({ ...sources, tables: [] }), changedAt: 0 }, "0")).toEqual({
      "Cache-Control": "public,max-age=31536000",
      "Last-Modified": "Thu, 01 Jan 2026 00:04:20 GMT",
    });
  });

  test("is kept to the next five minutes where a table doesn't tell", () => {
    expect(cached({ allTell: false }, "1234567890123")["Cache-Control"]).toBe("public,max-age=40");
  });

  test("isn't kept under an address of older data, or one that tells no time", () => {
    for (const buster of ["1234567890122", "0", "cb0", undefined]) {
      expect(cached({}, buster)["Cache-Control"]).toBe("public,max-age=0,must-revalidate");
    }
  });

  test("has the date of its address", () => {
    expect(cached({}, "1000000000000")["Last-Modified"]).toBe("Sun, 09 Sep 2001 01:46:40 GMT");
    expect(cached({})["Last-Modified"]).toBe("Fri, 13 Feb 2009 23:31:30 GMT");
    expect(cached({}, "cb0")["Last-Modified"]).toBe("Thu, 01 Jan 2026 00:04:20 GMT");
    expect(cached({}, "1e300")["Last-Modified"]).toBe("Thu, 01 Jan 2026 00:04:20 GMT");
  });

  test("of tables with any name makes headers", () => {
    const tables = [{ schema: "public", name: "naïve\n,table" }];
    expect(cacheChannel({ ...sources, tables }).headers["X-Cache-Channel"]).toBe(
      "test_windshaft_cartodb_user_1_db:public.na%C3%AFve%0A,table",
    );
    const smiling = [{ schema: "public", name: "t😀" }];
    expect(cacheChannel({ ...sources, tables: smiling }).headers["X-Cache-Channel"]).toBe(
      "test_windshaft_cartodb_user_1_db:public.t%F0%9F%98%80",
    );
  });

  test("of more tables than a header holds is looked at again soon", () => {
    const tables = Array.from({ length: 1_000 }, (_, at) => ({ schema: "public", name: `partition_${at}` }));
    expect(cached({ channel: cacheChannel({ ...sources, tables }) }, "1234567890123")).toEqual({
      "Cache-Control": "public,max-age=40",
      "Last-Modified": "Fri, 13 Feb 2009 23:31:30 GMT",
    });
  });
});
