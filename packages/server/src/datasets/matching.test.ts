import { expect, test } from "vitest";
import { matchTables, type PhysicalTable, type StoredTable } from "./matching.ts";

const table = (relation: number, name: string, readable = false): PhysicalTable => ({ relation, name, readable });
const stored = (relation: number, name: string, privacy: StoredTable["privacy"] = "private"): StoredTable => ({
  tableId: `id of ${name}`,
  relation,
  name,
  privacy,
});

test("what is the same on both sides is left alone", () => {
  expect(
    matchTables(
      [table(1, "a"), table(2, "b", true), table(3, "c", true)],
      [stored(1, "a"), stored(2, "b", "public"), stored(3, "c", "link")],
    ),
  ).toEqual({ gone: [], changed: [], made: [] });
});

test("new tables are made, public where everybody may read them, and vanished ones go", () => {
  expect(matchTables([table(2, "b"), table(3, "c", true)], [stored(1, "a")])).toEqual({
    gone: ["id of a"],
    changed: [],
    made: [
      { relation: 2, name: "b", privacy: "private" },
      { relation: 3, name: "c", privacy: "public" },
    ],
  });
});

test("a renamed table is known by its OID, a rewritten one by its name", () => {
  expect(matchTables([table(1, "new"), table(9, "b")], [stored(1, "old"), stored(2, "b")])).toEqual({
    gone: [],
    changed: [
      { tableId: "id of old", relation: 1, name: "new", privacy: "private" },
      { tableId: "id of b", relation: 9, name: "b", privacy: "private" },
    ],
    made: [],
  });
});

test("tables that swap their names swap no ids", () => {
  const { gone, changed, made } = matchTables([table(1, "b"), table(2, "a")], [stored(1, "a"), stored(2, "b")]);
  expect([gone, made]).toEqual([[], []]);
  expect(changed.map(({ tableId, name }) => [tableId, name])).toEqual([
    ["id of a", "b"],
    ["id of b", "a"],
  ]);
});

test("a new table under the old name of a renamed one is new", () => {
  expect(matchTables([table(1, "b"), table(2, "a")], [stored(1, "a")])).toEqual({
    gone: [],
    changed: [{ tableId: "id of a", relation: 1, name: "b", privacy: "private" }],
    made: [{ relation: 2, name: "a", privacy: "private" }],
  });
});

test("the privacy follows the right to read, and a link stays one as long as it is right", () => {
  const { changed } = matchTables(
    [table(1, "granted", true), table(2, "revoked"), table(3, "linked", true), table(4, "unlinked")],
    [stored(1, "granted"), stored(2, "revoked", "public"), stored(3, "linked", "link"), stored(4, "unlinked", "link")],
  );
  expect(changed.map(({ name, privacy }) => [name, privacy])).toEqual([
    ["granted", "public"],
    ["revoked", "private"],
    ["unlinked", "private"],
  ]);
});
