import { describe, expect, it } from "vitest";
import { geometryLabel } from "./geometry.ts";

describe("geometryLabel", () => {
  it("reads the coordinates of a point", () => {
    // select st_setsrid(st_makepoint(-3.7038, 40.4168), 4326)
    expect(geometryLabel(`0101000020E6100000${pointHex(-3.7038, 40.4168)}`)).toBe("Point(-3.7038 40.4168)");
  });

  it("names other types with their size", () => {
    expect(geometryLabel(`0103000020E6100000${"00".repeat(100)}`)).toBe("Polygon, 109 bytes");
    expect(geometryLabel("0101000000000000000000F87F000000000000F87F")).toBe("Point empty");
  });

  it.each(["", "01", "Madrid", "0101", "01ff000000", "deadbeef00", "0163000000000000000000F03F"])(
    "leaves %j alone",
    (text) => {
      expect(geometryLabel(text)).toBeUndefined();
    },
  );
});

function pointHex(x: number, y: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeDoubleLE(x, 0);
  bytes.writeDoubleLE(y, 8);
  return bytes.toString("hex");
}
