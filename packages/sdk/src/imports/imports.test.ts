import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { sendJson, sendRows, startServer } from "../../testing/http-server.ts";
import { IMPORT_ID, readForm } from "../../testing/imports.ts";
import { Carto } from "../carto.ts";
import { ConfigError } from "../errors.ts";
import { sql } from "../sql-text.ts";
import type { ImportSource } from "./source.ts";

const DATA = "name,pop\nVic,48000\nSão Tomé,71868\n";
const CREATED = { item_queue_id: IMPORT_ID, success: true };
const bytes = new TextEncoder().encode(DATA);

async function taking() {
  const server = await startServer((_, response) => sendJson(response, 200, CREATED));
  return Object.assign(server, { imports: new Carto({ baseUrl: server.baseUrl, apiKey: "secret" }).imports });
}

async function* slowly<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    yield item;
  }
}

test.each<[string, () => ImportSource]>([
  ["a File", () => new File([DATA], "cities.csv")],
  ["a Blob with a name", () => new Blob([DATA])],
  ["bytes", () => bytes],
  ["a stream of bytes", () => new Blob([DATA]).stream()],
  ["a Node stream", () => Readable.from([Buffer.from(bytes)])],
  ["pieces", () => [bytes.slice(0, 5), bytes.slice(5)]],
  ["pieces that come slowly", () => slowly([bytes.slice(0, 5), bytes.slice(5)])],
  ["pieces of text", () => slowly([DATA.slice(0, 20), DATA.slice(20)])],
])("%s is uploaded with one request, as it is", async (_, source) => {
  await using server = await taking();

  expect(await server.imports.create(source(), { name: "cities.csv" })).toBe(IMPORT_ID);

  expect(server.requests).toHaveLength(1);
  const [request] = server.requests;
  expect(request?.method).toBe("POST");
  expect(request?.url).toBe("/user/dev/api/v1/imports");
  expect(request?.headers["authorization"]).toBe(`Basic ${btoa("dev:secret")}`);
  const { fields, file } = await readForm(request);
  expect(fields).toEqual({ client: "cts-0.1.0" });
  expect(file).toEqual({ name: "cities.csv", type: "application/octet-stream", text: DATA });
});

test("a File keeps its name and type, or takes the name that is given", async () => {
  await using server = await taking();
  const file = new File([DATA], "Data (1).csv", { type: "text/csv" });

  await server.imports.create(file);
  await server.imports.create(file, { name: "cities" });

  const [own, given] = await Promise.all(server.requests.map(readForm));
  expect(own?.file).toMatchObject({ name: "Data (1).csv", type: "text/csv" });
  expect(given?.file).toMatchObject({ name: "cities.csv", type: "text/csv" });
});

test("options travel under the names of the API, before the file, booleans as true and false", async () => {
  await using server = await taking();

  await server.imports.create(new File([DATA], "cities.csv"), {
    privacy: "link",
    collisionStrategy: "overwrite",
    typeGuessing: false,
    quotedFieldsGuessing: false,
    decimalComma: true,
    srs: "EPSG:25830",
    createVis: true,
  });

  const { fields } = await readForm(server.requests[0]);
  expect(fields).toEqual({
    privacy: "link",
    collision_strategy: "overwrite",
    type_guessing: "false",
    quoted_fields_guessing: "false",
    decimal_comma: "true",
    srs: "EPSG:25830",
    create_vis: "true",
    client: "cts-0.1.0",
  });
  expect(String(server.requests[0]?.body).indexOf('name="file"')).toBeGreaterThan(
    String(server.requests[0]?.body).indexOf('name="create_vis"'),
  );
});

test("a URL is sent untouched, whatever it looks like", async () => {
  await using server = await taking();
  const url = "HTTPS://Ex.com/A.CSV?Token=AbC%2F+x&Sig=é#Frag";

  await server.imports.create(url, { createVis: true });
  await server.imports.create(new URL("https://ex.com/B.CSV?T=X"));

  expect(server.requests.map(({ form }) => form)).toEqual([
    { url, create_vis: "true", client: "cts-0.1.0" },
    { url: "https://ex.com/B.CSV?T=X", client: "cts-0.1.0" },
  ]);
  expect(server.requests.map((request) => request.url)).toEqual(Array(2).fill("/user/dev/api/v1/imports"));
});

test("a query and another table are named by parameters", async () => {
  await using server = await taking();

  await server.imports.create({ sql: sql`select * from a where b = ${"x'y"}` }, { name: "picked" });
  await server.imports.create({ sql: "select 1 as a" });
  await server.imports.create({ tableCopy: "a" }, { name: "b", collisionStrategy: "skip" });

  expect(server.requests.map(({ form }) => form)).toEqual([
    { sql: "select * from a where b = 'x''y'", table_name: "picked", client: "cts-0.1.0" },
    { sql: "select 1 as a", client: "cts-0.1.0" },
    { table_copy: "a", table_name: "b", collision_strategy: "skip", client: "cts-0.1.0" },
  ]);
});

const ROWS = [
  { name: "Vic", zip: "08500", pop: 48_000, the_geom: { type: "Point", coordinates: [2.25, 41.93] } },
  { name: 'Say "hi"', zip: null, pop: null, the_geom: null },
];

test.each<[string, () => ImportSource]>([
  ["a list", () => ROWS],
  ["what comes slowly", () => slowly(ROWS)],
  ["a Set", () => new Set(ROWS)],
  ["a web stream of objects", () => Readable.toWeb(Readable.from(ROWS)) as ReadableStream],
])("rows are uploaded as CSV, with their strings in quotes that nothing is guessed in: %s", async (_, rows) => {
  await using server = await taking();

  await server.imports.create(rows(), { name: "cities" });

  const { fields, file } = await readForm(server.requests[0]);
  expect(fields).toEqual({ quoted_fields_guessing: "false", client: "cts-0.1.0" });
  expect(file).toEqual({
    name: "cities.csv",
    type: "text/csv",
    text:
      '"name","zip","pop","the_geom"\n' +
      '"Vic","08500",48000,"{""type"":""Point"",""coordinates"":[2.25,41.93]}"\n' +
      '"Say ""hi""",,,\n',
  });
});

test("the rows of a query are imported as they arrive from another account", async () => {
  await using server = await taking();
  await using other = await startServer((_, response) => sendRows(response, [{ a: 1 }, { a: 2 }]));
  const rows = new Carto({ baseUrl: other.baseUrl }).sql.stream("select a from t");

  await server.imports.create(rows, { name: "t" });

  expect((await readForm(server.requests[0])).file?.text).toBe('"a"\n1\n2\n');
});

test("columns can be named, and then there may be no row", async () => {
  await using server = await taking();

  await server.imports.create(ROWS, { name: "a", columns: ["pop", "name"], quotedFieldsGuessing: true });
  await server.imports.create([], { name: "b", columns: ["a"] });

  const [some, none] = await Promise.all(server.requests.map(readForm));
  expect(some?.file?.text).toBe('"pop","name"\n48000,"Vic"\n,"Say ""hi"""\n');
  expect(some?.fields["quoted_fields_guessing"]).toBe("true");
  expect(none?.file?.text).toBe('"a"\n');
});

test.each<[string, unknown, object, RegExp]>([
  ["a path", "./cities.csv", {}, /createFromFile\(\) of @carto-ts\/sdk\/node/],
  ["text", "a,b\n1,2\n", {}, /new Blob\(\[text\]\)/],
  ["an address of another kind", "ftp://x.example/a.csv", {}, /http:\/\/ or https:\/\//],
  ["a file: URL", new URL("file:///etc/passwd"), {}, /http:\/\/ or https:\/\//],
  ["a URL with a name", "https://x.example/a.csv", { name: "b" }, /names its table itself/],
  ["a Blob without a name", new Blob([DATA]), {}, /Nothing tells the name/],
  ["a Blob that could be anything", new Blob([DATA]), { name: "cities" }, /give "cities" an extension/],
  ["a stream without a name", new Blob([DATA]).stream(), {}, /Nothing tells the name/],
  ["rows without a name", ROWS, {}, /Rows need a name/],
  ["no rows", [], { name: "a" }, /The source is empty/],
  ["rows without columns", [{}], { name: "a" }, /There is no column/],
  ["rows of a strange kind", [1, 2], { name: "a.csv" }, /neither text nor bytes/],
  ["a row with a strange value", [{ a: () => {} }], { name: "a" }, /can't be imported/],
  ["an object", { path: "x" }, { name: "a" }, /neither a File, a Blob, a URL/],
  ["nothing", undefined, {}, /neither a File, a Blob, a URL/],
])("%s is refused before the server hears of it", async (_, source, options, message) => {
  await using server = await taking();

  const refused = server.imports.create(source as ImportSource, options);

  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(message);
  expect(server.requests).toEqual([]);
});

test("progress tells the bytes, the rows, and the total where it is known", async () => {
  await using server = await taking();
  const told: unknown[] = [];
  const onProgress = (progress: unknown) => told.push(progress);

  await server.imports.create(new File(["x".repeat(100_000)], "t.csv"), { onProgress });
  expect(told[0]).toEqual({ bytes: 0, total: 100_000, rows: undefined });
  expect(told.at(-1)).toEqual({ bytes: 100_000, total: 100_000, rows: undefined });

  await server.imports.create([{ a: 1 }, { a: 2 }], { name: "t", onProgress });
  expect(told.at(-1)).toEqual({ bytes: 8, total: undefined, rows: 2 });
});

test("browsers send a Blob from where it is, collect anything else up to a cap, and put the key before the file", async () => {
  const bodies: { type: string | null; key: string | null; text: string }[] = [];
  const fetch = async (request: Request) => {
    bodies.push({
      type: request.headers.get("content-type"),
      key: request.headers.get("authorization"),
      text: await request.text(),
    });
    return Response.json(CREATED);
  };
  const options = { baseUrl: "https://bob.example.com", apiKey: "canary", clientId: "", maxCollectedUpload: 40 };
  const { imports } = new Carto({ ...options, fetch, runtime: { browser: true } });
  const told: unknown[] = [];

  await imports.create(new File(["x".repeat(50)], "t.csv"), { onProgress: (progress) => told.push(progress) });
  await imports.create(slowly([{ a: 1 }]), { name: "t" });
  await expect(imports.create(slowly(["x".repeat(41)]), { name: "t.csv" })).rejects.toThrow(/maxCollectedUpload, 40/);

  expect(bodies).toHaveLength(2);
  for (const { type, key, text } of bodies) {
    expect(type).toMatch(/^multipart\/form-data; boundary=/);
    expect(key).toBeNull();
    expect(text).toMatch(/name="api_key"\r\n\r\ncanary\r\n[\s\S]*name="file"/);
  }
  expect(told).toEqual([
    { bytes: 0, total: 50, rows: undefined },
    { bytes: 50, total: 50, rows: undefined },
  ]);
});
