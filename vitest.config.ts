import { defineConfig } from "vitest/config";

export default defineConfig({
  // Node 20 has no `await using`: lower it.
  oxc: { target: "es2022" },
  test: {
    include: ["packages/*/{src,scripts,viewer}/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    // An embedded engine takes seconds to open and most of a gigabyte: few workers, each with one engine.
    pool: "forks",
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
