import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Picture } from "../support/picture.ts";
import { type Outcome, run, type Served, serve, temporaryDirectory } from "./cli.ts";

let served: Served;
let folder: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  folder = await temporaryDirectory();
  served = await serve();
  await cli(["import", "-", "--name", "cities.csv"], "name,pop,lat,lon\nVic,44,41.93,2.25\nOlot,34,42.18,2.49\n");
});
afterAll(async () => {
  await served?.stop();
  await folder.remove();
});

const cli = (args: string[], input?: string): Promise<Outcome> =>
  run(args, { env: served.env, ...(input !== undefined && { input }) });

const TEMPLATE = {
  version: "0.0.1",
  name: "towns",
  auth: { method: "token", valid_tokens: ["sesame"] },
  placeholders: { least: { type: "number", default: 0 } },
  layergroup: {
    version: "1.8.0",
    layers: [{ id: "towns", type: "mapnik", options: { sql: "select * from cities where pop > <%= least %>" } }],
  },
};

describe("map", () => {
  it("keeps a template from a file, lists it, prints it, and takes another one", async () => {
    const file = join(folder.path, "towns.json");
    await writeFile(file, JSON.stringify(TEMPLATE));

    expect(await cli(["map", "create", file])).toEqual({ code: 0, stdout: "", stderr: "created map towns\n" });
    const taken = await cli(["map", "create", file]);
    expect(taken.code).toBe(6);
    expect(taken.stderr).toMatch(
      /Template 'towns' of user 'dev' already exists\nhint: carto-ts map update .* replaces it/,
    );
    expect((await cli(["map", "list"])).stdout).toBe("name\ntowns\n");
    expect(JSON.parse((await cli(["map", "get", "towns"])).stdout)).toEqual(TEMPLATE);

    const changed = { ...TEMPLATE, view: { zoom: 4 } };
    expect((await cli(["map", "update", "-"], JSON.stringify(changed))).stderr).toBe("updated map towns\n");
    expect(JSON.parse((await cli(["map", "get", "towns"])).stdout)).toEqual(changed);
  });

  it("makes a map of one, for whoever has its token", async () => {
    const { stdout, code } = await cli([
      ...["map", "instantiate", "towns", "--param", "least=40", "--auth-token", "sesame"],
    ]);
    const { layergroupid, tiles, metadata } = JSON.parse(stdout) as Record<string, unknown>;

    expect(code).toBe(0);
    expect(layergroupid).toMatch(/^dev@[0-9a-f]{8}@[0-9a-f]{32}:\d+$/);
    expect(tiles).toContain("{z}/{x}/{y}.mvt?auth_token=sesame");
    expect(metadata).toMatchObject({ layers: [{ id: "towns" }] });

    const refused = await cli(["map", "instantiate", "towns"]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/Unauthorized template instantiation\nhint: .*--auth-token TOKEN/);
  });

  it("makes a map of a MapConfig", async () => {
    const config = { version: "1.8.0", layers: [{ options: { sql: "select * from cities" } }] };
    const { stdout } = await cli(["map", "instantiate", "--config", "-"], JSON.stringify(config));

    expect(JSON.parse(stdout)).toMatchObject({
      layergroupid: expect.stringMatching(/^[0-9a-f]{32}:\d+$/),
      metadata: { layers: [{ id: "layer0", meta: { stats: { estimatedFeatureCount: expect.any(Number) } } }] },
    });
  });

  it("says what is wrong with a file", async () => {
    const cases: [string, string, string][] = [
      ["create", "{", "is not JSON"],
      ["create", "[]", "standard input holds no object of JSON"],
      ["create", '{"layers":[]}', "holds no template: it has no name"],
      ["create", '{"version":"0.0.1","name":"x y","layergroup":{"layers":[{"options":{}}]}}', "Invalid characters"],
    ];
    for (const [verb, text, said] of cases) {
      const { code, stderr } = await cli(["map", verb, "-"], text);
      expect(code).not.toBe(0);
      expect(stderr).toContain(said);
    }
    expect((await cli(["map", "instantiate"])).stderr).toContain("which map?");
    expect((await cli(["map", "get", "nothing"])).code).toBe(5);
  });

  it("deletes one", async () => {
    expect((await cli(["map", "delete", "towns"])).code).toBe(2);
    expect((await cli(["map", "delete", "towns", "--yes"])).stderr).toBe("deleted map towns\n");
    expect((await cli(["map", "list"])).stdout).toBe("name\n");
    expect((await cli(["map", "delete", "towns", "--yes"])).code).toBe(5);
  });

  it("draws one, or a table, into a file", async () => {
    const styled = structuredClone(TEMPLATE);
    Object.assign(styled, { name: "drawn", view: { zoom: 7, center: { lng: 2.4, lat: 42 } } });
    const [layer] = styled.layergroup.layers;
    Object.assign(layer?.options ?? {}, { cartocss: "#l { marker-width: 20; }", cartocss_version: "3.0.12" });
    expect((await cli(["map", "create", "-"], JSON.stringify(styled))).code).toBe(0);

    const drawn = join(folder.path, "drawn.png");
    const options = ["--width", "200", "--height", "100", "--auth-token", "sesame"];
    expect(await cli(["map", "preview", "drawn", "-o", drawn, ...options])).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    const picture = new Picture(await readFile(drawn));
    expect([picture.width, picture.height, picture.painted > 100]).toEqual([200, 100, true]);

    const table = join(folder.path, "cities.jpg");
    expect((await cli(["map", "preview", "cities", "-o", table])).code).toBe(0);
    expect((await readFile(table)).toString("hex", 0, 3)).toBe("ffd8ff");
    const missing = await cli(["map", "preview", "nowhere", "-o", join(folder.path, "no.png")]);
    expect([missing.code, missing.stderr]).toEqual([5, expect.stringContaining('relation "nowhere" does not exist')]);
    expect(existsSync(join(folder.path, "no.png"))).toBe(false);
  });
});
