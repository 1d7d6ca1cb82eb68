import { describe, expect, test } from "vitest";
import { engines, startWorld } from "../support/world.ts";

const LONG = "a very long name of a file ".repeat(6);

describe.each(engines)("tables named after files on %s", (engine) => {
  test("have names that need no quotes, whatever the file is called", async () => {
    await using world = await startWorld(engine);
    const files: [file: string, table: string][] = [
      ["My cities.csv", "my_cities"],
      ["cities (2).csv", "cities_2"],
      ['it\'s "quoted" & more.csv', "its_quoted_more"],
      ["2024 census.csv", "table_2024_census"],
      ["Político 2024.csv", "pol_tico_2024"],
      ["日本の都市.csv", "table_"],
      ["🏙️.csv", "table_1"],
      ["select.csv", "select_t"],
      ["User.CSV", "user_t"],
      ["cartodb_id.csv", "cartodb_id"],
      ["a.b-c;d.csv", "a_b_c_d"],
      ["drop table x; --.csv", "drop_table_x_"],
      [`${LONG}.csv`, "a_very_long_name_of_a_file_a_very_long_name_of_a_file_a_very_lo"],
      [`${LONG}.csv`, "a_very_long_name_of_a_file_a_very_long_name_of_a_file_a_very_1"],
      [".csv", "csv"],
    ];

    for (const [file, table] of files) {
      const { datasets } = await world.carto.datasets.create(new File(["a\n1\n"], file), { name: file });

      expect([file, datasets[0]?.name]).toEqual([file, table]);
      expect((await world.carto.sql.query(`SELECT a FROM ${table}`)).rows).toEqual([{ a: 1 }]);
    }
  });

  test("of other cases and forms of one name get numbers", async () => {
    await using world = await startWorld(engine);
    const names: unknown[] = [];

    for (const file of ["Roads.csv", "ROADS.geojson", "roads.tsv"]) {
      const text = file.endsWith("json") ? '{"type":"FeatureCollection","features":[]}' : "a\n1\n";
      const { datasets } = await world.carto.datasets.create(new File([text], file));
      names.push(datasets[0]?.name);
    }

    expect(names).toEqual(["roads", "roads_1", "roads_2"]);
  });

  test("keep out of the way of views, types and sequences", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query(
      "create view seen as select 1 as a; create type kind as enum ('x'); create sequence numbers; create table t (a int)",
    );
    const names: unknown[] = [];

    for (const file of ["seen.csv", "kind.csv", "numbers.csv", "t.csv"]) {
      const { datasets } = await world.carto.datasets.create(new File(["a\n1\n"], file));
      names.push(datasets[0]?.name);
    }

    expect(names).toEqual(["seen_1", "kind_1", "numbers_1", "t_1"]);
  });
});
