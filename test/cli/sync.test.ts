import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SourceServer } from "../support/source-server.ts";
import { type Outcome, run, type Served, serve } from "./cli.ts";

let source: SourceServer;
let served: Served;
beforeAll(async () => {
  source = await SourceServer.start({ text: "a,b\n1,x\n2,y\n", etag: '"v1"' });
  served = await serve(["--memory"], {
    CARTO_IMPORT_ALLOW: "127.0.0.1",
    CARTO_IMPORT_PORTS: source.port,
    CARTO_SYNC_MIN_INTERVAL_S: "1",
  });
});
afterAll(async () => {
  await served?.stop();
  source.close();
});

const cli = (...args: string[]): Promise<Outcome> => run(args, { env: served.env });

describe("sync", () => {
  it("keeps a dataset that import made, looks when asked, and ends", async () => {
    const made = await cli("import", source.url("cities.csv"), "--sync", "1h", "--name", "towns");
    expect(made.code).toBe(0);
    expect(made.stdout).toBe("towns\n");
    expect(made.stderr).toMatch(
      /^imported 127\.0\.0\.1:\d+\/cities\.csv into towns: 2 rows, .*, synchronized every 1h\n$/,
    );

    const list = (await cli("sync", "list")).stdout.split("\n");
    expect(list[0]).toBe("dataset,interval,state,ran,due,error_code,id");
    expect(list[1]).toMatch(/^towns,3600,success,\S+Z,\S+Z,,\S+$/);
    const shown = JSON.parse((await cli("sync", "show", "towns")).stdout) as Record<string, unknown>;
    expect(shown).toMatchObject({ name: "towns", interval: 3600, etag: "v1", url: source.url("cities.csv") });

    source.file = { text: "a,b\n3,z\n", etag: '"v2"' };
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await cli("sync", "now", "towns", "--wait")).toMatchObject({
      code: 0,
      stderr: `towns is being synchronized\ntowns is as ${source.url("cities.csv")} is\n`,
    });
    expect((await cli("sql", "select a, b from towns")).stdout).toBe("a,b\n3,z\n");

    expect((await cli("sync", "every", "towns", "manual")).stderr).toBe("towns is synchronized when asked\n");
    expect((await cli("sync", "every", String(shown["id"]), "2d")).stderr).toMatch(/ is synchronized every 2d\n$/);
    expect((await cli("sync", "delete", "towns")).stderr).toBe(
      "towns is not synchronized any more; the dataset stays\n",
    );
    expect((await cli("sync", "list", "--json")).stdout).toBe("[]\n");
    expect((await cli("dataset", "show", "towns")).code).toBe(0);
  }, 60_000);

  it("tells why a file can't be kept, and makes nothing then", async () => {
    source.file = { text: "", status: 404 };

    const failed = await cli("import", source.url("none.csv"), "--sync", "1h");

    expect(failed.code).toBe(3);
    expect(failed.stderr).toContain("Download file not found (1100)");
    expect((await cli("sync", "list", "--json")).stdout).toBe("[]\n");
  });

  it("refuses what can't be synchronized", async () => {
    const refusal = async (...args: string[]): Promise<[number | null, string]> => {
      const { code, stderr } = await cli(...args);
      return [code, stderr.split("\n")[0] ?? ""];
    };

    expect(await refusal("import", "package.json", "--sync", "1h")).toEqual([
      2,
      expect.stringContaining("package.json can't be synchronized"),
    ]);
    expect(await refusal("import", source.url("a.csv"), "--sync", "often")).toEqual([
      2,
      expect.stringContaining("15m, 1h or 1d"),
    ]);
    expect(await refusal("import", source.url("a.csv"), "--sync", "1h", "--overwrite")).toEqual([
      2,
      expect.stringContaining("--sync makes a dataset of its own"),
    ]);
    expect(await refusal("sync", "now", "nothing")).toEqual([5, expect.stringContaining("nothing")]);
  });
});
