import { describe, expect, test } from "vitest";
import { makeDataset, platform } from "../support/platform.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const send = (world: World, method: string, path: string, body: Record<string, unknown> = {}) =>
  platform(world, `v1/tables${path}`, { method, body });

describe.each(engines)("tables on %s", (engine) => {
  test("a table is told with its columns, its rows and its dataset", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query(
      `create table cities (updated_at timestamptz, zeta numeric(5, 2), "Big" varchar(3), day date, ok boolean, created_at timestamp,
         shape geometry(Polygon, 4326), the_geom geometry(Geometry, 4326));
       insert into cities (zeta, the_geom) values (1, ST_SetSRID(ST_MakePoint(1, 2), 4326)), (2, null);
       select CDB_CartodbfyTable('${world.account}', '"${world.account}".cities')`,
    );
    const dataset = (await platform(world, "v1/viz/cities?show_permission=true")).json;

    const { status, json } = await platform(world, "v1/tables/cities");

    expect(status).toBe(200);
    expect(json).toMatchObject({
      name: "cities",
      privacy: "PRIVATE",
      rows_counted: 2,
      map_id: dataset.map_id,
      description: null,
      geometry_types: ["ST_Point"],
      dependent_visualizations: [],
      non_dependent_visualizations: [],
      synchronization: null,
      table_visualization: { id: dataset.id, type: "table", table: { id: json.id } },
    });
    expect(json.schema).toEqual([
      ["cartodb_id", "number"],
      ["the_geom", "geometry", "geometry", "point"],
      ["Big", "string"],
      ["day", "date"],
      ["ok", "boolean"],
      ["shape", "geometry", "geometry", "polygon"],
      ["zeta", "number"],
      ["created_at", "date"],
      ["updated_at", "date"],
    ]);
    expect(json.table_size).toBe(dataset.table.size);
    for (const ref of [json.id, `${world.account}.cities`, `${json.id}/`]) {
      expect((await platform(world, `v1/tables/${ref}`)).json.id).toBe(json.id);
    }
    for (const ref of ["nope", dataset.id, "00000000-0000-0000-0000-000000000000"]) {
      const missing = await platform(world, `v1/tables/${ref}`);
      expect([missing.status, missing.text], ref).toEqual([404, ""]);
    }
  });

  test("an empty table is made, and is a dataset at once", async () => {
    await using world = await startWorld(engine);

    const { status, headers, json } = await send(world, "POST", "/", {
      name: "My Places",
      description: "Where I was",
      tags: "a, b",
      schema: "place text, visits int",
      the_geom_type: "point",
    });

    expect(status).toBe(200);
    expect(headers["location"]).toBe(`/tables/${json.id}`);
    expect(json).toMatchObject({ name: "my_places", privacy: "PRIVATE", description: "Where I was", rows_counted: 0 });
    expect(json.schema).toEqual([
      ["cartodb_id", "number"],
      ["the_geom", "geometry", "geometry", "geometry"],
      ["place", "string"],
      ["visits", "number"],
    ]);
    expect(json.table_visualization).toMatchObject({ name: "my_places", tags: ["a", "b"] });
    expect((await platform(world, "v1/viz?type=table")).json.total_entries).toBe(1);
    await world.carto.sql.query("insert into my_places (place) values ('x')");
    const untitled = (await send(world, "POST", "")).json;
    expect([untitled.name, untitled.schema.map(([name]: [string]) => name)]).toEqual([
      "untitled_table",
      ["cartodb_id", "the_geom", "description", "name"],
    ]);
    expect((await send(world, "POST", "")).json.name).toBe("untitled_table_1");
  });

  test("a table is made of a query", async () => {
    await using world = await startWorld(engine);

    const { json } = await send(world, "POST", "", {
      name: "numbers",
      from_query: "select n, n * n as square from generate_series(1, 3) n; -- the end",
      privacy: "public",
    });

    expect(json).toMatchObject({ name: "numbers", rows_counted: 3, privacy: "PUBLIC" });
    expect((await world.client({}).sql.query("select sum(square)::int as s from numbers")).rows).toEqual([{ s: 14 }]);
  });

  test.each([
    [{ from_query: "select * from nope" }, 'relation "nope" does not exist'],
    [{ from_query: "select 1; select 2" }, "from_query must be one SELECT"],
    [{ from_query: "drop table keep" }, "from_query must be one SELECT"],
    [{ from_query: "select 1) as x; drop table keep; --" }, "from_query must be one SELECT"],
    [
      { from_query: "", schema: "a int); drop table keep; create table x (a int" },
      "schema must be a list of columns with their types",
    ],
    [{ schema: "a nonsense" }, 'type "nonsense" does not exist'],
  ])("%o makes no table, and leaves the others alone", async (body, message) => {
    await using world = await startWorld(engine);
    await makeDataset(world, "keep");

    const { status, json } = await send(world, "POST", "", { name: "made", ...body });

    expect([status, json]).toEqual([400, { description: [expect.stringContaining(message)], stack: [] }]);
    const { visualizations } = (await platform(world, "v1/viz?type=table")).json;
    expect(visualizations.map(({ name }: { name: string }) => name)).toEqual(["keep"]);
  });

  test("columns with degrees become points, where they have any", async () => {
    await using world = await startWorld(engine);
    await send(world, "POST", "", { name: "spots", schema: "lat text, lon numeric" });
    await world.carto.sql.query(
      "insert into spots (lat, lon) values (' 40,5', -3.25), ('n/a', 1), ('95', 1), (null, 1), ('1e1', 179.5)",
    );

    const { status, json } = await send(world, "PUT", "/spots", { latitude_column: "lat", longitude_column: "lon" });

    expect([status, json.warnings, json.geometry_types]).toEqual([200, [], ["ST_Point"]]);
    const { rows } = await world.carto.sql.query(
      "select ST_AsText(the_geom) as g, the_geom_webmercator is null as m from spots order by cartodb_id",
    );
    expect(rows.map(({ g }) => g)).toEqual(["POINT(-3.25 40.5)", null, null, null, "POINT(179.5 10)"]);
    expect(rows.map(({ m }) => m)).toEqual([false, true, true, true, false]);
    const wrong = await send(world, "PUT", "/spots", { latitude_column: "nope", longitude_column: "lon" });
    expect([wrong.status, wrong.json]).toEqual([400, { errors: ['column "nope" does not exist'] }]);
  });

  test("a table is described and published", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities");

    const { json } = await send(world, "PUT", "/cities", {
      privacy: "LINK",
      tags: "x,y",
      description: "d",
      name: "no",
    });

    expect(json).toMatchObject({ name: "cities", privacy: "LINK", description: "d", warnings: [] });
    expect(json.table_visualization).toMatchObject({ privacy: "LINK", tags: ["x", "y"], table: { privacy: "PUBLIC" } });
  });

  test("columns are added, changed and dropped", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities");
    const columns = (method: string, path = "", body = {}) => send(world, method, `/cities/columns${path}`, body);

    expect((await columns("POST", "", { name: "Big Town", type: "number" })).json).toEqual({
      name: "big_town",
      type: "double precision",
      cartodb_type: "number",
    });
    expect((await columns("PUT", "/big_town", { type: "varchar(10)", new_name: "town" })).json).toEqual({
      name: "town",
      type: "character varying",
      cartodb_type: "string",
    });
    expect((await platform(world, "v1/tables/cities/columns")).json).toEqual([
      ["cartodb_id", "number"],
      ["the_geom", "geometry", "geometry", "geometry"],
      ["label", "string"],
      ["town", "string"],
    ]);
    expect((await platform(world, "v1/tables/cities/columns/town")).json).toEqual({ type: "string" });
    expect((await columns("DELETE", "/town")).status).toBe(204);
    const gone = await columns("DELETE", "/town");
    expect([gone.status, gone.json]).toEqual([404, { errors: "Column town doesn't exist" }]);
    for (const kept of ["cartodb_id", "the_geom", "the_geom_webmercator"]) {
      expect((await columns("DELETE", `/${kept}`)).status, kept).toBe(400);
    }
    const wrong = await columns("POST", "", { name: "x", type: "int; drop table cities" });
    expect([wrong.status, wrong.json.errors]).toEqual([400, ['"int; drop table cities" is no type of a column']]);
  });

  test("rows are added, read, changed and removed", async () => {
    await using world = await startWorld(engine);
    await send(world, "POST", "", { name: "cities", schema: "name text, n int, tags jsonb" });
    const records = (method: string, path = "", body = {}) => send(world, method, `/cities/records${path}`, body);
    const point = { type: "Point", coordinates: [1, 2] };

    const made = await records("POST", "", {
      name: "O'Hara\\",
      n: 5,
      tags: { a: [1] },
      the_geom: JSON.stringify(point),
    });
    expect([made.status, made.json]).toEqual([
      200,
      { cartodb_id: 1, the_geom: JSON.stringify(point), name: "O'Hara\\", n: 5, tags: { a: [1] } },
    ]);
    expect((await platform(world, "v1/tables/cities/records/1")).json).toEqual(made.json);
    expect((await records("PUT", "/1", { n: null, the_geom: point, cartodb_id: 9 })).json).toMatchObject({
      cartodb_id: 1,
      n: null,
      name: "O'Hara\\",
    });
    expect((await records("POST")).json).toMatchObject({ cartodb_id: 2, name: null });
    expect((await records("DELETE", "/1")).status).toBe(204);
    expect(await records("DELETE", "/1")).toMatchObject({
      status: 404,
      json: { errors: ["row identified with 1 not found"] },
    });
    expect((await records("PUT", "/1", { n: 1 })).json).toEqual({ errors: ["row identified with 1 not found"] });
    for (const id of ["1", "x", "1 or true", "99999999999999999999999"]) {
      const missing = await platform(world, `v1/tables/cities/records/${encodeURIComponent(id)}`);
      expect([missing.status, missing.json], id).toEqual([404, { errors: [`Record ${id} not found`] }]);
    }
    expect((await records("POST", "", { n: "many" })).json.errors[0]).toContain("invalid input syntax");
    expect((await records("POST", "", { nope: 1 })).json.errors[0]).toContain('column "nope"');
  });
});
