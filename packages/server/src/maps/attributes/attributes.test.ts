import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../../../../test/support/engine.ts";
import { inSession, pointLayer } from "../../../../../test/support/layer-rows.ts";
import { engines } from "../../../../../test/support/world.ts";
import { readAttributes } from "./attributes.ts";

describe.each(engines)("attributes of a feature on %s", (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(engine);
    await database.run(`create table pts as select id as cartodb_id, name, 'infinity'::float8 as "big""est", code,
      public.ST_SetSRID(public.ST_MakePoint(1, 1), 3857) as the_geom_webmercator
      from (values (1, 'one', '01'), (-2, 'minus two', 'x'), (3, 'same', '3'), (3, 'same', '3'), (4, 'four', '4'), (4, 'vier', '4'))
        as v (id, name, code)`);
  });
  afterAll(() => database?.[Symbol.asyncDispose]());

  interface Asked {
    columns?: string[];
    column?: string;
    aggregation?: object;
  }
  async function ask(
    id: string,
    { columns = ["name"], column = "cartodb_id", aggregation }: Asked = {},
  ): Promise<string> {
    const source = "select * from pts -- all";
    const layer = await pointLayer(database, source, {
      attributes: { id: column, columns },
      index: 2,
      aggregation,
      aggregated: aggregation !== undefined,
    });
    return inSession(database, (session) => readAttributes({ layer, source, id }, session));
  }

  test("are the columns that the layer exposes, as JSON", async () => {
    expect(await ask("1", { columns: ["name", 'big"est', "cartodb_id"] })).toBe(
      '{"name":"one","big\\"est":"Infinity","cartodb_id":1}',
    );
    expect(await ask("-2")).toBe('{"name":"minus two"}');
    expect(await ask("x", { column: "code" })).toBe('{"name":"minus two"}');
    expect(await ask("01", { column: "code" })).toBe('{"name":"one"}');
  });

  test("are those of several features that are all the same", async () => {
    expect(await ask("3")).toBe('{"name":"same"}');
    expect(await ask("4", { columns: ["code"] })).toBe('{"code":"4"}');
    await expect(ask("4")).rejects.toMatchObject({
      status: 400,
      message: "Multiple features (2) identified by 'cartodb_id' = 4 in layer 2",
    });
  });

  test.each([["99"], ["99999999999"], ["1.5"], ["-1"]])("there are none of %s", async (id) => {
    await expect(ask(id)).rejects.toMatchObject({
      status: 404,
      message: `Multiple features (0) identified by 'cartodb_id' = ${id} in layer 2`,
    });
  });

  test.each([["abc"], ["1 or true"], ["1) or (true"], ["1'"], ["1' or 'a'='a"], ["1\\' or true --"], ["(select 1)"]])(
    "%s is a value and no SQL",
    async (id) => {
      await expect(ask(id)).rejects.toThrow(`invalid input syntax for type integer: "${id}"`);
      await expect(ask(id, { column: "code" })).rejects.toMatchObject({ status: 404 });
    },
  );

  test("tell a column that does not exist", async () => {
    await expect(ask("1", { columns: ["nope"] })).rejects.toThrow('column "nope" does not exist');
  });

  test("are those of cells where columns of cells are asked for, and of the rows else", async () => {
    const columns = { total: { aggregate_function: "sum", aggregated_column: "cartodb_id" } };
    const aggregation = { placement: "centroid", columns };
    await expect(ask("1", { aggregation })).rejects.toThrow('column "name" does not exist');
    expect(await ask("-2", { aggregation, columns: ["total"] })).toBe('{"total":13}');
    expect(await ask("1", { aggregation: { threshold: 1 } })).toBe('{"name":"one"}');
  });

  test("are refused where the layer exposes none", async () => {
    const layer = await pointLayer(database, "select * from pts");
    await expect(
      inSession(database, (session) => readAttributes({ layer, source: layer.layer.sql, id: "1" }, session)),
    ).rejects.toMatchObject({ status: 400, message: "Layer 0 has no exposed attributes" });
  });
});
