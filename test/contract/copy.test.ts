import { PermissionError, SqlError } from "@carto-ts/sdk";
import { describe, expect, test } from "vitest";
import { engines, startWorld } from "../support/world.ts";

async function text(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}

describe.each(engines)("COPY on %s", (engine) => {
  test("the COPY example of the Python SDK works, from cartodbfying the table to reading it back", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table copy_example (the_geom geometry(Geometry,4326), name text, age integer)");
    await world.carto.sql.query("select CDB_CartodbfyTable(current_schema, 'copy_example')");

    const csv = [
      "the_geom,name,age\n",
      "SRID=4326;POINT(-126 54),North West,89\n",
      "SRID=4326;POINT(-96 34),South East,99\n",
      "SRID=4326;POINT(-6 -25),Souther Easter,124\n",
    ];
    const result = await world.carto.copy.from(
      "COPY copy_example (the_geom, name, age) FROM stdin WITH (FORMAT csv, HEADER true)",
      csv,
    );

    expect(result.total_rows).toBe(3);
    const { rows } = await world.carto.sql.query(
      "select cartodb_id, name, round(st_x(the_geom_webmercator)) as x from copy_example order by cartodb_id",
    );
    expect(rows).toEqual([
      { cartodb_id: 1, name: "North West", x: -14_026_256 },
      { cartodb_id: 2, name: "South East", x: -10_686_671 },
      { cartodb_id: 3, name: "Souther Easter", x: -667_917 },
    ]);
  });

  test("rows go out as they are written, in the format that is asked for", async () => {
    await using world = await startWorld(engine);

    const out = await world.carto.copy.to("COPY (SELECT generate_series(1,10), 'x') TO STDOUT");

    expect(await text(out)).toBe([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => `${n}\tx\n`).join(""));
  });

  test("objects go in as rows", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table t (n int, s text)");
    const rows = (function* () {
      for (let n = 0; n < 1000; n++) yield { n, s: n % 2 ? `"quoted", ${n}\n` : null };
    })();

    const result = await world.carto.copy.from({ table: "t", columns: ["n", "s"] }, { rows });

    expect(result.total_rows).toBe(1000);
    expect((await world.carto.sql.query("select s from t where n in (0, 1) order by n")).rows).toEqual([
      { s: null },
      { s: '"quoted", 1\n' },
    ]);
  });

  test("a row that can't be read undoes all of them, and says why", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table t (n int)");

    const failure = await world.carto.copy.from("COPY t FROM STDIN", ["1\n", "x\n"]).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(SqlError);
    expect(failure).toMatchObject({ messages: ['invalid input syntax for type integer: "x"'] });
    expect((await world.carto.sql.query("select * from t")).rows).toEqual([]);
  });

  test.each([
    ["COPY nowhere FROM STDIN", 'relation "nowhere" does not exist'],
    ["SELECT 1", "SQL must start with COPY"],
    ["COPY t TO STDOUT", "COPY ... FROM STDIN is wanted here; send COPY ... TO STDOUT to /api/v2/sql/copyto"],
    ["COPY t FROM STDIN; SELECT 1", "Only one COPY statement is allowed"],
    ["COPY t FROM '/etc/passwd'", "COPY ... FROM STDIN is wanted here; send COPY ... TO STDOUT to /api/v2/sql/copyto"],
    ["COPY t FROM PROGRAM 'id'", "COPY ... FROM STDIN is wanted here; send COPY ... TO STDOUT to /api/v2/sql/copyto"],
  ])("%s is refused in words", async (q, message) => {
    await using world = await startWorld(engine);

    // The SDK would not send most of these.
    const url = `${world.url}/api/v2/sql/copyfrom?${new URLSearchParams({ q, api_key: world.masterKey })}`;
    const response = await fetch(url, { method: "POST", body: "1\n" });
    expect([response.status, await response.json()]).toEqual([400, { error: [message] }]);
  });

  test("an upload of nothing, and one that is no gzip, are told apart", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table t (n int)");
    const url = `${world.url}/api/v2/sql/copyfrom?${new URLSearchParams({ q: "copy t from stdin", api_key: world.masterKey })}`;
    const send = async (body: string, headers: Record<string, string>): Promise<unknown> =>
      (await fetch(url, { method: "POST", body, headers })).json();

    expect(await send("", {})).toEqual({ error: ["No rows copied"] });
    expect(await send("1\n", { "Content-Encoding": "gzip" })).toEqual({
      error: ["Error while gunzipping: incorrect header check"],
    });
  });

  test("gzip goes in as plain does", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table t (n int)");

    const data = Array.from({ length: 50_000 }, (_, n) => `${n}\n`);
    const result = await world.carto.copy.from("COPY t FROM STDIN", data, { compress: true });

    expect(result.total_rows).toBe(50_000);
  });

  test("the role decides who may copy", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table t (n int)");

    await expect(world.client({}).copy.from("COPY t FROM STDIN", ["1\n"])).rejects.toBeInstanceOf(PermissionError);
    await expect(world.client({}).copy.to("COPY t TO STDOUT")).rejects.toBeInstanceOf(PermissionError);
  });

  test("copying out of a table into another one through the client doesn't deadlock", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query(
      "create table a as select n, repeat('x', 50) as s from generate_series(1, 200000) n; create table b (n int, s text)",
    );

    const out = await world.carto.copy.to("COPY a TO STDOUT");
    const result = await world.carto.copy.from("COPY b FROM STDIN", out);

    expect(result.total_rows).toBe(200_000);
  });
});
