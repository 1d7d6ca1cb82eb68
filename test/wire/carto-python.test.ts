import { describe, expect, test } from "vitest";
import { answerOf, readAll, send } from "../support/http.ts";
import { makeDataset } from "../support/platform.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const CLIENT = "client=cps-1.11.3";
const HEADERS = {
  "user-agent": "carto-python-sdk/1.11.3",
  "accept-encoding": "gzip, deflate",
  accept: "*/*",
  connection: "keep-alive",
};
const DATASETS = "type=table&exclude_shared=true&with_dependent_visualizations=1";

/** Sends what the Python client sends: the key in the query string, but in the body where there is one. */
async function python(world: World, method: string, path: string, body?: Record<string, unknown>) {
  const key = `api_key=${world.masterKey}&${CLIENT}`;
  const target = body === undefined ? `${path}${path.includes("?") ? "&" : "?"}${key}` : path;
  const text = JSON.stringify({ ...body, api_key: world.masterKey, client: "cps-1.11.3" });
  const length = { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) };
  const answer = await answerOf(
    body === undefined
      ? send(`${world.url}/api/${target}`, { method, headers: HEADERS })
      : send(`${world.url}/api/${target}`, { method, headers: { ...HEADERS, ...length }, body: text }),
  );
  const read = await readAll(answer);
  return { status: answer.statusCode, text: read.text, json: read.text === "" ? undefined : JSON.parse(read.text) };
}

/** The whole object as `save()` sends it: what is null left out, resources collapsed to their ids. */
function collapsed(dataset: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(dataset).filter(([, value]) => value !== null);
  const toId = (value: unknown): unknown =>
    typeof value === "object" && value !== null && "id" in value ? value.id : value;
  return Object.fromEntries(entries.map(([name, value]) => [name, toId(value)]));
}

describe.each(engines)("requests of carto-python on %s", (engine) => {
  test("Dataset.all asks for pages until it has what total_entries says", async () => {
    await using world = await startWorld(engine);
    for (const name of ["a", "b", "c", "d", "e"]) await makeDataset(world, name);

    const names: string[] = [];
    let total = 1;
    for (let page = 1; names.length < total; page++) {
      const { json } = await python(world, "GET", `v1/viz/?page=${page}&per_page=2&${DATASETS}`);
      expect(json.visualizations.length).toBeGreaterThan(0);
      for (const dataset of json.visualizations) {
        names.push(dataset.name);
        expect(dataset.dependent_visualizations_count).toBe(0);
        for (const list of ["children", "auth_tokens", "tags", "dependent_visualizations"]) {
          expect(dataset[list], list).toEqual([]);
        }
        expect(dataset.stats).toEqual({});
      }
      total = json.total_entries;
    }
    expect(names.sort()).toEqual(["a", "b", "c", "d", "e"]);
    expect((await python(world, "GET", `v1/viz/?page=1&${DATASETS}&q=c`)).json.total_entries).toBe(1);
  });

  test("a dataset is got, saved as a whole, refreshed and deleted", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities", [[1, 2]]);

    const got = (await python(world, "GET", `v1/viz/cities?${DATASETS}`)).json;
    const saved = await python(
      world,
      "PUT",
      `v1/viz/${got.id}/`,
      collapsed({ ...got, privacy: "PUBLIC", license: "mit", attributions: "me" }),
    );
    expect(saved.status).toBe(200);
    expect(saved.json).toMatchObject({ id: got.id, privacy: "PUBLIC", license: "mit", attributions: "me" });
    const refreshed = (await python(world, "GET", `v1/viz/${got.id}/`)).json;
    expect(refreshed).toMatchObject({ privacy: "PUBLIC", table: { id: got.table.id } });

    const deleted = await python(world, "DELETE", `v1/viz/${got.id}/`);
    expect([deleted.status, deleted.text]).toEqual([204, ""]);
    expect((await python(world, "GET", `v1/viz/${got.id}/`)).status).toBe(404);
  });

  test("an import's table leads to its dataset", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities");
    const { table, id } = (await python(world, "GET", `v1/viz/cities?${DATASETS}`)).json;

    const read = (await python(world, "GET", `v1/tables/${table.id}/`)).json;

    expect(read.table_visualization.id).toBe(id);
    expect((await python(world, "GET", `v1/viz/${read.table_visualization.id}/?${DATASETS}`)).json.id).toBe(id);
  });

  test("maps, keys and the user are asked for in the client's own ways", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities");

    const maps = (await python(world, "GET", "v1/viz/?page=1&type=derived&exclude_shared=true")).json;
    expect(maps).toMatchObject({ visualizations: [], total_entries: 0 });
    const keys = (await python(world, "GET", "v3/api_keys/?page=1")).json;
    expect(keys.result.map(({ name }: { name: string }) => name)).toEqual(["Master", "Default public"]);
    expect((await python(world, "GET", "v3/api_keys/Default%20public/")).json.token).toBe("default_public");
    const user = (await python(world, "GET", `v1/users/${world.account}`)).json;
    expect(user).toMatchObject({ username: world.account, table_count: 1, all_visualization_count: 0 });
    const basic = Buffer.from(`${world.account}:${world.masterKey}`).toString("base64");
    const answer = await answerOf(
      send(`${world.url}/api/v3/api_keys`, { headers: { ...HEADERS, authorization: `Basic ${basic}` } }),
    );
    expect(JSON.parse((await readAll(answer)).text).result[0].token).toBe(world.masterKey);
  });

  test("cartoframes lists names with nothing else, and finds a table that it has just copied in", async () => {
    await using world = await startWorld(engine);
    const nothing = ["auth_tokens", "liked", "permission", "stats", "synchronization", "table", "uses_builder_features"]
      .map((name) => `show_${name}=false`)
      .join("&");
    await makeDataset(world, "frames", [[1, 2]]);

    const list = (await python(world, "GET", `v1/viz?type=table&${nothing}&load_totals=false&per_page=1000`)).json;
    expect(list.visualizations.map(({ name }: { name: string }) => name)).toEqual(["frames"]);
    expect((await python(world, "GET", "v1/viz/frames")).status).toBe(200);
  });
});
