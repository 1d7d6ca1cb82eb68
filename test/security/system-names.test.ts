import { Carto } from "@carto-ts/sdk/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engines, startTestServer } from "../support/world.ts";

type Server = Awaited<ReturnType<typeof startTestServer>>;

/** Pairs of types that PostgreSQL compares by a cast, so that an operator of just these types fits better. */
const PAIRS = [
  ["oid", "regclass"],
  ["oid", "regnamespace"],
  ["oid", "regrole"],
  ["regclass", "oid"],
  ["name", "varchar"],
  ["text", "varchar"],
] as const;

const csv = (text: string): File => new File([text], "t.csv");

/** Lays operators and functions where the server's own statements might find them; each notes as whom it ran. */
async function lay(carto: Carto): Promise<void> {
  await carto.sql.query("create table ran (who text, what text)");
  await carto.sql.query("grant insert on ran to public");
  const schema = String((await carto.sql.query("select quote_ident(current_schema()) as s")).rows[0]?.["s"]);
  for (const [at, [left, right]] of PAIRS.entries()) {
    await carto.sql.query(
      `create function trap_${at}(a ${left}, b ${right}) returns boolean language plpgsql as $$ begin
         insert into ${schema}.ran values (current_user, '${left} = ${right}'); return true; end $$`,
    );
    await carto.sql.query(`create operator = (leftarg = ${left}, rightarg = ${right}, function = trap_${at})`);
  }
}

async function useAll(carto: Carto): Promise<void> {
  await carto.datasets.create(csv("n\n1\n"));
  await carto.datasets.create(csv("n\n2\n"), { collisionStrategy: "overwrite" });
  await carto.datasets.create(csv("n\n3\n"), { collisionStrategy: "skip" }).catch(() => {});
  for await (const dataset of carto.datasets.list()) {
    await carto.datasets.get(dataset.id);
    if (dataset.name === "t") await carto.datasets.delete(dataset.id);
  }
}

describe.each(engines)("the server's own statements on %s", (engine) => {
  let server: Server;

  beforeAll(async () => {
    server = await startTestServer(engine);
  });
  afterAll(async () => {
    await server.close();
  });

  test("call nothing that a key has laid in its schema, be it the first account's or another's", async () => {
    const { url, masterKey } = await server.createAccount({ name: "second" });
    const accounts = [
      new Carto({ baseUrl: server.url, apiKey: server.masterKey }),
      new Carto({ baseUrl: url, apiKey: masterKey }),
    ];
    for (const carto of accounts) await lay(carto);

    for (const carto of accounts) await useAll(carto);

    for (const carto of accounts) {
      const foreign = "select distinct who, what from ran where who <> current_user";
      expect((await carto.sql.query(foreign)).rows).toEqual([]);
    }
  });
});
