import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { VERSION } from "./version.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const src = join(root, "src");

test("the version is that of package.json", () => {
  expect(VERSION).toBe(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version);
});

test("only the files of the node entry import anything of Node's", () => {
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => /\.ts$/.test(file));
  const importing = files
    .filter((file) => !file.endsWith(".test.ts"))
    .filter((file) => /from "node:|import\("node:|require\(/.test(readFileSync(join(src, file), "utf8")));

  expect(importing.sort()).toEqual(["node-copy.ts", "node-files.ts", "node-imports.ts", "node-sql.ts"]);
  expect(readFileSync(join(src, "index.ts"), "utf8")).not.toMatch(/\.\/node/);
});

test("the declarations compile without the DOM library, with Node's types alone", () => {
  const directory = mkdtempSync(join(root, ".declarations-"));
  try {
    writeFileSync(
      join(directory, "use.ts"),
      `import { Carto, sql } from "@carto-ts/sdk";
       import { Carto as NodeCarto } from "@carto-ts/sdk/node";
       const carto = new Carto({ username: "bob" });
       export const rows: Promise<{ a: number }[]> = carto.sql.query<{ a: number }>(sql\`select 1\`).then((r) => r.rows);
       export const stream: Promise<ReadableStream<Uint8Array>> = carto.copy.to("copy t to stdout");
       export const made: Promise<string[]> = carto.datasets.create("https://x/a.csv").then((r) => r.datasets.map((d) => d.name));
       export const tile: Promise<Uint8Array | undefined> = carto.maps.anonymous.instantiate({ layers: [] }).then((map) => map.fetchTile({ z: 0, x: 0, y: 0 }));
       export const imported: Promise<string> = NodeCarto.fromEnv().imports.createFromFile("a.csv", { name: "a" });
       export const written: Promise<{ bytes: number }> = NodeCarto.fromEnv().copy.toFile("copy t to stdout", "t");
      `,
    );
    writeFileSync(
      join(directory, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          lib: ["es2023"],
          types: ["node"],
          target: "es2023",
          module: "nodenext",
          strict: true,
          noEmit: true,
          skipLibCheck: false,
        },
        files: ["use.ts"],
      }),
    );
    const tsc = fileURLToPath(import.meta.resolve("typescript/package.json")).replace("package.json", "bin/tsc");
    const { stdout, status } = spawnSync(process.execPath, [tsc, "-p", directory], { encoding: "utf8" });

    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
