import { expect, test } from "vitest";
import { classify, packSqlState } from "./cxx-errors.ts";

test("an interrupted GEOS operation is a cancelled statement", () => {
  expect(classify("N4geos4util20InterruptedExceptionE", "InterruptedException: Interrupted!").code).toBe("57014");
});

test("a GEOS exception keeps its text", () => {
  expect(classify("N4geos4util17TopologyExceptionE", "TopologyException: side location conflict")).toEqual({
    code: "XX000",
    message: "GEOS Error: TopologyException: side location conflict",
  });
});

test("a SQLSTATE is packed as PostgreSQL packs it", () => {
  expect(packSqlState("57014")).toBe(67_371_461);
  expect(packSqlState("XX000")).toBe(2_600);
});
