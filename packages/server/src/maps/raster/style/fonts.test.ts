import { expect, test } from "vitest";
import { faceFor } from "./fonts.ts";

const FACES = "Sans Book,Sans Bold,Sans Bold Oblique,Sans Oblique,Serif Book,Serif Bold,Serif Italic,Sans Mono Book"
  .split(",")
  .map((face) => `DejaVu ${face}`);

test.each([
  ["DejaVu Sans Bold", "DejaVu Sans Bold"],
  ["Open Sans Regular", "DejaVu Sans Book"],
  ["Lato Bold Italic", "DejaVu Sans Bold Oblique"],
  ["Georgia", "DejaVu Serif Book"],
  ["Playfair Display Italic", "DejaVu Serif Italic"],
  ["Courier", "DejaVu Sans Mono Book"],
  ["unifont Medium", "DejaVu Sans Book"],
])("%s is there, or one like it is taken", (name, expected) => {
  expect(faceFor(name, FACES)).toBe(expected);
});

test.each(["Dejagnu", "", "dejavu sans bold"])("%j is no font", (name) => {
  expect(faceFor(name, FACES)).toBeUndefined();
});
