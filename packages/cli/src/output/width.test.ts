import { describe, expect, it } from "vitest";
import { displayWidth, fitWidth, padWidth } from "./width.ts";

describe("displayWidth", () => {
  it.each([
    ["", 0],
    ["abc", 3],
    ["Málaga", 6],
    ["Ma\u0301laga", 6],
    ["東京", 4],
    ["서울", 4],
    ["ｗｉｄｅ", 8],
    ["👍", 2],
    ["👨‍👩‍👧", 2],
    ["🇪🇸", 2],
    ["❤️", 2],
    ["\u200b", 0],
    ["مكة", 3],
  ])("%j takes %i cells", (text, cells) => {
    expect(displayWidth(text)).toBe(cells);
  });
});

describe("fitWidth", () => {
  it("leaves what fits alone", () => {
    expect(fitWidth("Madrid", 6)).toBe("Madrid");
    expect(fitWidth("東京", 4)).toBe("東京");
  });

  it("puts an ellipsis in place of the rest", () => {
    expect(fitWidth("Barcelona", 5)).toBe("Barc…");
    expect(fitWidth("Barcelona", 1)).toBe("…");
  });

  it("never cuts a wide character or a combined one in half", () => {
    expect(fitWidth("東京都", 4)).toBe("東…");
    expect(fitWidth("a👨‍👩‍👧bc", 3)).toBe("a…");
    expect(displayWidth(fitWidth("東京都庁", 5))).toBeLessThanOrEqual(5);
  });
});

describe("padWidth", () => {
  it("fills by cells, on either side", () => {
    expect(padWidth("東京", 6)).toBe("東京  ");
    expect(padWidth("12", 5, "end")).toBe("   12");
    expect(padWidth("too long", 3)).toBe("too long");
  });
});
