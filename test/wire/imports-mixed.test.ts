import { describe, expect, test } from "vitest";
import { eventually } from "../support/http.ts";
import { engines, startTestServer } from "../support/world.ts";

const FOR_MS = 8_000;
const NAMES = 5;
const LEFTOVERS =
  "select count(*) as n from pg_class where relnamespace = 'cdb_importer'::regnamespace and relkind = 'r'";

/** Numbers between 0 and 1, the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state / 2 ** 31;
  }
}

describe.each(engines)("imports, lists, changes and DDL of the same few tables at once, on %s", (engine) => {
  test("end, each well or with a reason, and leave nothing behind", async () => {
    await using server = await startTestServer(engine, { limits: { importSlots: 60 } });
    const random = numbers(7);
    const below = (n: number): number => Math.floor(random.next().value * n);
    const name = (): string => `t${below(NAMES)}`;
    const unexpected: string[] = [];
    const imports: string[] = [];

    async function call(path: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
      const url = `${server.url}${path}${path.includes("?") ? "&" : "?"}api_key=${server.masterKey}`;
      const answer = await fetch(url, init);
      const text = await answer.text();
      if (answer.status >= 500 && answer.status !== 503) unexpected.push(`${init.method} ${path} ${answer.status}`);
      return /^\{/.test(text) ? (JSON.parse(text) as Record<string, unknown>) : {};
    }
    const sql = (q: string): Promise<unknown> => call(`/api/v2/sql?q=${encodeURIComponent(q)}`);
    async function someDataset(): Promise<string> {
      const { visualizations = [] } = await call("/api/v1/viz?types=table&order=size");
      const datasets = visualizations as { id: string }[];
      return datasets[below(datasets.length)]?.id ?? "none";
    }
    const acts = [
      async () => {
        const form = new FormData();
        form.set("file", new File(["n,lat,lon\n1,1,1\n2,2,2\n"], `${name()}.csv`));
        const strategy = ["", "overwrite", "skip"][below(3)];
        const created = await call(`/api/v1/imports?collision_strategy=${strategy}`, { method: "POST", body: form });
        if (typeof created["item_queue_id"] === "string") imports.push(created["item_queue_id"]);
      },
      () => call("/api/v1/viz?types=table&per_page=50"),
      async () => call(`/api/v1/viz/${await someDataset()}`, { method: "DELETE" }),
      async () => {
        const id = await someDataset();
        const privacy = ["public", "private", "link"][below(3)];
        await call(`/api/v1/viz/${id}`, { method: "PUT", body: JSON.stringify({ id, name: name(), privacy }) });
      },
      () => sql(`create table ${name()} (n int)`),
      () => sql(`select cdb_cartodbfytable(current_schema(), '${name()}')`),
      () => sql(`drop table if exists ${name()}, ${name()}`),
      () => sql(`alter table ${name()} rename to ${name()}`),
      () => call(`/api/v1/imports/${imports[below(imports.length)] ?? "none"}`, { method: "DELETE" }),
      () => call("/api/v1/tables", { method: "POST", body: JSON.stringify({ name: name() }) }),
    ];
    const until = Date.now() + FOR_MS;
    const client = async (): Promise<void> => {
      while (Date.now() < until) await acts[below(acts.length)]?.();
    };

    await Promise.all(Array.from({ length: engine === "postgres" ? 60 : 20 }, client));

    const live = async (): Promise<unknown> => (await call("/api/v1/imports"))["imports"];
    await eventually(async () => String(await live()) === "", 40_000);
    expect(await live()).toEqual([]);
    expect(unexpected).toEqual([]);
    const ended = await Promise.all(imports.map((id) => call(`/api/v1/imports/${id}`)));
    const titles = ended.map(({ get_error_text }) => (get_error_text as { title: string } | null)?.title);
    expect(titles).not.toContain("Unknown");
    expect(await sql(LEFTOVERS)).toMatchObject({ rows: [{ n: 0 }] });
    // The answer is there before the embedded session has been reset.
    await expect.poll(() => server.stats()).toMatchObject({ busy: 0, waiting: 0 });
  }, 120_000);
});
