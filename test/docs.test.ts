import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { EXPORT_FORMATS } from "@carto-ts/protocol";
import { describe, expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { SourceServer } from "./support/source-server.ts";
import { startTestServer, worldOf } from "./support/world.ts";

const ROOT = resolve(import.meta.dirname, "..");
const GUIDE = "docs/guide/from-carto-python.md";

/** The guide's snippets, each with the first one in front, under the heading that they stand below. */
function snippets(): { title: string; code: string }[] {
  const parts = readFileSync(join(ROOT, GUIDE), "utf8").split(/^#+ (.*)$/m);
  const found = parts.flatMap((text, at) =>
    at % 2 === 0
      ? [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => ({
          title: parts[at - 1] ?? "",
          code: match[1] ?? "",
        }))
      : [],
  );
  const [preamble, ...rest] = found;
  return rest.map(({ title, code }) => ({ title, code: `${preamble?.code ?? ""}\n${code}` }));
}

test("the guide's snippets are right by their types, and each does its work", { timeout: 240_000 }, async () => {
  const all = snippets();
  const folder = join(ROOT, ".generated/docs/source");
  rmSync(dirname(folder), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // The README's are of a server at a fixed port and of files that are not there: their types alone are looked at.
  const readme = readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```/g);
  for (const [at, [, code = ""]] of [...readme].entries()) writeFileSync(join(folder, `readme-${at}.ts`), code);
  const source = await SourceServer.start({ text: "name,km\nDuero,897\n" });
  for (const [at, { code }] of all.entries()) {
    // What they take from the internet comes from this machine.
    writeFileSync(join(folder, `snippet-${at}.ts`), code.replaceAll("https://example.org/", source.url("")));
  }
  const options = { rootDir: ".", outDir: "..", composite: false, isolatedDeclarations: false, noUnusedLocals: false };
  const config = {
    extends: "../../../tsconfig.base.json",
    compilerOptions: { ...options, types: ["node"], lib: ["es2023", "esnext.disposable", "dom", "dom.asynciterable"] },
    include: ["*.ts"],
    exclude: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiled = spawnSync("npx", ["tsc", "-p", folder], { cwd: ROOT, encoding: "utf8" });
  expect(compiled.stdout).toBe("");

  const cwd = await mkdtemp(join(tmpdir(), "carto-ts-docs-"));
  await writeFile(join(cwd, "cities.csv"), "name,population\nSoria,39000\n");
  const server = await startTestServer("pglite", { imports: { allowed: "127.0.0.1", ports: source.port } });
  const world = worldOf(server);
  await world.carto.sql.query(
    "create table places (name text, population int, the_geom geometry(Point, 4326)); insert into places values ('O''Hara', 1, null)",
  );
  const env = { CARTO_API_URL: world.url, CARTO_API_KEY: world.masterKey };
  for (const [at, { title }] of all.entries()) {
    const { code, stderr } = await runProgram(`docs/snippet-${at}.js`, [], { cwd, env });
    expect({ title, code, stderr }).toEqual({ title, code: 0, stderr: "" });
  }
  await server.close();
  source.close();
  await rm(cwd, { recursive: true });
});

test("the page about SQL tells of the export formats what the protocol's data tells", () => {
  const page = readFileSync(join(ROOT, "docs/protocol/sql.md"), "utf8");
  const table = EXPORT_FORMATS.map(({ id, extension, mime, losses }) => {
    const lost = losses.map(({ text }) => text).join("; ");
    return `| \`${id}\` | \`.${extension}\` | \`${mime}\` | ${lost} |`;
  });
  expect(page).toContain(`| lost |\n| --- | --- | --- | --- |\n${table.join("\n")}\n\n`);
});

describe("links and references", () => {
  const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "AGENTS.md", "examples/README.md"].concat(
    readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => join("docs", name)),
  );

  test.each(pages)("%s links to what is there", (page) => {
    const text = readFileSync(join(ROOT, page), "utf8");
    const broken = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)]
      .map((match) => join(dirname(page), match[1] ?? ""))
      .filter((target) => !existsSync(join(ROOT, target)));
    expect(broken).toEqual([]);
  });

  test("the anchors that the code's docstrings name are there", () => {
    const broken: string[] = [];
    for (const name of ["protocol", "sdk", "server", "cli"]) {
      const folder = join(ROOT, "packages", name, "src");
      for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
        path.endsWith(".ts"),
      )) {
        for (const [whole, page, anchor] of readFileSync(join(folder, file), "utf8").matchAll(
          /(docs\/[\w/-]+\.md)(?:#([\w-]+))?/g,
        )) {
          const text = existsSync(join(ROOT, page ?? "")) ? readFileSync(join(ROOT, page ?? ""), "utf8") : undefined;
          const anchors = [...(text ?? "").matchAll(/^#+ (.*)$/gm)].map((match) =>
            (match[1] ?? "")
              .toLowerCase()
              .replace(/[^\w\s-]/g, "")
              .trim()
              .replace(/\s+/g, "-"),
          );
          if (text === undefined || (anchor !== undefined && !anchors.includes(anchor)))
            broken.push(`${name}/${file}: ${whole}`);
        }
      }
    }
    expect(broken).toEqual([]);
  });
});
