import { expect, test } from "vitest";
import { errorsOf, Words } from "./words.ts";

function said(...lines: string[]): string[] {
  const words = new Words();
  for (const line of lines) words.add(line);
  return words.take();
}

test("errors are told without their numbers, each once, and without what follows from them", () => {
  const lines = said(
    "Warning 1: Field t create as date field",
    "ERROR 1: Attempt to write non-point (LINESTRING) geometry to point shapefile.",
    "ERROR 1: Attempt to write non-point (LINESTRING) geometry to point shapefile.",
    "ERROR 1: Terminating translation prematurely after failed",
    "translation of layer rows (use -skipfailures to skip errors)",
  );
  expect(errorsOf(lines)).toBe("Attempt to write non-point (LINESTRING) geometry to point shapefile.");
  expect(errorsOf(said("Warning 1: nothing of note"))).toBe("");
});

test("a message may have several lines", () => {
  expect(said("ERROR 6: one", "two", "", "ERROR 1: three")).toEqual(["ERROR 6: one two", "ERROR 1: three"]);
});

test("files are told by their names alone", () => {
  expect(said("ERROR 4: Unable to open /tmp/carto/3f/in.shx or '/job/in.SHX'", "Warning 1: 5/6 km/h of a/b")).toEqual([
    "ERROR 4: Unable to open in.shx or 'in.SHX'",
    "Warning 1: 5/6 km/h of a/b",
  ]);
});

test("what is kept is bounded", () => {
  const lines = said(...Array.from({ length: 1_000 }, (_, at) => `Warning 1: ${at} ${"x".repeat(1_000)}`));
  expect(lines).toHaveLength(100);
  expect(lines[0]).toHaveLength(501);
});
