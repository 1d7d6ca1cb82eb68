import { expect, test } from "vitest";
import { parseTileAddress } from "./tile-address.ts";

test.each([
  ["0", "0", "0", { z: 0, x: 0, y: 0 }],
  ["3", "5", "2", { z: 3, x: 5, y: 2 }],
  ["1", "5", "5", { z: 1, x: 1, y: 5 }],
  ["2", "-1", "0", { z: 2, x: 3, y: 0 }],
  ["2", "-4", "0", { z: 2, x: 0, y: 0 }],
  ["2", "-0", "0", { z: 2, x: 0, y: 0 }],
  ["30", "9007199254740993", "0", { z: 30, x: 1, y: 0 }],
  ["2", "-9007199254740993", "0", { z: 2, x: 3, y: 0 }],
  ["2", "0", "99999999999999999999", { z: 2, x: 0, y: Number.MAX_SAFE_INTEGER }],
])("reads %s/%s/%s", (z, x, y, address) => {
  expect(parseTileAddress(z, x, y)).toEqual(address);
});

test.each([
  ["a", "b", "c", "Invalid zoom value (a). It should be an integer number greather than or equal to 0"],
  ["-1", "0", "0", "Invalid zoom value (-1). It should be an integer number greather than or equal to 0"],
  ["0", "1.5", "0", "Invalid coodinate 'x' value (1.5). It should be an integer number"],
  [
    "0",
    "0",
    "0.grid",
    "Invalid coodinate 'y' value (0.grid). It should be an integer number greather than or equal to 0",
  ],
  ["0", "0", "-1", "Invalid coodinate 'y' value (-1). It should be an integer number greather than or equal to 0"],
  ["0", "0", "0@2x", "Invalid coodinate 'y' value (0@2x). It should be an integer number greather than or equal to 0"],
  ["31", "0", "0", "Invalid zoom value (31). The highest zoom is 30"],
])("refuses %s/%s/%s", (z, x, y, message) => {
  expect(() => parseTileAddress(z, x, y)).toThrow(expect.objectContaining({ message }));
});
