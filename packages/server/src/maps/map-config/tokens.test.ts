import { expect, test } from "vitest";
import { fillTokens, hasTokens, WORLD_TOKENS } from "./tokens.ts";

const TOKENS = { bbox: "B", tileBbox: "T", scaleDenominator: "S", pixelSize: "P" };

test("fills every token wherever it is", () => {
  const sql = "select '!bbox!', !tile_bbox! where !scale_denominator! > !pixel_width! * !pixel_height! -- !bbox!";
  expect(fillTokens(sql, TOKENS)).toBe("select 'B', T where S > P * P -- B");
});

test("leaves what is no token alone", () => {
  const sql = "select @bbox, @zoom, !constructor!, !BBOX!, !bbox, $1, '$&'";
  expect(fillTokens(sql, TOKENS)).toBe(sql);
  expect(hasTokens(sql)).toBe(false);
});

test("doesn't read what it put in", () => {
  expect(fillTokens("!bbox!", { ...TOKENS, bbox: "!pixel_width! $&" })).toBe("!pixel_width! $&");
});

test("tells the same of a query each time it is asked", () => {
  expect([1, 2, 3].map(() => hasTokens("select !pixel_width!"))).toEqual([true, true, true]);
});

test("knows the world while no tile is known", () => {
  expect(fillTokens("select !bbox!, !scale_denominator!, !pixel_height!", WORLD_TOKENS)).toBe(
    "select ST_MakeEnvelope(-20037508.342789245, -20037508.342789245, 20037508.342789245, 20037508.342789245, 3857), (559082264.02871777343)::float8, (156543.03392804097656)::float8",
  );
});
