import { expect, test } from "vitest";
import { sendRows, startServer } from "../testing/http-server.ts";
import { Carto } from "./carto.ts";

type AnyAgent = new (options: object) => { dispatch: unknown; close(): Promise<void> };

test("an answer may take longer than the runtime's own limit, and an installed dispatcher is used", async () => {
  await using server = await startServer((_, response) => setTimeout(() => sendRows(response, []), 2_500));
  expect(globalThis.Headers).toBeDefined();
  const scope = globalThis as unknown as Record<symbol, { constructor: AnyAgent }>;
  const key = Symbol.for("undici.globalDispatcher.1");
  const before = scope[key];
  if (!before) throw new Error("This runtime has no dispatcher");
  const hasty = new before.constructor({ headersTimeout: 300 });
  const carto = new Carto({ baseUrl: server.baseUrl });
  try {
    scope[key] = hasty as never;

    await expect(fetch(server.baseUrl)).rejects.toMatchObject({ cause: { code: "UND_ERR_HEADERS_TIMEOUT" } });
    expect((await carto.sql.query("select 1", {}, { timeout: 0 })).rows).toEqual([]);
  } finally {
    scope[key] = before;
    await hasty.close();
  }
});
