import { Carto } from "@carto-ts/sdk/node";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDatabase, engines, startTestServer, startWorld } from "../support/world.ts";

const csv = (text: string, name: string): File => new File([text], name);
const overwrite = { collisionStrategy: "overwrite" } as const;

describe.each(engines)("overwriting on %s", (engine) => {
  test("leaves a table with policies alone, which would show all of the new rows", async () => {
    await using world = await startWorld(engine);
    const { carto } = world;
    await carto.datasets.create(csv("n,secret\n1,false\n2,true\n", "guarded.csv"));
    await carto.sql.query(
      "grant select on guarded to publicuser; alter table guarded enable row level security; create policy p on guarded using (not secret)",
    );

    const failed = carto.datasets.create(csv("n,secret\n3,true\n", "guarded.csv"), overwrite);

    await expect(failed).rejects.toMatchObject({ code: 2013, whatAbout: expect.stringContaining("policies") });
    const everybody = world.client({});
    expect((await everybody.sql.query("select n from guarded")).rows).toEqual([{ n: 1 }]);
  });

  test("hands rights on columns over", async () => {
    await using world = await startWorld(engine);
    const { carto } = world;
    await carto.datasets.create(csv("n,secret\n1,a\n", "partly.csv"));
    await carto.sql.query("grant select (n) on partly to publicuser");

    await carto.datasets.create(csv("n,secret\n2,b\n", "partly.csv"), overwrite);

    const everybody = world.client({});
    expect((await everybody.sql.query("select n from partly")).rows).toEqual([{ n: 2 }]);
    await expect(everybody.sql.query("select secret from partly")).rejects.toMatchObject({ status: 403 });
  });

  test("tells which unique index the new rows don't fit, and changes nothing", async () => {
    await using world = await startWorld(engine);
    const { carto } = world;
    await carto.datasets.create(csv("n\n1\n", "once.csv"));
    await carto.sql.query("create unique index only_once on once (n)");

    const failed = carto.datasets.create(csv("n\n2\n2\n", "once.csv"), overwrite);

    await expect(failed).rejects.toMatchObject({ code: 2012, whatAbout: expect.stringContaining("only_once") });
    expect((await carto.sql.query("select n from once")).rows).toEqual([{ n: 1 }]);
  });
});

describe.skipIf(!engines.includes("postgres"))("overwriting a table that is not the account's", () => {
  let server: Awaited<ReturnType<typeof startTestServer>>;
  let database: Client;

  beforeAll(async () => {
    const databaseUrl = await createDatabase();
    server = await startTestServer("postgres", { databaseUrl });
    database = new Client({ connectionString: databaseUrl });
    await database.connect();
  });
  afterAll(async () => {
    await database.end();
    await server.close();
  });

  test("is refused", async () => {
    await database.query("drop role if exists somebody_else; create role somebody_else");
    await database.query("create table public.ledger (n int); insert into ledger values (1)");
    await database.query("alter table ledger owner to somebody_else");
    const carto = new Carto({ baseUrl: server.url, apiKey: server.masterKey });

    const failed = carto.datasets.create(csv("n\n2\n", "ledger.csv"), overwrite);

    await expect(failed).rejects.toMatchObject({ code: 2013, whatAbout: expect.stringContaining("another role") });
    expect((await database.query("select n from ledger")).rows).toEqual([{ n: 1 }]);
    await database.query("drop table ledger; drop role somebody_else");
  });
});
