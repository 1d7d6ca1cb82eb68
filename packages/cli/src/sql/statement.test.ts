import { describe, expect, it } from "vitest";
import { isPlainRead, withoutEnd } from "./statement.ts";

describe("isPlainRead", () => {
  it.each([
    "select 1",
    "  SELECT * FROM t;",
    "-- note\nselect 1",
    "/* a; b */ (select 1) union select 2",
    "with a as (select 1) select * from a",
    "values (1), (2)",
    "table places",
    "select 'insert; delete' as \"update\"",
    "select $x$ ; drop table t $x$",
    "select 1; -- the end",
  ])("takes %j for a read", (q) => expect(isPlainRead(q)).toBe(true));

  it.each([
    "insert into t values (1)",
    "select 1; select 2",
    "select * into u from t",
    "with gone as (delete from t returning *) select * from gone",
    "select * from t for update",
    "create table t (a int)",
    "explain select 1",
    "show search_path",
    "",
  ])("does not take %j for one", (q) => expect(isPlainRead(q)).toBe(false));
});

describe("withoutEnd", () => {
  it.each([
    ["select 1", "select 1"],
    ["select 1;", "select 1"],
    ["select ';' -- a;\n; /* b */ ;\n", "select ';'"],
    ["select $q$;$q$", "select $q$;$q$"],
    ["select 1; select 2;", "select 1; select 2"],
    ["", ""],
  ])("of %j is %j", (q, text) => expect(withoutEnd(q)).toBe(text));
});
