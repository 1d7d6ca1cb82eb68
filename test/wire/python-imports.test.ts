import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { eventually } from "../support/http.ts";
import { SourceServer } from "../support/source-server.ts";
import { engines, startTestServer, startWorld, type World, worldOf } from "../support/world.ts";

/** The parts of an answer that the Python SDK reads. */
interface Answer {
  status: number;
  body: Record<string, unknown>;
}

const AGENT = "User-Agent: carto-python-sdk/1.11.3\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\n";

/** Sends what the Python SDK does, byte for byte but for the host. */
async function ask(world: World, request: string, body: string | Buffer = ""): Promise<Answer> {
  const { hostname, port, host, pathname } = new URL(world.url);
  const [line = "", ...headers] = request.split("\n");
  const [method, path, ...rest] = line.split(" ");
  const length = body.length > 0 || method !== "GET" ? `Content-Length: ${Buffer.byteLength(body)}\r\n` : "";
  const head = [`${method} ${pathname}${path} HTTP/1.1`, `Host: ${host}`, ...rest, ...headers].join("\r\n");
  const socket = connect(Number(port), hostname);
  socket.write(`${head}\r\n${AGENT}Connection: close\r\n${length}\r\n`);
  socket.write(body);
  const pieces: Buffer[] = [];
  socket.on("data", (piece) => pieces.push(piece));
  await once(socket, "close");
  const [first = "", ...more] = Buffer.concat(pieces).toString().split("\r\n\r\n");
  const text = more.join("\r\n\r\n");
  return { status: Number(first.split(" ")[1]), body: text === "" ? {} : JSON.parse(text) };
}

const form = (name: string, text: string): { body: Buffer; type: string } => {
  const boundary = "3f7a6c0b5d3e4a19a1f1d6c6c2d0b0aa";
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
  return {
    body: Buffer.from(`${head}${text}\r\n--${boundary}--\r\n`),
    type: `Content-Type: multipart/form-data; boundary=${boundary}`,
  };
};

describe.each(engines)("the Python SDK's requests on %s", (engine) => {
  /** What `DatasetManager.create(path)` does: an import of nothing, then the file, then its table, then its dataset. */
  async function createDataset(world: World, options = ""): Promise<{ empty: Answer; job: Answer; viz: Answer }> {
    const key = `api_key=${world.masterKey}&client=cps-1.11.3`;
    const json = JSON.stringify({ api_key: world.masterKey, client: "cps-1.11.3" });
    const empty = await ask(world, "POST /api/v1/imports/\nContent-Type: application/json", json);
    const { body, type } = form("cities.csv", "name,lat,lon\nVic,41.93,2.25\n");
    const created = await ask(world, `POST /api/v1/imports/?${options}${key}\n${type}`, body);
    const id = created.body["item_queue_id"];
    let job = created;
    await eventually(async () => {
      job = await ask(world, `GET /api/v1/imports/${id}/?${key}`);
      return job.body["state"] === "complete" || job.body["state"] === "failure";
    }, 20_000);
    const table = await ask(world, `GET /api/v1/tables/${job.body["table_id"]}/?${key}`);
    const { id: dataset } = table.body["table_visualization"] as { id: string };
    const viz = await ask(
      world,
      `GET /api/v1/viz/${dataset}/?type=table&exclude_shared=true&with_dependent_visualizations=1&${key}`,
    );
    return { empty, job, viz };
  }

  test("make a dataset of a file", async () => {
    await using world = await startWorld(engine);

    const { empty, job, viz } = await createDataset(world, "privacy=public&create_vis=True&");

    expect(empty).toMatchObject({ status: 200, body: { item_queue_id: expect.any(String) } });
    // Python's True is none: with a map's id here, its client would read that instead of the dataset.
    expect(job.body).toMatchObject({ state: "complete", success: true, table_name: "cities", visualization_id: null });
    expect(viz).toMatchObject({
      status: 200,
      body: {
        name: "cities",
        type: "table",
        privacy: "PUBLIC",
        dependent_visualizations_count: 0,
        tags: [],
        stats: {},
      },
    });
  });

  test("an import of nothing fails by itself, and takes nobody's place", async () => {
    await using world = await startWorld(engine);
    const json = JSON.stringify({ api_key: world.masterKey, client: "cps-1.11.3" });

    const { body } = await ask(world, "POST /api/v1/imports/\nContent-Type: application/json", json);

    const key = `api_key=${world.masterKey}&client=cps-1.11.3`;
    let job = await ask(world, `GET /api/v1/imports/${body["item_queue_id"]}/?${key}`);
    await eventually(async () => {
      job = await ask(world, `GET /api/v1/imports/${body["item_queue_id"]}/?${key}`);
      return job.body["state"] === "failure";
    }, 20_000);
    expect(job.body).toMatchObject({ state: "failure", success: false, error_code: 1000 });
  });

  test("a URL in the query string with an empty body is an import", async () => {
    await using world = await startWorld(engine);
    const key = `api_key=${world.masterKey}&client=cps-1.11.3`;

    const created = await ask(world, `POST /api/v1/imports/?url=http%3A%2F%2F127.0.0.1%2Fa.csv&${key}`);

    expect(created).toMatchObject({ status: 200, body: { success: true, item_queue_id: expect.any(String) } });
  });

  test("make a dataset that is kept as a file is, run it, change it, end it", async () => {
    const source = await SourceServer.start({ text: "name,lat,lon\nVic,41.93,2.25\n" });
    const server = await startTestServer(engine, { imports: { allowed: "127.0.0.1", ports: source.port } });
    const world = worldOf(server);
    const key = `api_key=${world.masterKey}&client=cps-1.11.3`;
    const url = source.url("cities.csv");
    const sent = (fields: object): string =>
      JSON.stringify({ ...fields, api_key: world.masterKey, client: "cps-1.11.3" });

    const made = await ask(
      world,
      "POST /api/v1/synchronizations/\nContent-Type: application/json",
      sent({ interval: 900, url }),
    );
    const path = `/api/v1/synchronizations/${made.body["id"]}/`;
    const states = new Set<unknown>();
    let sync = made;
    await eventually(async () => {
      sync = await ask(world, `GET ${path}?${key}`);
      states.add(sync.body["state"]);
      return sync.body["state"] === "success";
    }, 20_000);
    const viz = await ask(world, `GET /api/v1/viz/${sync.body["visualization_id"]}/?type=table&${key}`);
    const forced = await ask(world, `PUT ${path}?${key}`);
    const whole = Object.fromEntries(Object.entries(sync.body).filter(([, value]) => value !== null));
    const saved = await ask(
      world,
      `PUT ${path}\nContent-Type: application/json`,
      sent({ ...whole, interval: 1800, visualization_id: "x" }),
    );
    const run = await ask(world, `POST /api/v1/synchronizations/?url=${encodeURIComponent(url)}&interval=900&${key}`);
    const all = await ask(world, `GET /api/v1/synchronizations/?page=1&${key}`);
    const deleted = await ask(world, `DELETE ${path}?${key}`);
    await server.close();
    source.close();

    // Its client takes any other state for the end of it all.
    expect([...states].filter((state) => state !== "queued" && state !== "success")).toEqual([]);
    expect(viz.body).toMatchObject({ name: "cities", synchronization: { id: made.body["id"], interval: 900 } });
    expect([forced.status, forced.body["log_id"]]).toEqual([200, made.body["log_id"]]);
    expect(saved).toMatchObject({ status: 200, body: { interval: 1800, url, state: "success" } });
    expect(run).toMatchObject({ status: 200, body: { id: expect.any(String), state: "queued" } });
    expect(all.body).toMatchObject({ total_entries: 2, synchronizations: [{ id: made.body["id"] }, {}] });
    expect(deleted.status).toBe(204);
  });

  test("save the whole dataset, list it, delete it", async () => {
    await using world = await startWorld(engine);
    const key = `api_key=${world.masterKey}&client=cps-1.11.3`;
    const { viz } = await createDataset(world);
    const { permission, table, ...fields } = viz.body as Record<string, { id: string }>;
    const path = `/api/v1/viz/${viz.body["id"]}`;
    const whole = { ...fields, permission: permission?.id, table: table?.id, description: "towns", license: "mit" };
    const body = JSON.stringify(
      Object.fromEntries(
        Object.entries({ ...whole, api_key: world.masterKey, client: "cps-1.11.3" }).filter(
          ([, value]) => value !== null,
        ),
      ),
    );

    const saved = await ask(world, `PUT ${path}/\nContent-Type: application/json`, body);
    const listed = await ask(
      world,
      `GET /api/v1/viz/?page=1&type=table&exclude_shared=true&with_dependent_visualizations=1&${key}`,
    );
    const refreshed = await ask(world, `GET ${path}/?${key}`);
    const deleted = await ask(world, `DELETE ${path}/?${key}`);
    const gone = await ask(world, `GET ${path}/?${key}`);

    expect(saved).toMatchObject({ status: 200, body: { description: "towns", license: "mit", name: "cities" } });
    expect(listed.body).toMatchObject({ total_entries: 1, visualizations: [{ name: "cities", license: "mit" }] });
    expect(refreshed).toMatchObject({ status: 200, body: { description: "towns" } });
    expect([deleted.status, gone.status]).toEqual([204, 404]);
  });
});
