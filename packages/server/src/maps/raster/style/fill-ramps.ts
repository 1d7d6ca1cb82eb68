import turboCarto from "turbo-carto";
import type { FilledStyle, KnownRamp, Ramp } from "./style.ts";

/** What stands for values that are asked for first. */
const PLACEHOLDER = { ramp: [0], stats: {} };

/** How values become filters where a style only names a method, and says nothing of the filters. */
const STRATEGIES: Readonly<Record<string, string>> = { headtails: "split", category: "exact" };

/**
 * Puts values in the place of a style's functions, such as `ramp([population], (red, blue), jenks)`.
 *
 * @param known What the database said so far; what is needed besides is told, and everything is tried again with that.
 */
export async function fillRamps(css: string, known: readonly KnownRamp[]): Promise<FilledStyle> {
  const missing: Ramp[] = [];
  const datasource = {
    getName: () => "carto-ts",
    getRamp(
      column: string,
      buckets: number,
      method: string,
      done: (error: Error | null, result?: object) => void,
    ): void {
      const found = known.find((one) => one.column === column && one.buckets === buckets && one.method === method);
      if (found === undefined) missing.push({ column, buckets, method });
      if (found !== undefined && "error" in found) done(new Error(found.error));
      else done(null, found ? { ...found, strategy: STRATEGIES[method] } : PLACEHOLDER);
    },
  };
  return new Promise((resolve) => {
    turboCarto(css, datasource, (error, filled, metadata) => {
      if (missing.length > 0) resolve({ kind: "missing", ramps: missing });
      else if (!error) resolve({ kind: "filled", css: filled, rules: metadata.rules });
      // What it can't read, the compiler says in the words that people know.
      else if (error.name === "CssSyntaxError") resolve({ kind: "filled", css, rules: [] });
      else resolve({ kind: "failed", message: error.message, context: error.context });
    });
  });
}
