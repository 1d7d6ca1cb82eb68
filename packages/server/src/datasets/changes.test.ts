import { expect, test } from "vitest";
import { parseChanges } from "./changes.ts";

test("what clients send back whole is read for what can be changed alone", () => {
  expect(
    parseChanges({
      id: "x",
      api_key: "k",
      client: "c",
      map_id: "m",
      table: "t",
      permission: "p",
      stats: {},
      external_source: {},
      updated_at: "2020-01-01T00:00:00Z",
      kind: "geom",
      name: "  new name ",
      display_name: "New",
      tags: ["a", " b ", "a", ""],
      privacy: "PUBLIC",
      locked: true,
      license: "mit",
    }),
  ).toEqual({
    name: "new name",
    changes: { displayName: "New", tags: ["a", "b"], privacy: "public", locked: true, license: "mit" },
  });
});

test("null takes a text away, and leaves what can't be without", () => {
  expect(
    parseChanges({
      description: null,
      title: null,
      source: null,
      attributions: null,
      license: null,
      display_name: null,
      tags: null,
      name: null,
      privacy: null,
      locked: null,
    }),
  ).toEqual({
    name: undefined,
    changes: {
      description: null,
      title: null,
      source: null,
      attributions: null,
      license: null,
      displayName: null,
      tags: [],
    },
  });
});

test("a form's tags are a text with commas", () => {
  expect(parseChanges({ tags: "a, b" }).changes).toEqual({ tags: ["a", "b"] });
});

test.each([
  [{ privacy: "password" }, 403, "Privacy is not included in the list"],
  [{ privacy: "" }, 403, "Privacy is not included in the list"],
  [{ name: " " }, 400, "Name can't be blank"],
  [{ description: { a: 1 } }, 400, "description must be a text"],
  [{ description: "a\0b" }, 400, "description can't have a NUL character in it"],
  [{ name: "a\0b" }, 400, "name can't have a NUL character in it"],
  [{ tags: [1, {}] }, 400, "tags must be a text"],
  [{ locked: "perhaps" }, 400, "locked must be true or false"],
])("%o is refused", (body, status, message) => {
  expect(() => parseChanges(body)).toThrow(expect.objectContaining({ status, message }));
});
