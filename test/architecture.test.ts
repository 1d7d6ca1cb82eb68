import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");

interface Source {
  /** Path from the repository's root. */
  path: string;
  text: string;
  /** What it imports: packages by name, own files by their path from the root. */
  imports: string[];
}

/** TypeScript of a package, tests left out. */
function sourcesOf(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => {
      const path = join(folder, name);
      const text = readFileSync(join(ROOT, path), "utf8");
      return { path, text, imports: importsOf(path, text) };
    });
}

function importsOf(path: string, text: string): string[] {
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|\bimport\("([^"]+)"\)|(?:^|\n)import\s+"([^"]+)"/g,
  );
  return [...found].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? "";
    return name.startsWith(".") ? relative(ROOT, resolve(ROOT, dirname(path), name)) : name;
  });
}

const packages = {
  protocol: sourcesOf("packages/protocol/src"),
  sdk: sourcesOf("packages/sdk/src"),
  server: sourcesOf("packages/server/src"),
  cli: sourcesOf("packages/cli/src"),
};

/** `file imports thing` for every import that `isForbidden`. */
function offences(sources: readonly Source[], isForbidden: (name: string, source: Source) => boolean): string[] {
  return sources.flatMap((source) =>
    source.imports.filter((name) => isForbidden(name, source)).map((name) => `${source.path} imports ${name}`),
  );
}

describe("packages", () => {
  test("protocol imports nothing", () => {
    expect(offences(packages.protocol, (name) => !name.startsWith("packages/protocol/"))).toEqual([]);
  });

  test("sdk imports protocol alone, and Node only behind its ./node entry", () => {
    expect(
      offences(packages.sdk, (name, { path }) => {
        if (name.startsWith("node:")) return !/^packages\/sdk\/src\/node[.-]/.test(path);
        return name !== "@carto-ts/protocol" && !name.startsWith("packages/sdk/");
      }),
    ).toEqual([]);
  });

  test("sdk's main entry reaches no file of the ./node entry", () => {
    expect(
      offences(packages.sdk, (name, { path }) => /sdk\/src\/node/.test(name) && !/sdk\/src\/node/.test(path)),
    ).toEqual([]);
  });

  test("server never imports sdk, nor cli", () => {
    expect(offences(packages.server, (name) => name === "@carto-ts/sdk" || name === "carto-ts")).toEqual([]);
  });

  test("cli imports the server in one place, lazily", () => {
    const places = packages.cli
      .filter(({ text }) => /import\("@carto-ts\/server"\)/.test(text))
      .map(({ path }) => path);
    expect(places).toEqual(["packages/cli/src/commands/serve.ts"]);
    expect(
      packages.cli
        .filter(({ text }) => /(?:^|\n)import (?!type)[^;]*"@carto-ts\/server"/.test(text))
        .map(({ path }) => path),
    ).toEqual([]);
  });

  test("no package reaches into another one's files", () => {
    const all = Object.values(packages).flat();
    const home = (path: string): string => path.split("/").slice(0, 2).join("/");
    expect(offences(all, (name, { path }) => name.startsWith("packages/") && home(name) !== home(path))).toEqual([]);
    expect(offences(all, (name) => /^@carto-ts\/[^/]+\/(?!node$)/.test(name))).toEqual([]);
  });
});

describe("server", () => {
  const FEATURES = ["sql", "batch", "copy", "accounts", "imports", "synchronizations", "datasets", "maps", "viewer"];
  const folderOf = (path: string): string => path.replace("packages/server/src/", "").split("/")[0] ?? "";

  test("only routes and http/ know Hono", () => {
    const allowed = /^packages\/server\/src\/(http\/|app\.ts|running-server\.ts|[a-z]+\/routes\.ts|copy\/upload\.ts)/;
    expect(offences(packages.server, (name, { path }) => /^@?hono/.test(name) && !allowed.test(path))).toEqual([]);
  });

  test("only the engines' folders know their drivers", () => {
    expect(
      offences(
        packages.server,
        (name, { path }) =>
          (name === "pg" && !/src\/db\//.test(path)) ||
          (name.startsWith("@electric-sql/") && !/src\/db\/pglite\//.test(path)),
      ),
    ).toEqual([]);
  });

  test("db/ and http/ import no feature", () => {
    const type = /import type[^;]*"\.\.\/accounts\/account\.ts"/;
    expect(
      offences(packages.server, (name, { path, text }) => {
        const from = folderOf(path);
        if (from !== "db" && from !== "http") return false;
        // The words for an account and its key are shared; what is done with them is not.
        if (from === "http" && (type.test(text) || /accounts\/(account|registry)\.ts$/.test(name))) return false;
        return name.startsWith("packages/server/src/") && FEATURES.includes(folderOf(name));
      }),
    ).toEqual([]);
  });

  test("a feature imports no other feature's routes or store", () => {
    expect(
      offences(packages.server, (name, { path }) => {
        const to = folderOf(name);
        return (
          FEATURES.includes(to) &&
          to !== folderOf(path) &&
          FEATURES.includes(folderOf(path)) &&
          /\/(routes|store)\.ts$/.test(name)
        );
      }),
    ).toEqual([]);
  });
});

test("no cycles, those of types alone aside, which are gone when the code runs", () => {
  for (const sources of Object.values(packages)) {
    const graph = new Map(
      sources.map(({ path, text }) => [
        path,
        importsOf(path, text.replace(/(?<=\n|^)(import|export) type [^;]*;/g, "")),
      ]),
    );
    const done = new Set<string>();
    const visit = (path: string, trail: string[]): void => {
      if (trail.includes(path)) throw new Error(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(" → ")}`);
      if (done.has(path)) return;
      for (const next of graph.get(path) ?? []) if (graph.has(next)) visit(next, [...trail, path]);
      done.add(path);
    };
    for (const { path } of sources) visit(path, []);
  }
});

test("files stay short enough to be read at once", () => {
  const long = Object.values(packages)
    .flat()
    .map(({ path, text }) => ({ path, lines: text.split("\n").length }))
    .filter(({ lines }) => lines > 450);
  expect(long).toEqual([]);
});
