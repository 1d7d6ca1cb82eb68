import { expect, test } from "vitest";
import { type Answer, sendJson, startServer } from "../../testing/http-server.ts";
import { TABLE } from "../../testing/imports.ts";
import { Carto } from "../carto.ts";
import {
  DecodeError,
  DependentVisualizationsError,
  NotFoundError,
  PermissionError,
  ValidationError,
} from "../errors.ts";

const ID = TABLE.visualization_id;

/** A dataset as CARTO answers. */
const DATASET = {
  id: ID,
  name: "cities",
  display_name: null,
  map_id: "0e5a9f0c-6f0e-4a4e-9f4d-3f1f8b1c5d6a",
  active_layer_id: null,
  type: "table",
  tags: [],
  description: null,
  privacy: "PRIVATE",
  created_at: "2026-11-24T10:00:00.000Z",
  updated_at: "2026-11-24T10:00:00.000Z",
  locked: false,
  source: null,
  title: null,
  license: null,
  attributions: null,
  kind: "geom",
  external_source: {},
  url: "https://dev.example.com/tables/cities",
  version: 2,
  prev_id: null,
  next_id: null,
  parent_id: null,
  transition_options: {},
  active_child: null,
  children: [],
  synchronization: null,
  dependent_visualizations_count: 0,
  dependent_visualizations: [],
  stats: {},
  auth_tokens: [],
  table: { id: TABLE.id, name: "cities", geometry_types: ["ST_Point"], privacy: "PRIVATE", size: 8192, row_count: 2 },
};

async function serving(answer: Answer) {
  const server = await startServer(answer);
  const { datasets, tables } = new Carto({ baseUrl: server.baseUrl, apiKey: "master" });
  const asked = () => server.requests.map(({ method, url }) => `${method} ${url.replace("/user/dev/api/v1/", "")}`);
  return Object.assign(server, { datasets, tables, asked });
}

/** A server with `count` datasets, which says that there are `total`. */
async function listing(count: number, total: number | null = count) {
  return serving((request, response) => {
    const { searchParams } = new URL(request.url, "http://x");
    const [page, size] = [Number(searchParams.get("page") ?? 1), Number(searchParams.get("per_page") ?? 20)];
    const all = Array.from({ length: count }, (_, index) => ({ ...DATASET, name: `t${index + 1}` }));
    const visualizations = all.slice((page - 1) * size, page * size);
    sendJson(response, 200, { visualizations, ...(total !== null && { total_entries: total }) });
  });
}

async function namesOf(list: AsyncIterable<{ name: string }>): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of list) names.push(name);
  return names;
}

test("datasets are listed one by one, a page at a time, and no page more than there are", async () => {
  await using server = await listing(5);

  expect(await namesOf(server.datasets.list({ per_page: 2, q: "t", order: "name", tags: "a" }))).toEqual([
    "t1",
    "t2",
    "t3",
    "t4",
    "t5",
  ]);

  expect(server.asked()).toEqual([
    "GET viz?shared=no&per_page=2&q=t&order=name&tags=a&page=1&type=table",
    "GET viz?shared=no&per_page=2&q=t&order=name&tags=a&page=2&type=table",
    "GET viz?shared=no&per_page=2&q=t&order=name&tags=a&page=3&type=table",
  ]);
});

test.each([
  ["exactly full pages", 4, 4, 2],
  ["a total that is too large", 3, 1_000, 3],
  ["a total that is too small", 4, 2, 1],
  ["no total", 3, null, 3],
  ["no dataset", 0, 0, 1],
])("the list ends with %s", async (_, count, total, requests) => {
  await using server = await listing(count, total);

  const names = await namesOf(server.datasets.list({ per_page: 2 }));

  expect(names).toHaveLength(Math.min(count, requests * 2));
  expect(server.requests).toHaveLength(requests);
});

test("a list may begin at any page, and asks for none before it is read", async () => {
  await using server = await listing(5);

  expect(await namesOf(server.datasets.list({ page: 2, per_page: 2 }))).toEqual(["t3", "t4", "t5"]);
  expect(server.requests).toHaveLength(2);

  const unread = server.datasets.list();
  for await (const { name } of server.datasets.list({ per_page: 1 })) if (name === "t2") break;
  await unread.return();
  expect(server.requests).toHaveLength(4);
});

test("a list ends with its signal", async () => {
  await using server = await listing(5);
  const controller = new AbortController();
  const list = server.datasets.list({ per_page: 1 }, { signal: controller.signal });

  await list.next();
  controller.abort(new Error("enough"));

  await expect(list.next()).rejects.toThrow("enough");
});

test("a page has its totals, and may have what others share", async () => {
  await using server = await listing(3);

  const page = await server.datasets.page({ page: 2, per_page: 2, shared: "yes" });

  expect(page.total_entries).toBe(3);
  expect(page.visualizations.map(({ name }) => name)).toEqual(["t3"]);
  expect(server.asked()).toEqual(["GET viz?shared=yes&page=2&per_page=2&type=table"]);
});

test("an answer without datasets is an error, and so is a refused order", async () => {
  await using odd = await serving((_, response) => sendJson(response, 200, []));
  await expect(odd.datasets.page()).rejects.toThrow(DecodeError);

  await using refusing = await serving((_, response) =>
    sendJson(response, 400, { error: "Wrong 'order' parameter value." }),
  );
  const refused = refusing.datasets.page();
  await expect(refused).rejects.toThrow(ValidationError);
  await expect(refused).rejects.toThrow("Wrong 'order' parameter value.");
});

test("a dataset is read by its name with the maps that show it", async () => {
  await using server = await serving((_, response) => sendJson(response, 200, DATASET));

  expect(await server.datasets.get("my schema.cities")).toEqual(DATASET);

  expect(server.asked()).toEqual(["GET viz/my%20schema.cities?type=table&with_dependent_visualizations=100"]);
});

test("a dataset that isn't there is a NotFoundError, and so is a map of that name", async () => {
  await using missing = await serving((_, response) =>
    sendJson(response, 404, { errors: "Visualization does not exist", errors_cause: null }),
  );
  const gone = missing.datasets.get("cities");
  await expect(gone).rejects.toThrow(NotFoundError);
  await expect(gone).rejects.toThrow("Visualization does not exist");

  await using map = await serving((_, response) => sendJson(response, 200, { ...DATASET, type: "derived" }));
  await expect(map.datasets.get("cities")).rejects.toThrow(NotFoundError);
  await expect(map.datasets.delete("cities", { force: true })).rejects.toThrow(NotFoundError);
  await expect(map.datasets.update("cities", { tags: [] })).rejects.toThrow(NotFoundError);
  expect(map.requests.every(({ method }) => method === "GET")).toBe(true);
});

test("an update sends what is changed and the id, and nothing else; null is sent, undefined is not", async () => {
  await using server = await serving((_, response) => sendJson(response, 200, { ...DATASET, description: "All" }));
  const changes = Object.freeze({ description: "All", license: null, tags: ["a"], title: undefined });

  const changed = await server.datasets.update(ID, changes as never);

  expect(changed.description).toBe("All");
  expect(server.asked()).toEqual([`PUT viz/${ID}`]);
  expect(server.requests[0]?.headers["content-type"]).toBe("application/json");
  expect(JSON.parse(String(server.requests[0]?.body))).toEqual({
    description: "All",
    license: null,
    tags: ["a"],
    id: ID,
  });
});

test.each([
  ["its name", "cities", 2],
  ["itself", DATASET as never, 1],
  ["what an import said of it", TABLE, 1],
])("a dataset is updated by %s", async (_, ref, requests) => {
  await using server = await serving((_request, response) => sendJson(response, 200, DATASET));

  await server.datasets.update(ref, { privacy: "public" });

  expect(server.requests).toHaveLength(requests);
  expect(server.asked().at(-1)).toBe(`PUT viz/${ID}`);
  expect(JSON.parse(String(server.requests.at(-1)?.body))).toEqual({ privacy: "public", id: ID });
});

test("a privacy that the account can't have is a PermissionError in the server's words", async () => {
  await using server = await serving((_, response) =>
    sendJson(response, 403, { errors: ["Privacy cannot be set to private"] }),
  );

  const refused = server.datasets.update(ID, { privacy: "private" });

  await expect(refused).rejects.toThrow(PermissionError);
  await expect(refused).rejects.toThrow("Privacy cannot be set to private");
});

test.each([
  ["its name", "cities"],
  ["its id", ID],
  ["itself", DATASET as never],
  ["what an import said of it", TABLE],
])("a dataset that no map shows is deleted by %s", async (_, ref) => {
  await using server = await serving((request, response) =>
    request.method === "DELETE" ? response.writeHead(204).end() : sendJson(response, 200, DATASET),
  );

  expect(await server.datasets.delete(ref)).toBeUndefined();

  expect(server.requests.map(({ method }) => method)).toEqual(["GET", "DELETE"]);
  expect(server.asked()[1]).toBe(`DELETE viz/${ID}`);
});

test("a dataset that maps show is deleted by force alone", async () => {
  const maps = ["One", "Two"].map((name) => ({ id: name, name, updated_at: "2026-11-24T10:00:00.000Z" }));
  const shown = { ...DATASET, dependent_visualizations_count: 7, dependent_visualizations: maps };
  await using server = await serving((request, response) =>
    request.method === "DELETE" ? response.writeHead(204).end() : sendJson(response, 200, shown),
  );

  const failure = await server.datasets.delete("cities").catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DependentVisualizationsError);
  expect(failure).toMatchObject({
    name: "DependentVisualizationsError",
    message: 'Dataset "cities" is shown by 7 maps ("One", "Two", 5 more): delete it with `force`',
    count: 7,
    dependents: maps,
  });
  expect(server.requests.map(({ method }) => method)).toEqual(["GET"]);

  await server.datasets.delete("cities", { force: true });
  expect(server.requests.map(({ method }) => method)).toEqual(["GET", "GET", "DELETE"]);
});

test("a server that doesn't count the maps is asked for them all the same", async () => {
  const { dependent_visualizations_count: _, dependent_visualizations: __, ...bare } = DATASET;
  const maps = [{ id: "m", name: "One", updated_at: "2026-11-24T10:00:00.000Z" }];
  await using server = await serving((_request, response) =>
    sendJson(response, 200, { ...bare, dependent_visualizations: maps }),
  );

  await expect(server.datasets.delete("cities")).rejects.toThrow('is shown by a map ("One")');
});

test("a table is read by its id or name", async () => {
  const table = { id: TABLE.id, name: "cities", schema: [["cartodb_id", "number"]], rows_counted: 2 };
  await using server = await serving((_, response) => sendJson(response, 200, table));

  expect(await server.tables.get("cities")).toEqual(table);
  await server.tables.get("s/../x");

  expect(server.asked()).toEqual(["GET tables/cities", "GET tables/s%2F..%2Fx"]);
});
